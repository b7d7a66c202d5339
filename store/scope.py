"""What is asked for: a plain, hashable value that every query, cache, alarm and address takes."""

from datetime import datetime
from typing import Literal, NamedTuple

NumberOp = Literal["equals", "begins", "contains", "ends", "ending"]
DurationOp = Literal["lt", "le", "eq", "ge", "gt"]


class NumberMatch(NamedTuple):
    """A condition on a caller or destination as the switch wrote it; `text` is taken literally, never as a
    pattern. One that begins with a digit also means the number with a + before it: 44 finds +44 20 7946 0000.
    An `ending` is that of a number of which it is at most half, as the privacy lens shows them.
    """

    op: NumberOp
    text: str


class DurationMatch(NamedTuple):
    """A condition on the talk time of a call, in seconds."""

    op: DurationOp
    seconds: float


class Scope(NamedTuple):
    """Calls that start in [since, until), both aware UTC, narrowed by everything else; an empty tuple
    narrows nothing.

    `accounts` is the exception, because it is what a customer may see: None is every account, an empty
    tuple is none at all. `zone` is the IANA zone in which hours, days and months are counted. A NamedTuple,
    so that a cache keys it by value.
    """

    since: datetime
    until: datetime
    zone: str = "UTC"
    accounts: tuple[str, ...] | None = None
    switches: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    caller: NumberMatch | None = None
    destination: NumberMatch | None = None
    duration: DurationMatch | None = None

    @property
    def facets(self) -> dict[str, tuple[str, ...]]:
        """The dimensions of a bucket that are narrowed, by name."""
        named = {"country": self.countries, "cause": self.causes, "direction": self.directions}
        return {name: values for name, values in named.items() if values}

    @property
    def needs_records(self) -> bool:
        """Whether a number or a length is asked for, which no sum knows."""
        return any((self.caller, self.destination, self.duration))


def narrow(scope: Scope, allowed: tuple[str, ...] | None, switches: tuple[str, ...] = ()) -> Scope:
    """The scope of a person who may see just the `allowed` accounts (None: all), and of the calls of these
    `switches` alone (none: of all); it never widens.

    Called once, before any query and any cache: asking for an account or a switch that is not one's own gives
    the empty tuple of accounts, which is nobody's calls.
    """
    if allowed is not None:
        wanted = allowed if scope.accounts is None else tuple(a for a in scope.accounts if a in allowed)
        scope = scope._replace(accounts=wanted)
    if not switches:
        return scope
    chosen = tuple(one for one in scope.switches if one in switches) if scope.switches else switches
    return scope._replace(switches=chosen) if chosen else scope._replace(accounts=())
