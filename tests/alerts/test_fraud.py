"""The fraud rules over a real store: what they find is what the records say, whatever the order in which
calls arrive.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.arrived import look
from alerts.days import KNOWN, NIGHTS, evening_of
from alerts.fraud import RULES, choices
from ingest import sample
from ingest.importer import run
from ingest.recipe import Options
from ingest.stories import stories
from store import arrivals, fraud_events, fraud_rules
from store.batch import prepare
from store.database import Store
from store.errors import CdrStatsError
from store.fraud_events import Event
from store.fraud_rules import Choice
from store.ledger import commit
from store.record import CDR
from tests.cast import ALICE, BOB, call, season

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = NOON + timedelta(hours=1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def only(store: Store, rule: str, limit: float, **own: float) -> None:
    """One rule looks and no other."""
    for name, held in choices(store).items():
        chosen = held._replace(active=name == rule)
        if name == rule:
            chosen = chosen._replace(limit=limit, own=own)
        fraud_rules.choose(store, chosen)


def arrive(store: Store, *calls: CDR) -> None:
    commit(store, prepare(calls))


def found(store: Store) -> list[tuple[str, str, float]]:
    return [(one.account, one.subject, one.value) for one in fraud_events.events(store)]


def out(uuid: str, start: datetime, talk: float = 60, **more: Any) -> CDR:
    """An outgoing call of Alice's."""
    fields: dict[str, Any] = {"account": ALICE, "number": "33600000001", **more}
    return call(uuid, start, talk + 5, talk, **fields)


def premium(uuid: str, start: datetime, **more: Any) -> CDR:
    """A call to a premium-rate number at home."""
    return out(uuid, start, destination="+33899123456", number="33899123456", **more)


def test_a_rule_is_off_or_has_another_limit_when_somebody_chose_so(store: Store) -> None:
    held = choices(store)
    assert held["premium"] == Choice("premium") and not held["budget"].active
    fraud_rules.choose(store, held["premium"]._replace(limit=3, own={ALICE: 2, "a.b$": 5}))
    chosen = choices(store)["premium"]
    assert (chosen.limit, dict(chosen.own), chosen.version) == (3, {ALICE: 2, "a.b$": 5}, 1)
    assert [chosen.of(account, 1) for account in (ALICE, BOB, "a.b$")] == [2, 3, 5]
    fraud_rules.choose(store, chosen._replace(active=False))
    for old in (held["premium"], chosen):
        with pytest.raises(CdrStatsError, match="by somebody else"):
            fraud_rules.choose(store, old)


def test_a_finding_says_what_the_records_say_whatever_came_when(store: Store) -> None:
    only(store, "premium", 2)
    arrive(store, premium("a", NOON))
    assert look(store, NOW) == {"arrivals": 1, "hits": 0, "findings": 0}
    # the second call makes it two, whenever it comes
    arrive(store, premium("b", NOON - MINUTE), premium("c", NOON + MINUTE))
    assert look(store, NOW)["findings"] == 1
    (event,) = fraud_events.events(store)
    assert (event.calls, event.seconds, event.value, event.times) == (2, 120, 2, 1)
    # a correction that makes it less takes it back: the call had another number after all
    arrive(store, out("c", NOON + MINUTE, destination="+33612345678", number="33612345678"))
    look(store, NOW)
    assert fraud_events.events(store) == []


def test_what_was_judged_before_is_judged_again_to_the_same(store: Store) -> None:
    only(store, "premium", 1)
    arrive(store, premium("a", NOON), premium("b", NOON))
    waiting = list(store.db[arrivals.NAME].find())
    look(store, NOW)
    before = list(store.db[fraud_events.NAME].find())
    store.db[arrivals.NAME].insert_many(waiting)
    look(store, NOW)
    assert list(store.db[fraud_events.NAME].find()) == before


def test_findings_of_one_day_about_the_same_are_one_event(store: Store) -> None:
    only(store, "premium", 1)
    moments = [NOON - DAY, NOON, NOON + 20 * MINUTE, NOON + 40 * MINUTE]
    arrive(store, *(premium(str(i), at) for i, at in enumerate(moments)), premium("bob", NOON, account=BOB))
    look(store, NOW)
    events = fraud_events.events(store)
    assert [(one.account, one.times, one.calls) for one in events] == [
        (ALICE, 3, 3),
        (BOB, 1, 1),
        (ALICE, 1, 1),
    ]
    assert [one.account for one in fraud_events.events(store, accounts=(BOB,))] == [BOB]
    assert fraud_events.events(store, accounts=()) == []
    assert len(fraud_events.events(store, since=NOON)) == 2
    assert fraud_events.events(store, rule="satellite") == []


def test_the_country_that_a_switch_calls_most_is_not_abroad(store: Store) -> None:
    only(store, "one-prefix", 20)
    home = [out(f"h{i}", NOON, 0, number=f"3314000{i:04}") for i in range(30)]
    far = [out(f"f{i}", NOON, 0, number=f"5351234{i:04}", country="CU") for i in range(25)]
    arrive(store, *home, *far)
    look(store, NOW)
    assert found(store) == [(ALICE, "5351234", 25)]


NIGHT = ZoneInfo("Europe/Paris")
EVENINGS = [
    # by day there is no night
    ("2026-11-22T12:00", None),
    # it begins at 22 o'clock
    ("2026-11-22T21:59:59", None),
    ("2026-11-22T22:00", date(2026, 11, 22)),
    # and goes on beyond midnight, until 6
    ("2026-11-23T05:59:59", date(2026, 11, 22)),
    ("2026-11-23T06:00", None),
]


@pytest.mark.parametrize(("local", "evening"), EVENINGS)
def test_a_night_is_one_by_the_clock_of_its_zone(local: str, evening: date | None) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=NIGHT)
    assert evening_of(moment.astimezone(UTC), "Europe/Paris") == evening


def night_minutes(calls: Iterable[CDR], account: str, evening: date, zone: str = "UTC") -> float:
    """What an account talked abroad in a night, one call after another."""
    total = 0.0
    for one in calls:
        local = one.start.astimezone(ZoneInfo(zone))
        day = local.date() if local.hour >= 22 else local.date() - DAY
        if (local.hour >= 22 or local.hour < 6) and day == evening and one.account == account:
            total += one.billmsec / 60_000 if one.country not in ("FR", "internal", "ZZ") else 0
    return total


def test_minutes_at_night_are_those_of_the_records_and_three_times_the_usual(store: Store) -> None:
    only(store, "night", 100)
    days = [NOON - n * DAY for n in range(NIGHTS + 3)]
    calls = [
        one._replace(account=rnd.choice((ALICE, BOB)), switch="Paris")
        for rnd in [random.Random(5)]
        for one in season(days, 400, 5)
    ]
    # so that France is the country that the switch calls most
    calls += [out(f"h{i}", NOON - 5 * DAY) for i in range(400)]
    fraud = [out(f"f{i}", NOON + 11 * timedelta(hours=1), 3_000, country="CU") for i in range(60)]
    arrive(store, *calls, *fraud)
    look(store, NOW + DAY)
    wanted = set()
    for account in (ALICE, BOB):
        for evening in {one.start.date() for one in calls} | {(NOON - 10 * DAY).date()}:
            value = night_minutes([*calls, *fraud], account, evening)
            before = sorted(
                night_minutes([*calls, *fraud], account, evening - n * DAY) for n in range(1, NIGHTS + 1)
            )
            if value >= max(100, 3 * before[3]):
                wanted.add((account, "", round(value, 6)))
    assert {(a, s, round(v, 6)) for a, s, v in found(store)} == wanted
    assert any(value >= 3_000 for _, _, value in wanted)


def test_a_country_is_new_to_an_account_that_is_known(store: Store) -> None:
    only(store, "new-country", 2)
    long_ago = NOON - KNOWN - DAY
    arrive(store, *(out(f"h{i}", NOON - MINUTE, account=BOB) for i in range(9)))
    arrive(store, out("a0", long_ago), out("a1", long_ago, country="DE", number="4930123456"))
    cuba: dict[str, Any] = {"country": "CU", "number": "5351234567"}
    german: dict[str, Any] = {"country": "DE", "number": "4930123456"}
    arrive(
        store,
        # Alice calls Cuba twice for the first time; Germany she knows
        *(out(f"c{i}", NOON + i * MINUTE, **cuba) for i in range(2)),
        *(out(f"d{i}", NOON + i * MINUTE, **german) for i in range(2)),
        # Bob is known since a minute ago: everything is new to him
        *(out(f"b{i}", NOON + i * MINUTE, account=BOB, **cuba) for i in range(2)),
    )
    look(store, NOW)
    assert found(store) == [(ALICE, "CU", 2)]
    # the next day it is not new any more
    arrive(store, *(out(f"e{i}", NOON + DAY, **cuba) for i in range(2)))
    look(store, NOW + DAY)
    assert len(found(store)) == 1


def test_a_day_is_held_against_the_budget_of_its_account(store: Store) -> None:
    only(store, "budget", 60, **{BOB: 10})
    hour = [
        out("a", NOON, 3_600),
        out("b", NOON + MINUTE, 599, account=BOB),
        out("c", NOON, 599, account="3"),
    ]
    arrive(store, *hour)
    look(store, NOW)
    assert found(store) == [(ALICE, "", 60)]
    arrive(store, out("d", NOON, 1, account=BOB))
    look(store, NOW)
    assert sorted(found(store)) == [(ALICE, "", 60), (BOB, "", 10)]


def test_nothing_waits_where_nothing_judges(store: Store) -> None:
    for held in choices(store).values():
        fraud_rules.choose(store, held._replace(active=False))
    arrive(store, premium("a", NOON))
    assert look(store, NOW) == {}
    assert arrivals.waiting(store) == []


def test_batches_are_judged_together_in_the_end_as_one_by_one(store: Store) -> None:
    """Wangiri in single reports, as a listener commits them."""
    only(store, "wangiri", 20)
    ring: dict[str, Any] = {"direction": "in", "account": "", "caller": "+23560001234", "country": "FR"}
    for i in range(20):
        arrive(store, call(f"w{i}", NOON + i * timedelta(seconds=9), 5, number=f"3314000{i:04}", **ring))
    assert look(store, NOW) == {"arrivals": 20, "hits": 0, "findings": 1}
    (event,) = fraud_events.events(store)
    assert (event.subject, event.calls, event.since) == ("+2356000", 20, NOON)
    assert event.filter == {"direction": ["in"], "caller": ["begins:+2356000"]}


UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
FALSE = 3
"""So many false findings in ninety days are bearable, those of the shipped alarms included."""


def belongs(event: Event, told: Sequence[Any]) -> bool:
    """Whether it is on the day of a story and about it: its account, its country, or its callers."""
    return any(
        event.since.date() <= one.until.date()
        and one.since.date() <= event.until.date()
        and (
            event.account == one.account != ""
            or (one.caller != "" and (event.subject.startswith(one.caller) or event.rule == "new-country"))
        )
        for one in told
    )


def test_they_find_the_fraud_and_the_wangiri_of_the_sample(store: Store, tmp_path: Any) -> None:
    file, plan = tmp_path / "sample.csv", (90, 60_000, 2, UNTIL)
    sample.write(file, *plan)
    run(store, file, Options())
    look(store, UNTIL)
    told = stories(*plan)
    events = fraud_events.events(store, limit=10_000)
    assert {one.rule for one in events if belongs(one, told)} >= {"night", "new-country", "wangiri"}
    assert len([one for one in events if not belongs(one, told)]) <= FALSE
    assert {one.rule for one in events} <= set(RULES)
