"""What the fraud rules found is told soon, once, and not again and again; also of calls in progress."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.client_session import ClientSession

from alerts import progress, tell
from alerts.fraud import choices
from alerts.fraudletter import fraud_letter
from store import fraud_events, fraud_rules, live, outbox
from store.connection import transaction
from store.database import Store, open_store
from store.fraud_events import AGAIN, NEWS, PAUSE, Finding, Judged
from store.live import LiveCall, LiveCalls
from store.outbox import Letter
from store.settings import Settings
from tests.cast import ALICE, BOB

NOW = datetime(2026, 11, 22, 10, 1, tzinfo=UTC)
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
QUARTER, SECOND, MINUTE = timedelta(minutes=15), timedelta(seconds=1), timedelta(minutes=1)
EVIL = "<script>alert(1)</script>\r\nBcc: all@example.org\u202e{{ 7 * 7 }}"


@pytest.fixture
def told_store(settings: Settings) -> Any:
    """A store whose settings name an admin and the address of the pages."""
    more = {
        "mail_sender": "cdr-stats@example.org",
        "mail_admins": ("ada@example.org",),
        "public_url": "https://cdr.example.org/stats",
    }
    with open_store(settings.model_copy(update=more)) as opened:
        yield opened


def finding(since: datetime = NINE, **more: Any) -> Finding:
    """Twenty premium-rate calls of Alice's, in the quarter of an hour that begins here."""
    told = Finding(
        "premium", since, since + QUARTER, ALICE, "33899", 20, 1, 20, 1_234.0, since, {"account": [ALICE]}
    )
    return told._replace(**more)


def put(store: Store, *found: Finding, now: datetime = NOW) -> None:
    looked = [Judged(one.rule, one.since) for one in found]

    def work(session: ClientSession) -> None:
        fraud_events.replace(store, session, looked, found, now)

    transaction(store.client, work)


def queued(store: Store, now: datetime) -> list[Letter]:
    found = []
    while taken := outbox.take(store, now):
        found.append(taken[1])
    return found


def test_what_was_found_is_one_letter_to_the_admins(told_store: Store) -> None:
    put(told_store, finding(), finding(rule="wangiri", account="", subject="+2356000", value=76.0))
    assert tell.tell(told_store, NOW)["fraud"] == 1
    assert tell.tell(told_store, NOW + PAUSE)["fraud"] == 0
    (letter,) = queued(told_store, NOW)
    assert letter.subject == "[FRAUD] Premium-rate numbers 33899, account 1000, and 1 more"
    text = letter.message.decode()
    assert "https://cdr.example.org/stats/fraud" in text


TELLING: list[tuple[Finding, timedelta, int]] = [
    # the same goes on: not at once, and not with the next letter
    (finding(NINE + QUARTER), PAUSE, 0),
    # but after an hour
    (finding(NINE + QUARTER), AGAIN, 1),
    # another account's is told with the next letter
    (finding(account=BOB), PAUSE, 1),
    # and so is the same account's other number
    (finding(subject="33898"), PAUSE, 1),
    # not before that
    (finding(account=BOB), PAUSE - SECOND, 0),
    # what lies days back is history, shown and not told
    (finding(NINE - NEWS - QUARTER, account=BOB), PAUSE, 0),
]


@pytest.mark.parametrize(("more", "later", "letters"), TELLING)
def test_what_goes_on_is_told_by_the_hour(
    told_store: Store, more: Finding, later: timedelta, letters: int
) -> None:
    put(told_store, finding())
    assert tell.tell(told_store, NOW)["fraud"] == 1
    put(told_store, more)
    assert tell.tell(told_store, NOW + later)["fraud"] == letters
    assert len(fraud_events.events(told_store, rule="premium")) >= 1


def test_a_finding_that_grew_or_went_away_meanwhile_is_told_as_it_is_then(told_store: Store) -> None:
    put(told_store, finding())
    held = fraud_events.untold(told_store, NOW)
    assert held is not None
    # its calls were corrected: nothing is left of it
    transaction(
        told_store.client,
        lambda s: fraud_events.replace(told_store, s, [Judged("premium", NINE)], [], NOW),
    )
    assert not transaction(told_store.client, lambda s: fraud_events.told(told_store, s, held, NOW))
    assert fraud_events.untold(told_store, NOW) is None


def test_an_account_looked_at_leaves_what_was_found_of_others(told_store: Store) -> None:
    put(told_store, finding(rule="night"), finding(rule="night", account=BOB))
    transaction(
        told_store.client,
        lambda s: fraud_events.replace(told_store, s, [Judged("night", NINE, BOB)], [], NOW),
    )
    assert [one.account for one in fraud_events.events(told_store)] == [ALICE]


def test_findings_of_days_without_admins_are_not_mailed_when_there_are_some(told_store: Store) -> None:
    put(told_store, finding())
    assert fraud_events.untold(told_store, NOW + NEWS) is None


TOGETHER: list[tuple[list[dict[str, list[str]]], dict[str, list[str]]]] = [
    # one window, and several alike
    ([{"account": ["1000"]}], {"account": ["1000"]}),
    ([{"destination": ["equals:331"]}, {"destination": ["equals:331"]}], {"destination": ["equals:331"]}),
    # of numbers what all of them begin with
    (
        [{"destination": ["begins:33899123"]}, {"destination": ["begins:338994"]}],
        {"destination": ["begins:33899"]},
    ),
    ([{"caller": ["begins:33"]}, {"caller": ["begins:338"]}], {"caller": ["begins:33"]}),
    # which may be nothing
    ([{"account": ["1000"], "destination": [f"begins:{n}"]} for n in ("33", "49")], {"account": ["1000"]}),
    # of everything else each value
    ([{"country": ["FR"]}, {"country": ["CU", "DE"]}], {"country": ["CU", "DE", "FR"]}),
    ([{"direction": ["in"]}, {"direction": ["unknown"]}], {"direction": ["in", "unknown"]}),
    # what one of them leaves open, all do
    ([{"account": [""], "country": ["FR"]}, {"account": [""]}], {"account": [""]}),
]


@pytest.mark.parametrize(("filters", "shown"), TOGETHER)
def test_the_calls_of_several_windows_are_shown_by_one_filter(
    filters: list[dict[str, list[str]]], shown: dict[str, list[str]]
) -> None:
    assert fraud_events.together(filters) == shown
    assert fraud_events.together(filters[::-1]) == shown


def test_an_event_of_several_windows_leads_to_the_calls_of_all_of_them(told_store: Store) -> None:
    numbers = ("begins:33899123", "begins:338991", "begins:3389945")
    shown = [{"account": [ALICE], "destination": [number]} for number in numbers]
    put(told_store, *(finding(NINE + i * QUARTER, filter=one) for i, one in enumerate(shown)))
    (event,) = fraud_events.events(told_store)
    assert event.filter == {"account": [ALICE], "destination": ["begins:33899"]}
    assert (event.since, event.until, event.times) == (NINE, NINE + 3 * QUARTER, 3)


def test_what_a_caller_wrote_is_only_text(told_store: Store) -> None:
    shown = {"caller": [f"equals:{EVIL}"]}
    put(told_store, finding(rule="one-caller", subject=EVIL, account=EVIL, filter=shown))
    letter = fraud_events.untold(told_store, NOW)
    assert letter is not None
    told = fraud_letter(told_store, letter)
    assert "<script" not in told.html and "\r" not in told.subject and "\u202e" not in told.text


def progressing(*calls: LiveCall) -> Callable[[Store], None]:
    return lambda store: live.keep(store, "office", "Paris", LiveCalls(NOW, calls, len(calls)))


def busy(name: str, minutes: float, **more: Any) -> LiveCall:
    fields: dict[str, Any] = {
        "talking": True,
        "answered": NOW - minutes * MINUTE,
        "account": ALICE,
        "destination": "+5351234567",
        "country": "CU",
        **more,
    }
    return LiveCall(name, NOW - minutes * MINUTE - SECOND, **fields)


LIVE = [
    # three hours of talk
    ([busy("a", 180)], [("long-call", ALICE, "+5351234567", 180)]),
    # a moment less
    ([busy("a", 179.9)], []),
    # a call within the house costs nothing
    ([busy("a", 180, country="internal")], []),
    # one that rings does not talk
    ([busy("a", 180, talking=False, answered=None)], []),
    # when it was answered nobody saw: it is as old as it is
    ([busy("a", 180, answered=None)], [("long-call", ALICE, "+5351234567", 180 + 1 / 60)]),
    # Bob has three at the same time, where two are his limit; Alice may have a hundred
    (
        [busy(f"b{i}", 1, account=BOB) for i in range(3)] + [busy(f"a{i}", 1) for i in range(3)],
        [("at-once", BOB, "", 3)],
    ),
]


@pytest.mark.parametrize(("calls", "found"), LIVE)
def test_calls_in_progress_are_judged_while_they_last(
    store: Store, calls: list[LiveCall], found: list[tuple[str, str, str, float]]
) -> None:
    fraud_rules.choose(store, choices(store)["at-once"]._replace(own={BOB: 2}))
    progressing(*calls)(store)
    assert progress.look(store, NOW) == len(found)
    events = fraud_events.events(store)
    assert [(one.rule, one.account, one.subject) for one in events] == [one[:3] for one in found]
    assert [one.value for one in events] == pytest.approx([one[3] for one in found])


def test_a_call_that_goes_on_is_one_finding_with_its_highest_value(store: Store) -> None:
    for minutes in (180, 190):
        progressing(busy("a", 180)._replace(since=NOW - 181 * MINUTE))(store)
        progress.look(store, NOW + (minutes - 180) * SECOND)
    (event,) = fraud_events.events(store)
    assert (event.times, event.calls) == (1, 1)
    assert event.value == pytest.approx(180 + 10 / 60)


def test_what_a_switch_said_long_ago_is_not_judged(store: Store) -> None:
    progressing(busy("a", 600))(store)
    assert progress.look(store, NOW + MINUTE) == 0
