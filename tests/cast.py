"""The fixed cast of the tests: who there is, a morning of calls made by hand, and seasons of calls drawn by
chance.

Alice owns account 1000 and Bob 2000; Charlie may log in and owns nothing; Ada is admin and sees everything.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from store.record import CDR

ALICE, BOB = "1000", "2000"
SEES: dict[str, tuple[str, ...] | None] = {"Alice": (ALICE,), "Bob": (BOB,), "Charlie": (), "Ada": None}
"""Whose calls a person may see: accounts, or None for all."""

MS = timedelta(milliseconds=1)
MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)


def call(uuid: str, start: datetime, seconds: float = 0, talk: float = 0, **more: Any) -> CDR:
    """A call of so many seconds, of which the last ones were talk; answered when there was talk."""
    length, talked = round(seconds * 1000), round(talk * 1000)
    end = start + length * MS
    fields: dict[str, Any] = {
        "switch": "Paris",
        "answered": talked > 0,
        "answer": end - talked * MS if talked else None,
        "cause": "NORMAL_CLEARING" if talked else "NO_ANSWER",
        "caller": "+33140000000",
        "destination": "+33600000001",
        "country": "FR",
        "direction": "out",
    }
    fields |= more
    return CDR(uuid=uuid, start=start, end=end, mduration=length, billmsec=talked, **fields)


def at(minutes: float) -> datetime:
    """So many minutes after eight on the morning of the fixed cast."""
    return MORNING + timedelta(minutes=minutes)


CAST = (
    # Alice rings France: the quarter of an hour that everything else is measured by
    call("a1", at(1), 70, 60, account=ALICE, pdd_ms=800),
    # her second try is short, which is not yet a failure
    call("a2", at(5), 12, 6, account=ALICE, destination="+4930123456", country="DE", pdd_ms=1200),
    # busy: not answered, but the network did its part
    call("a3", at(58), 3, account=ALICE, destination="+4930123456", country="DE", cause="USER_BUSY"),
    # begins in one hour and ends in the next
    call("a4", at(59.5), 120, 100, account=ALICE, destination="+12125550100", country="US"),
    # Bob's calls are on the other switch; this one failed on the way
    call("b1", at(2), 0, account=BOB, switch="Lyon", destination="+2250700000000", country="CI",
         cause="NORMAL_CIRCUIT_CONGESTION"),
    # he gave up while it rang
    call("b2", at(61), 20, account=BOB, switch="Lyon", cause="ORIGINATOR_CANCEL"),
    # one that came in
    call("b3", at(62), 600, 595, account=BOB, switch="Lyon", caller="+442079460000",
         destination=BOB, country="internal", direction="in", pdd_ms=0),
    # a call of nobody's account, from one desk to another, on Alice's switch
    call("n1", at(3), 45, 40, caller="201", destination="202", country="internal", direction="internal"),
    # it began before midnight and a conference took all night, longer than the six hours that are long
    call("n2", MORNING - timedelta(hours=9), 8.5 * 3600, 8.4 * 3600, switch="Lyon", destination="202",
         country="internal", direction="internal"),
)  # fmt: skip

SWITCHES = ("Lyon", "Paris", "a|b*%")
ACCOUNTS = ("", ALICE, BOB, "3.000$")
COUNTRIES = ("FR", "DE", "US", "ZZ", "internal")
CAUSES = ("NORMAL_CLEARING", "USER_BUSY", "NO_ANSWER", "ORIGINATOR_CANCEL", "NETWORK_OUT_OF_ORDER", "X.Y")
DIRECTIONS = ("in", "out", "internal", "unknown")
NUMBERS = ("", "201", "+33140000000", "+33140000001", "+4930123456", "0033.*", "a+b", "é☎")
LENGTHS = (0, 1, 999, 5_999, 6_000, 6_001, 60_000, 61_500, 3_600_000, 7 * 3_600_000, 30 * 3_600_000)


def drawn(rnd: random.Random, uuid: str, start: datetime) -> CDR:
    """A call of chance with a start of its own; edges are more likely than in life."""
    length = rnd.choice((*LENGTHS[:-2] * 4, *LENGTHS))
    answered = rnd.random() < 0.6
    return CDR(
        switch=rnd.choice(SWITCHES),
        uuid=uuid,
        start=start,
        end=start + length * MS,
        mduration=length,
        billmsec=rnd.choice((0, length // 2, length)) if answered else 0,
        answered=answered,
        caller=rnd.choice(NUMBERS),
        destination=rnd.choice(NUMBERS),
        account=rnd.choice(ACCOUNTS),
        direction=rnd.choice(DIRECTIONS),
        country=rnd.choice(COUNTRIES),
        cause=rnd.choice(CAUSES),
        pdd_ms=rnd.choice((None, None, 0, 250, 3_000)),
    )


def season(days: Sequence[datetime], count: int, seed: int) -> list[CDR]:
    """So many calls on these UTC days, a quarter of them on the edges of hours and of days."""
    rnd = random.Random(seed)
    made = []
    for i in range(count):
        start = rnd.choice(days) + rnd.randrange(86_400_000) * MS
        if i % 4 == 0:
            start = start.replace(minute=rnd.choice((0, 30, 59)), second=0, microsecond=0)
            start += rnd.choice((-1, 0, 0, 1)) * MS
        made.append(drawn(rnd, f"{seed}-{i}", start))
    return made


def calls(since: datetime, until: datetime) -> st.SearchStrategy[CDR]:
    """Calls that start in [since, until), for hypothesis; the uuids are few, so that calls meet again."""
    span = (until - since) // MS - 1
    return st.builds(
        lambda seed, uuid, offset: drawn(random.Random(seed), uuid, since + offset * MS),
        st.integers(0, 2**32),
        st.integers(0, 10**9).map(str),
        st.integers(0, span),
    )
