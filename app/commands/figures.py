"""`report`: each figure without a browser."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, moment_of, opened, shown, zone_name
from store.errors import CdrStatsError
from store.scope import DurationMatch, DurationOp, NumberMatch, NumberOp, Scope

if TYPE_CHECKING:
    from store.database import Store

REPORTS = {
    "totals": "totals",
    "hours": "hours",
    "days": "days",
    "months": "months",
    "countries": "countries",
    "hangup-causes": "hangup_causes",
    "switches": "switches",
    "accounts": "accounts",
    "directions": "directions",
    "concurrent": "concurrent",
}
"""The name of a report, and its function in store.queries."""

OPERATORS: dict[str, DurationOp] = {"": "eq", "=": "eq", ">": "gt", ">=": "ge", "<": "lt", "<=": "le"}
DURATION = re.compile(r"\s*(>=|<=|>|<|=|)\s*(\d+(?:\.\d+)?)\s*s?\s*")
CODE = re.compile(r"CAUSE_\d+")
"""A cause that the switch told by a code which Q.850 does not have."""
NUMBER_WORDS: tuple[NumberOp, ...] = ("equals", "begins", "contains", "ends")
STARS: dict[tuple[bool, bool], NumberOp] = {
    (False, False): "equals",
    (False, True): "begins",
    (True, True): "contains",
    (True, False): "ends",
}

Many = list[str] | None


def report(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(REPORTS)}.", show_default=False)],
    since: Annotated[str, typer.Option(help="First moment, such as 2026-11-01 (its midnight).")] = "",
    until: Annotated[str, typer.Option(help="First moment that is no longer meant.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of hours and days, such as Europe/Berlin.")] = "",
    switch: Annotated[
        Many, typer.Option(help="Only this switch; like all of these repeatable, or a,b,c.")
    ] = None,
    account: Annotated[Many, typer.Option(help="Only this account code; '' is calls without one.")] = None,
    country: Annotated[Many, typer.Option(help="ISO code or name; ZZ is unknown; internal.")] = None,
    hangup_cause: Annotated[Many, typer.Option(help="Name such as USER_BUSY, or its Q.850 code.")] = None,
    direction: Annotated[Many, typer.Option(help="in, out, internal or unknown.")] = None,
    caller: Annotated[
        str, typer.Option(help="A number, or 44*, *99, *12*, equals:*97; 44* means +44... too.")
    ] = "",
    destination: Annotated[str, typer.Option(help="As --caller.")] = "",
    duration: Annotated[str, typer.Option(help="Talk time in seconds, such as '>60' or '<=6'.")] = "",
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    seconds: Annotated[float, typer.Option(help="Longest time the question may take.")] = 120.0,
) -> None:
    """Print a figure of the calls: totals, hours, countries, hangup causes ..."""
    figure = REPORTS[choice(name, REPORTS, "report")]
    form = choice(form, FORMATS, "format")
    given: dict[str, Any] = {
        "countries": tuple(country_of(text) for text in each(country, country_names() if country else ())),
        "directions": tuple(direction_of(text) for text in each(direction)),
        "caller": number_match(caller, "--caller"),
        "destination": number_match(destination, "--destination"),
        "duration": duration_match(duration),
    }
    with opened(query_seconds=seconds) as store:
        zone = zone_name(zone or store.settings.zone)
        first, last = span(store, since, until, zone)
        given |= named(store, switch, account, hangup_cause)
        print_figure(store, figure, Scope(first, last, zone)._replace(**given), form)


def each(texts: Many, whole: Iterable[str] = ()) -> list[str]:
    """The values of an option that may be repeated, and each time hold several with commas between; one of
    `whole` has the comma in its own name.
    """
    known = {word.casefold() for word in whole}
    found: list[str] = []
    for text in texts or ():
        found += [text] if text.casefold() in known else [part.strip() for part in text.split(",")]
    return found


def named(store: "Store", switch: Many, account: Many, hangup_cause: Many) -> dict[str, Any]:
    """What a scope is narrowed to by names that only the store knows."""
    from store import catalog

    causes = catalog.causes(store) if hangup_cause else []
    return {
        "switches": tuple(each(switch, catalog.switches(store) if switch else ())),
        "accounts": None if account is None else tuple(each(account, catalog.accounts(store))),
        "causes": tuple(cause_of(text, causes) for text in each(hangup_cause)),
    }


def print_figure(store: "Store", figure: str, scope: Scope, form: str) -> None:
    """Ask one function of store.queries and write its rows."""
    from app.commands.output import records_of, show
    from store import queries

    frame = getattr(queries, figure)(store, scope)
    if figure == "concurrent":
        frame = frame.assign(minute=frame["minute"].dt.tz_convert(scope.zone))
    show(records_of(frame), [str(column) for column in frame.columns], form)


def span(store: "Store", since: str, until: str, zone: str) -> tuple[datetime, datetime]:
    """[since, until) in UTC; what is not given is where the calls begin and end, in whole days."""
    from store import catalog
    from store.periods import floor, following

    held = catalog.span(store) if not (since and until) else None
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    first, last = held or (epoch, epoch)
    end = moment_of(until, zone, "--until") if until else None
    start = moment_of(since, zone, "--since") if since else floor(first, "day", zone)
    if end is None:
        end = max(following(floor(last, "day", zone), "day", zone), start + timedelta(hours=1))
    if since and until and end <= start:
        raise CdrStatsError("--until is not after --since; --since is inclusive and --until exclusive.")
    return start, end


def country_names() -> dict[str, str]:
    """The code of every country by its English name."""
    from store.countries import names

    return {name: code for code, name in names().items()}


def country_of(text: str) -> str:
    """The code of a country given by code or English name."""
    by_name = country_names()
    found = choice(text, [*by_name.values(), *by_name], "country")
    return by_name.get(found, found)


def cause_of(text: str, stored: Iterable[str] = ()) -> str:
    """The name of a hangup cause given by name or Q.850 code: one that the program knows, one of the `stored`
    ones, or any code. Raises CdrStatsError for another, which no call has.
    """
    from store import causes

    name = causes.clean(text) if text.strip() else text
    if CODE.fullmatch(name):
        return name
    return choice(name, [*causes.table(), *stored], "hangup cause")


def direction_of(text: str) -> str:
    """A direction by its name."""
    from store.record import DIRECTIONS

    return choice(text, DIRECTIONS, "direction")


def number_match(text: str, what: str) -> NumberMatch | None:
    """The condition that a text such as 44*, *99 or begins:44 means; '' is none."""
    if not text:
        return None
    word, colon, rest = text.partition(":")
    if colon and word in NUMBER_WORDS:
        return NumberMatch(word, rest)
    bare = text[text.startswith("*") : len(text) - text.endswith("*")]
    if not bare:
        raise CdrStatsError(f"{what} {shown(text)!r} names no digits; write for example 44* or *99.")
    return NumberMatch(STARS[text.startswith("*"), text.endswith("*")], bare)


def duration_match(text: str) -> DurationMatch | None:
    """The condition that a text such as '>60' means, in seconds of talk; '' is none."""
    if not text:
        return None
    found = DURATION.fullmatch(text)
    if not found:
        raise CdrStatsError(f"--duration {shown(text)!r} is no comparison; write for example '>60' or '<=6'.")
    return DurationMatch(OPERATORS[found[1]], float(found[2]))
