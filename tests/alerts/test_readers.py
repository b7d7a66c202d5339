"""Letters are read through a lens, too: of whose address it is."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from alerts import mailreport, tell
from alerts.readers import by_lens
from store import fraud_events, list_hits, mail_reports, outbox, users
from store.batch import prepare
from store.connection import transaction
from store.database import Store, open_store
from store.fraud_events import Finding, Judged
from store.ledger import commit
from store.list_hits import Hit
from store.mail_reports import MailReport
from store.people import User
from store.setting_tables import PrivacySettings
from store.settings import Settings
from tests.cast import call

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
YESTERDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
CALLER, CALLED = "+3361728394556", "+8817092837465"
HIDDEN = ("172839", "709283")


@pytest.fixture
def told(settings: Settings) -> Any:
    """A store whose settings name three admins, one of whom is staff, and lenses."""
    more = {
        "mail_sender": "cdr-stats@example.org",
        "mail_admins": ("root@example.org", "stan@example.org", "ada@example.org"),
        "public_url": "https://cdr.example.org",
        "privacy": PrivacySettings(customer=4, staff=3),
    }
    with open_store(settings.model_copy(update=more)) as store:
        for name, role in (("ada", "admin"), ("stan", "staff"), ("alice", "customer")):
            users.add(store, User(name=name, role=role, email=f"{name}@example.org", accounts=("1000",)), NOW)
        users.add(store, User(name="both", email="ada@example.org"), NOW)
        users.add(store, User(name="gone", role="admin", email="gone@example.org"), NOW)
        gone = users.by_name(store, "gone")
        assert gone and users.disable(store, gone.id)
        yield store


@pytest.mark.parametrize(
    ("email", "digits"),
    [
        # the settings name who sees what, and these
        ("root@example.org", None),
        # a user's address, though the settings name it
        ("stan@example.org", 3),
        ("alice@example.org", 4),
        ("Alice@Example.org", 4),
        # of two users who share one, who sees less
        ("ada@example.org", 4),
        # typed on a page, by whomever: the strictest
        ("noc@example.com", 3),
        ("gone@example.org", 3),
        ("", 3),
    ],
)
def test_an_address_sees_what_its_owner_sees(told: Store, email: str, digits: int | None) -> None:
    ((lens, emails),) = by_lens(told, [email])
    assert (lens and lens.digits, emails) == (digits, [email])


def test_without_lenses_every_address_sees_whole_numbers(store: Store) -> None:
    assert by_lens(store, ["a@example.org", "b@example.org"]) == [(None, ["a@example.org", "b@example.org"])]
    assert by_lens(store, []) == []


def written(store: Store, now: datetime = NOW) -> dict[str, str]:
    """All that is in the letters that are queued, by their address."""
    found = {}
    while taken := outbox.take(store, now):
        letter = taken[1]
        message = message_from_bytes(letter.message, policy=policy.default)
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        found[letter.to] = "\n".join([letter.subject, *map(str, message.values()), *parts])
    return found


def has_numbers(text: str) -> bool:
    """Whether hidden digits are in it."""
    return any(run in text for run in HIDDEN)


def test_letters_about_listed_calls_and_fraud_are_masked(told: Store) -> None:
    hit = Hit("one", "1000", "e", CALLED[1:], "", YESTERDAY, "Paris", "1000", CALLER, CALLED, "001", 61.0)
    transaction(told.client, lambda session: list_hits.put(told, session, [hit], NOW))
    shown = {"caller": [f"equals:{CALLER}"]}
    found = Finding("one-caller", YESTERDAY, NOW, "1000", CALLER, 40, 30, 40, 9.0, YESTERDAY, shown)
    looked = [Judged("one-caller", YESTERDAY)]
    transaction(told.client, lambda s: fraud_events.replace(told, s, looked, [found], NOW))
    tell.tell(told, NOW)
    letters = written(told)
    assert {to: has_numbers(text) for to, text in letters.items()} == {
        "root@example.org": True,
        "stan@example.org": False,
        "ada@example.org": False,
        "alice@example.org": False,
    }
    assert "…7465·" in letters["alice@example.org"]
    assert "~" in letters["alice@example.org"]
    assert "…556·" in letters["stan@example.org"]


def test_a_mail_report_is_masked(told: Store) -> None:
    commit(told, prepare([call("one", YESTERDAY, 60, 50, caller=CALLER, destination=CALLED)]))
    emails = ("root@example.org", "stan@example.org", "noc@example.com")
    mail_reports.add(told, MailReport(name="Daily", emails=emails), YESTERDAY)
    assert mailreport.send(told, NOW, print) == 3
    letters = written(told)
    assert {to: has_numbers(text) for to, text in letters.items()} == {
        "root@example.org": True,
        "stan@example.org": False,
        "noc@example.com": False,
    }
    assert "…556·" in letters["noc@example.com"]
