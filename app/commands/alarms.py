"""`alarm`: what is watched and who is told; add, list, change, try on the past, snooze, reports, remove."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, moment_of, numbered, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.alarms import Alarm, Watched
    from store.database import Store

alarm = typer.Typer(help="Alarms: add, list, change, try on the last ninety days, snooze, remove.")

COLUMNS = ("alarm", "state", "since", "metric", "value", "reference", "calls", "rule", "problem")
REPORTS = ("at", "alarm", "was", "state", "metric", "value", "reference", "calls", "since", "until", "told")
STEPS = ("since", "until", "value", "reference", "calls", "state")
Name = Annotated[str, typer.Argument(help="Name of the alarm.")]
Told = Annotated[
    list[str] | None, typer.Argument(help="NAME=VALUE; `alarm kinds` shows what there is. Lists with commas.")
]
Form = Annotated[str, typer.Option("--format", help="table, json or csv.")]


def _now() -> datetime:
    return datetime.now(UTC)


def _truth(text: str) -> bool:
    return {"yes": True, "no": False}[choice(text, ("yes", "no"), "answer")]


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise CdrStatsError(f"{shown(text)!r} is no number.") from None


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise CdrStatsError(f"{shown(text)!r} is no whole number.")
    return int(text)


def _many(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text else ()


FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "metric": ("what is measured", str),
    "condition": ("when it is bad", str),
    "warning": ("from which value on it is a warning", _number),
    "critical": ("from which value on it is critical", _number),
    "reference": ("what it is compared with", str),
    "period": ("hour, day, week, month, or minutes for a rolling window", str),
    "minutes": ("length of the rolling window", _whole),
    "zone": ("time zone of its hours and days", str),
    "minimum": ("calls that it takes to judge", _whole),
    "hysteresis": ("percent of the value by which it has to be better again", _number),
    "repeat": ("minutes after which it is told again while it burns; 0 for never", _whole),
    "quiet": ("two times between which nobody is told, as 22:00,06:00", lambda text: _many(text) or ("", "")),
    "emails": ("addresses that are told", _many),
    "webhook": ("address that is told by a POST", str),
    "secret": ("what signs that POST", str),
    "switches": ("calls of these switches alone", _many),
    "accounts": ("calls of these accounts alone; nothing for all", lambda text: _many(text) or None),
    "countries": ("calls to these countries alone, as FR,DE", _many),
    "directions": ("in, out, internal, unknown", _many),
    "prefix": ("calls to numbers that begin so", str),
    "active": ("yes or no", _truth),
}
"""What an alarm may be told: what it means, and how a text becomes it."""


@alarm.command("list")
def list_(form: Form = "table") -> None:
    """Show each alarm: its state and since when, and the value of its last window."""
    from app.commands.output import show
    from store import alarms

    form = choice(form, FORMATS, "format")
    with opened() as store:
        rows = [_row(one) for one in alarms.everything(store)]
    show(rows, COLUMNS, form)


def _row(one: "Watched") -> dict[str, Any]:
    held, status = one
    return {
        "alarm": held.name,
        "state": status.state if held.active else "off",
        "since": _moment(status.since),
        "metric": held.metric,
        "value": status.value,
        "reference": status.reference,
        "calls": status.n,
        "rule": _rule(held),
        "problem": status.error,
    }


def _rule(held: "Alarm") -> str:
    levels = {"warning": held.warning, "critical": held.critical}
    limits = ", ".join(f"{value:g} ({name})" for name, value in levels.items() if value is not None)
    against = f" against {held.reference}" if held.reference else ""
    length = f"{held.minutes} minutes" if held.period == "minutes" else held.period
    return f"{held.condition} {limits}{against}, by {length}"


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(" ", "seconds") if moment else ""


@alarm.command("kinds")
def kinds() -> None:
    """Show which metrics, conditions and references there are, and what an alarm may be told."""
    from alerts.alarms import REFERENCES
    from alerts.judge import CONDITIONS
    from alerts.measures import METRICS

    print("metric:")
    for name, measure in METRICS.items():
        print(f"    {name}: {measure.words}")
    print("condition:")
    for name, condition in CONDITIONS.items():
        print(f"    {name}: the value {condition.words} ...")
    print("reference:")
    for name, reference in REFERENCES.items():
        if name:
            print(f"    {name}: {reference.words}")
    for name, (words, _) in FIELDS.items():
        print(f"{name}: {words}")


@alarm.command()
def add(name: Name, told: Told = None) -> None:
    """Add an alarm: cdr-stats alarm add "Paris fails" metric=asr condition=less warning=40 switches=paris"""
    from alerts.form import checked
    from store import alarms
    from store.alarms import Alarm

    with opened() as store:
        if any(one.alarm.name == name for one in alarms.everything(store)):
            raise CdrStatsError(f"There is an alarm {shown(name)!r} already; `alarm change` changes it.")
        alarms.add(store, checked(_set(Alarm(name=name, zone=store.settings.zone), told)), _now())
    print(f"The alarm {shown(name)} is kept; the worker judges its windows that close from now on.")


def _set(held: "Alarm", told: list[str] | None) -> "Alarm":
    for one in told or []:
        name, equals, text = one.partition("=")
        if not equals:
            raise CdrStatsError(f"{shown(one)!r} is not NAME=VALUE, for example metric=asr.")
        name = choice(name, FIELDS, "setting of alarms")
        held = held._replace(**{name: FIELDS[name][1](text)})
    return held


def _one(store: "Store", name: str) -> "Watched":
    from store import alarms

    known = {one.alarm.name: one for one in alarms.everything(store)}
    return known[choice(name, known, "alarm")]


@alarm.command()
def change(name: Name, told: Told = None) -> None:
    """Change what an alarm watches or whom it tells; its state stays."""
    from alerts.form import checked
    from store import alarms

    with opened() as store:
        held = _one(store, name).alarm
        alarms.change(store, checked(_set(held, told)))
    print(f"The alarm {shown(held.name)} is changed.")


@alarm.command()
def remove(name: Name) -> None:
    """Remove an alarm; its reports stay."""
    from store import alarms

    with opened() as store:
        held = _one(store, name).alarm
        alarms.remove(store, held.id)
    print(f"The alarm {shown(held.name)} is removed; its reports stay.")


@alarm.command()
def snooze(
    name: Name, hours: Annotated[float, typer.Option(min=0, max=8_760, help="For so long; 0 ends it.")] = 8.0
) -> None:
    """Tell nobody of an alarm for some hours; it is judged and reported all the same."""
    from store import alarms

    until = _now() + timedelta(hours=hours) if hours else None
    with opened() as store:
        held = _one(store, name).alarm
        alarms.snooze(store, held.id, until)
    said = f"tells nobody until {_moment(until)}" if until else "tells again"
    print(f"The alarm {shown(held.name)} {said}.")


@alarm.command()
def backtest(
    name: Annotated[str, typer.Argument(help="An alarm there is, or a name for one that is only tried.")],
    told: Told = None,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="Days to look back.")] = 90,
    every: Annotated[bool, typer.Option("--every", help="Every window, not just the firing ones.")] = False,
    form: Form = "table",
) -> None:
    """Say when an alarm would have fired; with NAME=VALUE as it would be then. Nothing is kept."""
    from alerts.backtest import backtest as tried
    from alerts.form import checked
    from app.commands.output import show
    from store import alarms, catalog
    from store.alarms import Alarm

    form = choice(form, FORMATS, "format")
    with opened() as store:
        known = {one.alarm.name: one.alarm for one in alarms.everything(store)}
        held = known.get(name) or Alarm(name=name, zone=store.settings.zone)
        span = catalog.span(store)
        newest = min(_now(), span[1] + timedelta(hours=2)) if span else _now()
        found = tried(store, checked(_set(held, told)), newest, days)
    frame = found.frame if every else found.frame[found.frame["until"].isin(found.fired)]
    rows = [{**row, "calls": row["n"]} for row in _plain(frame)]
    show(rows, STEPS, form)
    if form == "table":
        print(f"It would have fired {numbered(len(found.fired), 'time')} in {len(found.frame):,} windows.")


def _plain(frame: Any) -> list[dict[str, Any]]:
    from app.commands.output import records_of

    return records_of(frame)


@alarm.command()
def reports(
    name: Annotated[str, typer.Option("--alarm", help="Of this alarm alone.")] = "",
    state: Annotated[str, typer.Option(help="ok, warning or critical.")] = "",
    since: Annotated[str, typer.Option(help="From this date or time on.")] = "",
    until: Annotated[str, typer.Option(help="Before this date or time.")] = "",
    tz: Annotated[str, typer.Option("--zone", help="Zone of dates without one.")] = "UTC",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    form: Form = "table",
) -> None:
    """Show what happened to the alarms, newest first."""
    from app.commands.output import show
    from store import alarm_reports

    form = choice(form, FORMATS, "format")
    begin, end = (moment_of(text, tz, "The date") if text else None for text in (since, until))
    with opened() as store:
        held = _one(store, name).alarm.id if name else None
        state = choice(state, ("ok", "warning", "critical"), "state") if state else ""
        found = alarm_reports.page(store, begin, end, state or None, held, limit=limit)
    rows = [
        {
            **report._asdict(),
            "alarm": report.name,
            "calls": report.n,
            "at": _moment(report.at),
            "since": _moment(report.since),
            "until": _moment(report.until),
            "told": _moment(report.told),
        }
        for report in found
    ]
    show([{column: row[column] for column in REPORTS} for row in rows], REPORTS, form)
