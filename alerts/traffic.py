"""The calls that the fraud rules look at: who called from where, what leads abroad, and what lies around a
call in time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from store import sums
from store.database import Store
from store.match import bound
from store.metrics import SHORT_CALL_MS
from store.numbers import DEFAULT, INTERNAL, Numbering, reader
from store.numbers import Place as Number
from store.partitions import between
from store.periods import Span
from store.prefixes import NOWHERE
from store.record import CDR
from store.scope import Scope
from store.tally import tally

NOTHING = (INTERNAL, NOWHERE)
"""Countries that are none."""
READ = ("start", "switch", "account", "direction", "caller", "destination", "number", "country", "billmsec")
EMPTY = {name: CDR._field_defaults.get(name) for name in READ}


class Call(NamedTuple):
    """What the rules know of a call: its start (aware UTC), `number` is the called number in digits, `caller`
    the caller's and `origin` the country of that, `abroad` whether it leads to another country than its
    switch's own; `seconds` of talk.
    """

    start: datetime
    switch: str
    account: str
    direction: str
    caller: str
    origin: str
    destination: str
    number: str
    country: str
    abroad: bool
    seconds: float

    @property
    def short(self) -> bool:
        """Whether nobody talked, or hardly."""
        return self.seconds * 1000 <= SHORT_CALL_MS

    @property
    def within(self) -> bool:
        """Whether it did not leave the switch."""
        return self.country == INTERNAL and self.direction != "in"

    @property
    def outgoing(self) -> bool:
        """Whether a customer may have made it, to the world."""
        return self.direction != "in" and self.country != INTERNAL


class Place(NamedTuple):
    """Where a switch stands: its zone, its own country ('' where that is not known), and what its numbers
    are.
    """

    zone: str
    country: str
    number: Callable[[str], Number]


class Traffic:
    """The calls of a store, for one look at them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._places: dict[str, Place] = {}

    def place(self, switch: str) -> Place:
        """Where a switch stands: as the settings say, else the country that it calls most."""
        if switch not in self._places:
            told = self.store.settings.switches.get(switch)
            zone = (told and told.zone) or self.store.settings.zone
            country = (told and told.local_country) or _most_called(self.store, switch)
            numbering = Numbering.from_settings(told) if told else DEFAULT
            self._places[switch] = Place(zone, country, reader(numbering))
        return self._places[switch]

    def call(self, call: CDR) -> Call:
        """What the rules know of a record."""
        return self._call(*_FIELDS(call))

    def between(self, span: Span) -> Iterator[Call]:
        """The calls that begin in [since, until), in order."""
        lookup = {"_id": {"$gte": bound(span[0]), "$lt": bound(span[1])}}
        shown = {"_id": 0, **dict.fromkeys(READ, 1)}
        for partition in between(self.store, *span):
            for one in partition.find(lookup, shown, sort=[("_id", 1)]):
                values: tuple[Any, ...] = tuple(one.get(name, empty) for name, empty in EMPTY.items())
                yield self._call(*values)

    def _call(
        self,
        start: datetime,
        switch: str,
        account: str,
        direction: str,
        caller: str,
        destination: str,
        number: str,
        country: str,
        billmsec: int,
    ) -> Call:
        place = self.place(switch)
        abroad = country not in (place.country, *NOTHING)
        origin = place.number(caller).country if caller else ""
        seconds = billmsec / 1000
        return Call(
            start,
            switch,
            account,
            direction,
            caller,
            origin,
            destination,
            number,
            country,
            abroad,
            seconds,
        )


_FIELDS = attrgetter(*READ)


def _most_called(store: Store, switch: str) -> str:
    counts = tally(store, Scope(*sums.span(store), "UTC", switches=(switch,)), "country")
    known = {str(country): cell[0] for country, cell in counts.items() if country not in NOTHING}
    return max(known, key=lambda country: (known[country], country), default="")
