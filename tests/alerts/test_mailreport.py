"""A mail report is right to the percent, in its zone, over what its owner may see, and sent once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from pymongo.client_session import ClientSession

from alerts import letters, mailreport
from alerts.windows import Window
from store import alarm_reports, audit, mail_reports, outbox, users
from store.alarm_reports import Report
from store.batch import prepare
from store.database import Store
from store.errors import CdrStatsError
from store.ledger import commit
from store.mail_reports import MailReport, Overtaken
from tests.cast import ALICE, BOB, CAST, call
from tests.people import invited

BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = Window(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
ALL = MailReport(name="All calls", emails=("ada@example.org", "bob@example.org"))


@pytest.fixture
def cast(store: Store) -> Store:
    before = [call(f"y{n}", DAY.since - timedelta(hours=n + 1), 10, 5 * (n % 2)) for n in range(4)]
    commit(store, prepare([*CAST, *before]))
    return store


def fail(problem: str) -> None:
    raise AssertionError(problem)


DUE: list[tuple[dict[str, Any], str, str | None]] = [
    # yesterday, from seven on
    ({}, "2026-11-23T06:59", "2026-11-22"),
    ({}, "2026-11-23T07:00", "2026-11-23"),
    # seven in New York is noon in UTC, and its day ends at five
    ({"zone": "America/New_York"}, "2026-11-23T12:00", "2026-11-23T05:00"),
    ({"zone": "America/New_York"}, "2026-11-23T11:59", "2026-11-22T05:00"),
    # a week ends on Monday, a month on its first
    ({"every": "week"}, "2026-11-25T08:00", "2026-11-23"),
    ({"every": "month"}, "2026-12-01T08:00", "2026-12-01"),
    ({"every": "month"}, "2026-12-01T06:00", None),
    # what was sent is not due
    ({"done": DAY.until}, "2026-11-23T08:00", None),
    ({"done": DAY.since}, "2026-11-23T08:00", "2026-11-23"),
    ({"active": False}, "2026-11-23T08:00", None),
    # after a week's outage only the last one
    ({"done": BEGIN - timedelta(days=7)}, "2026-11-23T08:00", "2026-11-23"),
]


@pytest.mark.parametrize(("changed", "now", "until"), DUE)
def test_a_report_is_due_at_its_hour(changed: dict[str, Any], now: str, until: str | None) -> None:
    report = ALL._replace(done=datetime(2026, 11, 20, tzinfo=UTC))._replace(**changed)
    found = mailreport.due(report, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found.until if found else None) == (
        datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    )


def test_it_is_sent_to_each_once_also_after_a_restart(cast: Store) -> None:
    mail_reports.add(cast, ALL, BEGIN)
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert mailreport.send(cast, now, fail) == 2
    assert mailreport.send(cast, now + timedelta(minutes=1), fail) == 0
    assert mailreport.send(cast, now + timedelta(days=1), fail) == 2
    assert len(outbox.latest(cast)) == 4


def noted(store: Store, name: str) -> Callable[[ClientSession], None]:
    entry = audit.Entry("Ada", "", "send", "mail report", name)
    return lambda session: audit.put(store, entry, DAY.until, session)


def test_sent_now_it_goes_to_all_recipients_and_is_sent_in_its_hour_all_the_same(cast: Store) -> None:
    report = ALL._replace(id=mail_reports.add(cast, ALL, BEGIN))
    now = datetime(2026, 11, 23, 6, 59, 30, tzinfo=UTC)
    assert mailreport.send_now(cast, report, now, noted(cast, ALL.name)) == 2
    assert {one["to"] for one in outbox.latest(cast)} == set(ALL.emails)
    assert all("Sun 22 Nov 2026" in one["subject"] for one in outbox.latest(cast))
    # a second click within the second is none
    mailreport.send_now(cast, report, now + timedelta(milliseconds=300), noted(cast, ALL.name))
    assert len(outbox.latest(cast)) == 2
    assert mailreport.send(cast, now + timedelta(minutes=1), fail) == 2
    assert len(outbox.latest(cast)) == 4
    # and later again
    assert mailreport.send_now(cast, report, now + timedelta(hours=1), noted(cast, ALL.name)) == 2


def test_letters_that_cannot_be_noted_are_not_sent_now(cast: Store) -> None:
    report = ALL._replace(id=mail_reports.add(cast, ALL, BEGIN))

    def broken(session: ClientSession) -> None:
        raise CdrStatsError("The log is full.")

    with pytest.raises(CdrStatsError, match="The log is full"):
        mailreport.send_now(cast, report, DAY.until, broken)
    assert outbox.latest(cast) == []


def test_what_is_asked_for_now_goes_to_who_may_have_it(cast: Store) -> None:
    user = invited(cast, "Alice", email="alice@example.org", accounts=(ALICE,))
    mail_reports.put_own(cast, MailReport(name="Hers", user=user.id, emails=("eve@example.org",)), BEGIN)
    (hers,) = mail_reports.everything(cast)
    assert mailreport.send_now(cast, hers, DAY.until, noted(cast, "Hers")) == 1
    (letter,) = outbox.latest(cast)
    assert letter["to"] == "alice@example.org" and "4 calls" in letter["subject"]
    users.disable(cast, user.id)
    with pytest.raises(CdrStatsError, match="'Hers' has no address"):
        mailreport.send_now(cast, hers, DAY.until + timedelta(hours=1), noted(cast, "Hers"))
    mail_reports.remove(cast, hers.id)
    with pytest.raises(CdrStatsError, match="'Hers' was removed meanwhile"):
        mailreport.send_now(cast, hers, DAY.until, noted(cast, "Hers"))
    assert len(outbox.latest(cast)) == 1


def test_it_tells_the_totals_and_the_change(cast: Store) -> None:
    told = mailreport.compose(cast, ALL, DAY)
    assert told.subject == "Daily report All calls: 8 calls, ASR 62.5 %, Sun 22 Nov 2026"
    # five calls the day before, one of them all night, three of them answered
    assert "Calls: 8, +60 % to the day before, – to a week before" in told.text
    assert "ASR: 62.5 %, +2.5 points to the day before, – to a week before" in told.text
    assert "Internal calls: 2, 25 %" in told.text
    assert "NORMAL_CLEARING: 5, 62.5 %" in told.text
    assert "No alarm fired in this time." in told.text
    assert letters.preview(told).count("data:image/png;base64,") == 1


def test_it_tells_nothing_that_its_owner_may_not_see(cast: Store) -> None:
    fired = Report(name="Secret", at=DAY.since, was="ok", state="critical", since=DAY.since, until=DAY.until)
    alarm_reports.put(cast, None, fired._replace(due=DAY.since))
    assert "Secret: critical" in mailreport.compose(cast, ALL, DAY).text
    alice = mailreport.compose(cast, ALL._replace(accounts=(ALICE,)), DAY)
    assert "4 calls" in alice.subject
    assert "Secret" not in alice.text
    assert "Ivoire" not in alice.text
    nobody = mailreport.compose(cast, ALL._replace(accounts=()), DAY)
    assert "0 calls" in nobody.subject
    assert nobody.pictures == {}


def test_the_later_of_two_who_edit_it_is_told(store: Store) -> None:
    id = mail_reports.add(store, ALL, BEGIN)
    found = mail_reports.one(store, id)
    assert found is not None
    assert found == ALL._replace(id=id, done=BEGIN, version=1)
    mail_reports.change(store, found._replace(hour=9))
    with pytest.raises(Overtaken, match="All calls"):
        mail_reports.change(store, found._replace(hour=10))
    assert [one.hour for one in mail_reports.everything(store)] == [9]
    assert mail_reports.remove(store, id)
    assert mail_reports.one(store, id) is None


OWN: list[tuple[str, int, str, str]] = [
    # whose report, how many calls (a day of Paris begins an hour earlier), what is in it, and what is not
    ("Alice", 4, "Germany", "Ivoire"),
    ("Bob", 3, "Ivoire", "Germany"),
    # who owns nothing is told nothing
    ("Charlie", 0, "0 calls", "Ivoire"),
    # an admin sees everything
    ("Ada", 10, "Ivoire", "Nobody"),
]


@pytest.mark.parametrize(("name", "count", "has", "lacks"), OWN)
def test_a_report_that_a_user_asks_for_is_of_what_they_see(
    cast: Store, name: str, count: int, has: str, lacks: str
) -> None:
    user = invited(cast, name, email="somebody@example.org", zone="Europe/Paris")
    report = MailReport(name=f"Calls of {name}", owner=name, user=user.id, hour=6)
    # what is kept of accounts and addresses does not count
    mail_reports.put_own(cast, report._replace(emails=("eve@example.org",)), DAY.since + timedelta(hours=12))
    assert mailreport.send(cast, datetime(2026, 11, 23, 4, 59, tzinfo=UTC), fail) == 0
    assert mailreport.send(cast, datetime(2026, 11, 23, 5, tzinfo=UTC), fail) == 1
    (letter,) = cast.db[outbox.NAME].find()
    text = message_from_bytes(letter["message"], policy=policy.default).get_body(("plain",))
    assert letter["to"] == "somebody@example.org" and text
    assert f"Calls of {name}: {count} calls" in letter["subject"]
    assert has in f"{letter['subject']}\n{text.get_content()}" and lacks not in text.get_content()


def test_who_sees_less_is_told_less_from_then_on_and_who_is_gone_nothing(cast: Store) -> None:
    user = invited(cast, "Alice", accounts=(ALICE, BOB))
    mail_reports.put_own(cast, MailReport(name="Hers", user=user.id), BEGIN)
    users.change(cast, user._replace(accounts=(BOB,), switches=("Paris",)))
    (kept,) = mail_reports.everything(cast)
    told = mailreport.compose(cast, mailreport.narrowed(cast, kept), DAY)
    assert "0 calls" in told.subject and "Ivoire" not in told.text
    users.disable(cast, user.id)
    assert mailreport.narrowed(cast, kept).emails == ()
    users.remove(cast, user.id)
    assert mail_reports.everything(cast) == []


def test_a_user_has_one_report_of_their_own_and_none_of_others(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    mail_reports.add(store, ALL, BEGIN)
    for hour in (7, 9):
        mail_reports.put_own(store, MailReport(name="Hers", user=alice.id, hour=hour), BEGIN)
    found = mail_reports.of_user(store, alice.id)
    assert found and (found.hour, found.done, found.version) == (9, BEGIN, 2)
    assert mail_reports.of_user(store, bob.id) is None and mail_reports.of_user(store, "") is None
    # what ended while there was none is not sent later
    mail_reports.put_own(store, found._replace(active=False), BEGIN)
    later = BEGIN + timedelta(days=9)
    mail_reports.put_own(store, found, later)
    again = mail_reports.of_user(store, alice.id)
    assert again and again.done == later
