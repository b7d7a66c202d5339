"""What happened becomes letters once, and nothing that a caller wrote gets into them but as text."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo.client_session import ClientSession

from alerts import letters, tell
from alerts.alarmletter import subject
from store import alarm_reports, alarms, list_hits, notices, outbox, users
from store.alarm_reports import Report
from store.alarms import Alarm
from store.batch import prepare
from store.connection import transaction
from store.database import Store, open_store
from store.ledger import commit
from store.list_hits import Hit
from store.outbox import Letter
from store.people import User
from store.settings import Settings
from tests.cast import call

NOW = datetime(2026, 11, 22, 10, 1, tzinfo=UTC)
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOTH = ("ada@example.org", "bob@example.org")
EVIL = "<script>alert(1)</script>\r\nBcc: all@example.org\u202e{{ 7 * 7 }}"


@pytest.fixture
def told_store(settings: Settings) -> Any:
    """A store whose settings name a sender, admins and the address of the pages."""
    more = {
        "mail_sender": "cdr-stats@example.org",
        "mail_admins": ("ada@example.org",),
        "public_url": "https://cdr.example.org/stats",
        "mail_password": SecretStr("x"),
    }
    with open_store(settings.model_copy(update=more)) as opened:
        yield opened


def reported(store: Store, alarm: Alarm | None = None, **changed: Any) -> Report:
    """A report of an alarm whose last hour was bad."""
    alarm = alarm or Alarm(name="Lisbon trunk", warning=40.0, critical=20.0, emails=BOTH)
    id = alarms.add(store, alarm, NINE)
    report = Report(
        alarm=id, name=alarm.name, at=NOW, was="ok", state="critical", value=12.5, threshold=20.0, n=48,
        since=NINE, until=NINE + HOUR, emails=alarm.emails, webhook=alarm.webhook, due=NOW,
        filter={"period": ["custom"], "switch": ["Paris"]},
    )._replace(**changed)  # fmt: skip
    return report._replace(id=alarm_reports.put(store, None, report))


def part(name: str) -> dict[str, Any]:
    return {
        "dimension": "switch", "name": name, "mix": -2.0, "rate": -20.5, "change": -22.5, "before": 61.0,
        "now": 12.5, "calls_before": 40.0, "calls_now": 48.0, "metric": "asr",
        "filter": {"switch": [name]},
    }  # fmt: skip


def queued(store: Store) -> list[tuple[Letter, EmailMessage]]:
    found = []
    while taken := outbox.take(store, NOW + HOUR):
        message = email.message_from_bytes(taken[1].message, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append((taken[1], message))
    return found


def content(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_an_alarm_is_told_to_each_address_once(told_store: Store) -> None:
    reported(told_store)
    assert tell.tell(told_store, NOW) == {"alarms": 2, "listed": 0, "fraud": 0, "problems": 0}
    assert tell.tell(told_store, NOW) == {"alarms": 0, "listed": 0, "fraud": 0, "problems": 0}
    assert sorted(one.to for one, _ in queued(told_store)) == list(BOTH)


def test_a_kill_between_the_letters_and_the_note_leaves_neither(told_store: Store) -> None:
    report = reported(told_store)

    def killed(session: ClientSession) -> None:
        assert alarm_reports.told(told_store, session, report.id, NOW)
        outbox.put(told_store, session, Letter("k", "alarm", BOTH[0], "s", b""), NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transaction(told_store.client, killed)
    assert outbox.latest(told_store) == []
    assert tell.tell(told_store, NOW)["alarms"] == 2


def test_two_that_tell_at_once_queue_it_once(told_store: Store) -> None:
    report = reported(told_store)
    assert transaction(told_store.client, lambda s: alarm_reports.told(told_store, s, report.id, NOW))
    claim = [Letter("k", "alarm", BOTH[0], "s", b"")]
    assert not tell.queue(told_store, claim, lambda s: alarm_reports.told(told_store, s, report.id, NOW), NOW)
    assert outbox.latest(told_store) == []


def test_of_several_problems_none_is_claimed_without_its_letter(told_store: Store) -> None:
    for job in ("proof", "retention"):
        notices.told(told_store, job, "It failed.", NOW)
    (first, _), (second, _) = notices.untold(told_store, NOW)
    assert transaction(told_store.client, lambda s: notices.mailed(told_store, s, [first], NOW))
    letter = [Letter("k", "problem", BOTH[0], "s", b"")]
    assert not tell.queue(
        told_store, letter, lambda s: notices.mailed(told_store, s, [first, second], NOW), NOW
    )
    assert [id for id, _ in notices.untold(told_store, NOW)] == [second]
    assert tell.tell(told_store, NOW)["problems"] == 1


def test_what_cannot_be_written_well_is_told_plainly_and_holds_up_no_other(told_store: Store) -> None:
    broken = reported(told_store, story=({"dimension": "switch"},))
    good = reported(told_store, name="Paris trunk")
    assert tell.tell(told_store, NOW)["alarms"] == 4
    said = {message["Subject"] for _, message in queued(told_store)}
    assert said == {f"[CRITICAL] {broken.name} is critical", subject(good)}


def test_what_is_snoozed_or_in_quiet_hours_waits(told_store: Store) -> None:
    reported(told_store, due=NOW + HOUR)
    assert tell.tell(told_store, NOW)["alarms"] == 0
    assert tell.tell(told_store, NOW + HOUR)["alarms"] == 2


def test_a_letter_has_all_that_a_mail_program_asks_for(told_store: Store) -> None:
    calls = [call(str(i), NINE + timedelta(minutes=i), 30, 20 * (i % 2)) for i in range(50)]
    commit(told_store, prepare(calls))
    reported(told_store, story=(part("Paris"),))
    tell.tell(told_store, NOW)
    letter, message = queued(told_store)[0]
    assert message["Subject"] == "[CRITICAL] Lisbon trunk: ASR 12.5 % (less than 20 %)"
    assert message["From"] == "CDR-Stats <cdr-stats@example.org>"
    assert message["Date"].datetime == NOW
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", message["Message-ID"])
    assert "<mailto:cdr-stats@example.org?subject=unsubscribe>" in message["List-Unsubscribe"]
    assert "<https://cdr.example.org/stats/alarms>" in message["List-Unsubscribe"]
    assert all(len(row) < 999 for row in letter.message.split(b"\r\n"))
    letter.message.decode("ascii")
    (picture,) = [one for one in message.walk() if one.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<history>"
    assert picture.get_content().startswith(b"\x89PNG")
    link = "https://cdr.example.org/stats/explore?period=custom&switch=Paris"
    assert link in content(message, "plain")
    assert link.replace("&", "&amp;") in content(message, "html")
    for kind in ("plain", "html"):
        assert "by mix −2, by rate −20.5" in content(message, kind)
    assert "cid:history" in content(message, "html")
    assert 'style="' in content(message, "html")


def test_the_same_letter_has_the_same_message_id(settings: Settings) -> None:
    what = letters.told(settings, "test", "Hello", {"sentence": "It works."})
    ids = [letters.letter(settings, "k", what, to, NOW).message for to in (BOTH[0], BOTH[0], BOTH[1])]
    found = [email.message_from_bytes(one)["Message-ID"] for one in ids]
    assert found[0] == found[1] != found[2]


def test_what_a_caller_wrote_is_only_text(told_store: Store) -> None:
    alarm = Alarm(name=EVIL, warning=40.0, critical=20.0, emails=BOTH[:1])
    reported(told_store, alarm, story=(part(EVIL),))
    tell.tell(told_store, NOW)
    ((_, message),) = queued(told_store)
    assert "Bcc" not in message
    assert message["To"] == BOTH[0]
    html = content(message, "html")
    assert "<script" not in html
    assert "{{ 7 * 7 }}" in html
    assert "\u202e" not in html + message["Subject"]


def test_what_is_no_address_gets_no_letter(told_store: Store) -> None:
    bad = ("ada@example.org\r\nBcc: x@y", "no address", BOTH[1], BOTH[1])
    reported(told_store, Alarm(name="A", critical=20.0, emails=bad))
    tell.tell(told_store, NOW)
    assert [one.to for one, _ in queued(told_store)] == [BOTH[1]]


SUBJECTS = [
    # a state that got worse, with what was passed
    ({}, "[CRITICAL] Lisbon trunk: ASR 12.5 % (less than 20 %)"),
    # the same state once more is a repeat
    ({"was": "critical"}, "[CRITICAL, STILL] Lisbon trunk: ASR 12.5 % (less than 20 %)"),
    # the end has no threshold
    ({"was": "critical", "state": "ok", "value": 55.0}, "[OVER] Lisbon trunk: ASR 55 %"),
    # a threshold in percent of the reference, whatever the metric's unit
    (
        {"metric": "calls", "condition": "decrease_percent", "value": 7.0, "threshold": 50.0},
        "[CRITICAL] Lisbon trunk: Calls 7 (decreased by more than 50 %)",
    ),
]


@pytest.mark.parametrize(("changed", "words"), SUBJECTS)
def test_the_point_is_in_the_subject(changed: dict[str, Any], words: str) -> None:
    report = Report(name="Lisbon trunk", was="ok", state="critical", value=12.5, threshold=20.0)
    assert subject(report._replace(**changed)) == words


def test_problems_of_jobs_are_one_letter_to_the_admins(told_store: Store) -> None:
    notices.told(told_store, "source Lyon", "The folder /cdr is gone.", NINE)
    notices.told(told_store, "source Lyon", "The folder /cdr is gone.", NOW)
    notices.told(told_store, "proof", EVIL, NOW)
    # the mail server's own troubles would be told by nobody
    notices.told(told_store, "mail", "The mail server is down.", NOW)
    assert tell.tell(told_store, NOW) == {"alarms": 0, "listed": 0, "fraud": 0, "problems": 1}
    assert tell.tell(told_store, NOW) == {"alarms": 0, "listed": 0, "fraud": 0, "problems": 0}
    ((letter, message),) = queued(told_store)
    assert (letter.to, letter.subject) == ("ada@example.org", "[PROBLEM] 2 problems of jobs")
    assert "seen 2 times" in content(message, "plain")
    assert "The folder /cdr is gone." in content(message, "html")
    assert "<script" not in content(message, "html")


def test_calls_to_listed_numbers_are_one_letter(told_store: Store) -> None:
    def put(name: str) -> None:
        hit = Hit(name, "", "e", "881", EVIL, NINE, "Paris", "1000", "201", "+8816001", "001", 61.0)
        transaction(told_store.client, lambda s: list_hits.put(told_store, s, [hit], NOW))

    put("one")
    put("two")
    assert tell.tell(told_store, NOW)["listed"] == 1
    ((letter, message),) = queued(told_store)
    assert letter.subject == "[BLACK LIST] 2 calls to numbers on the list: +8816001"
    assert content(message, "plain").count("+8816001 | 881") == 2
    assert "<script" not in content(message, "html")
    put("three")
    # more of the same list ten minutes later, in one letter
    assert tell.tell(told_store, NOW)["listed"] == 0
    assert tell.tell(told_store, NOW + list_hits.PAUSE)["listed"] == 1


def test_calls_to_the_numbers_of_an_accounts_own_list_are_told_to_its_users_too(told_store: Store) -> None:
    for name, accounts, address in (
        ("alice", ("1000",), "alice@example.org"),
        ("bob", ("2000",), "bob@example.org"),
        ("charlie", ("1000",), ""),
    ):
        users.add(told_store, User(name=name, accounts=accounts, email=address), NOW)
    hit = Hit("one", "1000", "e", "53", "", NINE, "Paris", "1000", "201", "+5350", "CU", 61.0)
    transaction(told_store.client, lambda s: list_hits.put(told_store, s, [hit], NOW))
    assert tell.tell(told_store, NOW)["listed"] == 2
    found = {letter.to: content(message, "plain") for letter, message in queued(told_store)}
    assert set(found) == {"ada@example.org", "alice@example.org"}
    assert "/stats/fraud" in found["ada@example.org"] and "/stats/fraud" not in found["alice@example.org"]
    assert "the account whose list this is" in found["alice@example.org"]


def test_old_problems_are_not_mailed_when_addresses_are_set(told_store: Store) -> None:
    notices.told(told_store, "proof", "Long ago.", NOW - notices.FRESH - HOUR)
    assert tell.tell(told_store, NOW)["problems"] == 0
