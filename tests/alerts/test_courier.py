"""Letters reach a real SMTP server once, whatever happens to it on the way."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from alerts import courier
from alerts.courier import MailProblem, Round, Server, deliver
from store import outbox
from store.database import Store
from store.outbox import Letter
from store.settings import Settings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUSE = Path(__file__).resolve().parents[2]
VICTIM = """
import sys
from datetime import UTC, datetime
from pydantic import SecretStr
from alerts.courier import Server, deliver
from store.database import open_store
from store.settings import Settings
with open_store(Settings(mongo_uri=SecretStr(sys.argv[1]), database=sys.argv[2])) as store:
    server = Server("127.0.0.1", int(sys.argv[3]), "none", "", "", "cdr-stats@example.org")
    deliver(store, server, lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
"""


class Mailbox:
    """What an SMTP server took; `refuses` and `dies` are what it does to an address."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.refuses: dict[str, str] = {}
        self.dies = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.dies:
            self.dies -= 1
            server.transport.close()  # type: ignore[union-attr]
            return "451 dying"
        assert isinstance(envelope.content, bytes)
        self.taken += [(address, envelope.content.decode()) for address in envelope.rcpt_tos]
        return "250 OK"


def authenticated(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == b"hunter2", handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def serving(mailbox: Mailbox, port: int) -> Controller:
    return Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=authenticated, auth_require_tls=False
    )


@pytest.fixture
def controller(mailbox: Mailbox) -> Iterator[Controller]:
    found = serving(mailbox, free_port())
    found.start()
    yield found
    found.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def server(controller: Controller, **changed: Any) -> Server:
    found = Server("127.0.0.1", controller.port, "none", "", "", "cdr-stats@example.org")
    return found._replace(**changed)


def letter(key: str, to: str = "ada@example.org") -> Letter:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = key, "cdr-stats@example.org", to
    message["Message-ID"] = f"<{key}@cdr-stats>"
    message.set_content("Ten calls failed.")
    return Letter(key, "alarm", to, key, bytes(message))


def put(store: Store, *letters: Letter) -> None:
    for one in letters:
        outbox.put(store, None, one, NOW)


def states(store: Store) -> dict[str, str]:
    return {found["_id"]: found["state"] for found in outbox.latest(store)}


def test_letters_are_delivered_in_their_order_and_once(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    put(store, letter("one"), letter("two", "bob@example.org"), letter("one"))
    assert deliver(store, server(controller), lambda: NOW) == Round(sent=2)
    assert [to for to, _ in mailbox.taken] == ["ada@example.org", "bob@example.org"]
    assert "Ten calls failed." in mailbox.taken[0][1]
    assert deliver(store, server(controller), lambda: NOW) == Round()
    put(store, letter("one"))
    assert deliver(store, server(controller), lambda: NOW) == Round()


def test_a_letter_is_there_only_if_what_it_tells_is(store: Store) -> None:
    with store.client.start_session() as session, session.start_transaction():
        outbox.put(store, session, letter("never"), NOW)
        session.abort_transaction()
    assert outbox.take(store, NOW) is None


def test_a_letter_with_a_secret_in_it_is_not_kept_once_it_is_sent(store: Store) -> None:
    for kind in ("reset", "alarm"):
        outbox.put(store, None, letter(kind)._replace(kind=kind), NOW)
        taken = outbox.take(store, NOW)
        assert taken
        outbox.sent(store, taken[1], taken[0], NOW)
    kept = {one["kind"]: bool(one["message"]) for one in store.db[outbox.NAME].find()}
    assert kept == {"reset": False, "alarm": True}


REFUSALS = [
    # an address that there is not is told and not tried again
    (
        "550 no such mailbox",
        Round(sent=1, failed=1),
        "failed",
        "refuses bob@example.org: 550 no such mailbox.",
    ),
    # one that is greylisted is tried again later, and the others go out
    (
        "451 come back later",
        Round(sent=1, later=1),
        "queued",
        "refuses bob@example.org: 451 come back later.",
    ),
]


@pytest.mark.parametrize(("answer", "done", "state", "problem"), REFUSALS)
def test_one_of_two_recipients_is_refused(
    store: Store, mailbox: Mailbox, controller: Controller, answer: str, done: Round, state: str, problem: str
) -> None:
    mailbox.refuses = {"bob@example.org": answer}
    put(store, letter("bob", "bob@example.org"), letter("ada"))
    assert deliver(store, server(controller), lambda: NOW) == done
    assert states(store) == {"bob": state, "ada": "sent"}
    (bob,) = [found for found in outbox.latest(store) if found["_id"] == "bob"]
    assert problem in bob["problem"]
    mailbox.refuses = {}
    later = NOW + timedelta(seconds=10)
    assert deliver(store, server(controller), lambda: later) == Round(sent=int(state == "queued"))


def test_a_server_that_is_down_loses_nothing_and_is_tried_after_growing_pauses(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    put(store, letter("one"))
    nobody = server(controller, port=free_port())
    moment, pauses = NOW, []
    for _ in range(3):
        with pytest.raises(MailProblem, match=r"cannot be used: Connection refused\."):
            deliver(store, nobody, lambda: moment)  # noqa: B023
        (found,) = outbox.latest(store)
        pauses.append((found["next"] - moment).total_seconds())
        assert deliver(store, nobody, lambda: moment) == Round()  # noqa: B023
        moment = found["next"]
    assert pauses == [10, 30, 60]
    assert deliver(store, server(controller), lambda: moment) == Round(sent=1)
    assert len(mailbox.taken) == 1


def test_a_server_that_dies_in_the_middle_of_a_letter_gets_it_again(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    mailbox.dies = 1
    put(store, letter("one"))
    with pytest.raises(MailProblem, match="went away"):
        deliver(store, server(controller), lambda: NOW)
    assert deliver(store, server(controller), lambda: NOW + timedelta(seconds=10)) == Round(sent=1)
    assert len(mailbox.taken) == 1


def test_a_wrong_password_is_said_without_it(store: Store, controller: Controller) -> None:
    put(store, letter("one"))
    wrong = server(controller, user="ada", password="wrong-secret")
    with pytest.raises(MailProblem, match="refuses the user 'ada' or the password") as error:
        deliver(store, wrong, lambda: NOW)
    assert "wrong-secret" not in str(error.value)
    right = server(controller, user="ada", password="hunter2")
    assert deliver(store, right, lambda: NOW + timedelta(seconds=10)) == Round(sent=1)


def test_a_server_without_encryption_is_not_trusted_with_it(store: Store, controller: Controller) -> None:
    put(store, letter("one"))
    with pytest.raises(MailProblem, match="STARTTLS"):
        deliver(store, server(controller, security="starttls"), lambda: NOW)


def test_a_courier_that_was_killed_leaves_its_letter_to_the_next(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    put(store, letter("one"))
    assert outbox.take(store, NOW) is not None
    assert deliver(store, server(controller), lambda: NOW) == Round()
    assert deliver(store, server(controller), lambda: NOW + outbox.HELD) == Round(sent=1)


def test_two_couriers_never_have_the_same_letter(store: Store) -> None:
    put(store, letter("one"), letter("two"))
    first, second = outbox.take(store, NOW), outbox.take(store, NOW)
    assert first is not None
    assert second is not None
    assert {first[1].key, second[1].key} == {"one", "two"}
    assert outbox.take(store, NOW) is None


def test_a_courier_whose_time_was_over_changes_nothing(store: Store) -> None:
    put(store, letter("one"))
    slow = outbox.take(store, NOW)
    fast = outbox.take(store, NOW + outbox.HELD)
    assert slow is not None
    assert fast is not None
    assert outbox.sent(store, fast[1], fast[0], NOW)
    assert not outbox.failed(store, slow[1], slow[0], "It is slow.", True, NOW)
    assert states(store) == {"one": "sent"}


def test_a_letter_that_nobody_takes_for_days_is_given_up_and_can_be_tried_again(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    mailbox.refuses = {"ada@example.org": "451 never"}
    put(store, letter("one"))
    late = NOW + outbox.GIVEN_UP + timedelta(seconds=1)
    deliver(store, server(controller), lambda: late)
    assert states(store) == {"one": "failed"}
    mailbox.refuses = {}
    outbox.again(store, "one", late)
    assert deliver(store, server(controller), lambda: late) == Round(sent=1)


def test_one_of_three_recipients_is_refused_and_the_others_get_theirs_once(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    mailbox.refuses = {"bob@example.org": "550 no such mailbox"}
    put(store, *(letter(name, f"{name}@example.org") for name in ("ada", "bob", "eve")))
    assert deliver(store, server(controller), lambda: NOW) == Round(sent=2, failed=1)
    assert deliver(store, server(controller), lambda: NOW + timedelta(hours=1)) == Round()
    assert [to for to, _ in mailbox.taken] == ["ada@example.org", "eve@example.org"]


def test_a_server_that_says_nothing_is_left_after_the_time_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch, controller: Controller
) -> None:
    monkeypatch.setattr(courier, "SECONDS", 0.1)
    put(store, letter("one"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = server(controller, port=silent.getsockname()[1])
        with pytest.raises(MailProblem, match="no answer within"):
            deliver(store, mute, lambda: NOW)
    assert deliver(store, server(controller), lambda: NOW + timedelta(seconds=10)) == Round(sent=1)


def test_an_hour_without_a_server_loses_and_doubles_nothing(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    nobody = server(controller, port=free_port())
    for minute in range(60):
        moment = NOW + timedelta(minutes=minute)
        outbox.put(store, None, letter(str(minute)), moment)
        with suppress(MailProblem):
            deliver(store, nobody, lambda: moment)  # noqa: B023
    back = NOW + timedelta(hours=2)
    assert deliver(store, server(controller), lambda: back) == Round(sent=60)
    assert deliver(store, server(controller), lambda: back + timedelta(hours=1)) == Round()
    ids = [re.findall(r"Message-ID: <(\d+)@", text)[0] for _, text in mailbox.taken]
    assert sorted(map(int, ids)) == list(range(60))


def test_a_process_killed_with_a_letter_in_its_hand_leaves_it_to_the_next(
    store: Store, settings: Settings, mailbox: Mailbox, controller: Controller
) -> None:
    put(store, letter("one"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        address = settings.mongo_uri
        assert address is not None
        given = [address.get_secret_value(), settings.database, port]
        child = subprocess.Popen([sys.executable, "-c", VICTIM, *given], cwd=HOUSE)
        silent.settimeout(30)
        connection, _ = silent.accept()  # it has taken the letter, and waits for the greeting
        child.kill()
        child.wait()
        connection.close()
    assert deliver(store, server(controller), lambda: NOW) == Round()
    assert deliver(store, server(controller), lambda: NOW + outbox.HELD) == Round(sent=1)
    assert len(mailbox.taken) == 1


def test_what_waits_for_settings_for_days_is_not_sent_when_they_come(
    store: Store, mailbox: Mailbox, controller: Controller
) -> None:
    put(store, letter("old"))
    later = NOW + outbox.GIVEN_UP + timedelta(hours=1)
    assert deliver(store, server(controller), lambda: later) == Round()
    assert states(store) == {"old": "failed"}
