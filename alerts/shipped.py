"""The alarms that a new installation begins with: they know nothing of it, and learn what is usual there."""

from datetime import datetime

from store import alarms
from store.alarms import Alarm
from store.database import Store

USUAL = Alarm(period="hour", reference="usual", minimum=30)

SHIPPED: tuple[Alarm, ...] = (
    # a trunk fails: the network cannot deliver what is called
    USUAL._replace(name="Many calls fail", metric="failed", condition="unusual_high", warning=6, critical=10),
    # calls that nobody answers: Wangiri, a trunk, a routing that leads nowhere
    USUAL._replace(
        name="Few calls are answered",
        metric="asr",
        condition="decrease",
        warning=25,
        critical=35,
        minimum=100,
    ),
    # long calls at a time when there are few: a telephone that somebody else uses
    USUAL._replace(
        name="Many minutes of talk", metric="minutes", condition="increase_percent", warning=300, critical=600
    ),
    # a flood: calls by machine
    USUAL._replace(name="Many calls", metric="calls", condition="unusual_high", warning=8, critical=12),
    # silence: a switch, a trunk or its records went away
    USUAL._replace(
        name="Few calls", metric="calls", condition="decrease_percent", warning=90, critical=99, minimum=100
    ),
)
"""Made once; who removes one has it removed."""


def install(store: Store, now: datetime) -> int:
    """Make the shipped alarms where there never was an alarm, judged from `now` (aware UTC) on in the zone of
    the settings; gives how many.
    """
    zone = store.settings.zone
    return alarms.begin(store, [alarm._replace(zone=zone) for alarm in SHIPPED], now)
