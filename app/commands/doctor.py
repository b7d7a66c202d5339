"""`doctor`: what a file is, how its calls would be stored, and how it is configured; nothing is stored."""

import json
import textwrap
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import choice, numbered, shown, zone_name
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from ingest.doctor import Diagnosis
    from store.record import CDR

WIDTH = 80
FORMS = ("text", "json")
COLUMNS = (
    ("start (UTC)", 19),
    ("caller", 13),
    ("destination", 15),
    ("to", 3),
    ("s", 5),
    ("talk", 5),
    ("cause", 14),
)
"""The columns of the table of calls and their widths, which with a blank between them are WIDTH."""
NUMBERS = ("s", "talk")


def doctor(
    file: Annotated[Path, typer.Argument(help="The file, plain or gzip; - is standard input.")],
    form: Annotated[str, typer.Option("--format", help="text, or json for scripts.")] = "text",
    as_: Annotated[str, typer.Option("--as", help="Read it as this format; the README lists them.")] = "auto",
    switch: Annotated[str, typer.Option(help="The name of the switch that wrote it.")] = "",
    tz: Annotated[str, typer.Option(help="Zone of times that are written without one.")] = "",
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, such as start=calldate; repeatable.")
    ] = None,
    mapping: Annotated[str, typer.Option(help="A mapping: FILE.toml that describes the rows.")] = "",
) -> None:
    """Say what a file is, show its first calls and rejects, and how to configure it. Stores nothing."""
    from app.commands.files import mapping_of
    from ingest.doctor import diagnose
    from ingest.recipe import Options
    from store.numbers import Numbering
    from store.settings import load

    form = choice(form, FORMS, "format")
    options = Options(switch, as_, zone_name(tz) if tz else "", mapping_of(map_ or []), file=mapping)
    switches = load().switches
    numberings = {name: Numbering.from_settings(told) for name, told in switches.items()}
    zones = {name: told.zone for name, told in switches.items() if told.zone}
    found = diagnose(file, options, numberings, datetime.now(UTC), zones=zones)
    print(json.dumps(document(found, str(file)), indent=1, ensure_ascii=False) if form == "json" else
          "\n".join(text(found, str(file))))  # fmt: skip
    if found.problem:
        raise CdrStatsError(shown(found.problem))


def text(found: "Diagnosis", path: str) -> list[str]:
    """What is known of a file, in lines of at most WIDTH characters but for paths and commands."""
    if not found.format:
        return [f"{shown(found.name)}:", *_facts(found), "", *_raw(found)]
    lines = [*_wrapped(f"{found.name}: {found.words}."), *_facts(found)]
    lines += [line for note in found.notes for line in _wrapped(note)]
    return [*lines, "", *_looked(found), "", *_table(found), *_rejected(found), "", *_advice(found, path)]


def _wrapped(sentence: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        shown(sentence),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _facts(found: "Diagnosis") -> list[str]:
    return [f"  {what:<11}{shown(how)}" for what, how in found.facts]


def _looked(found: "Diagnosis") -> list[str]:
    looked = f"{'the first ' if found.more else ''}{numbered(found.read, 'row')}"
    passed = f", {found.skipped:,} passed over as no calls" if found.skipped else ""
    return _wrapped(f"Looked at {looked}: {found.rejected:,} rejected{passed}. The first calls, as stored:")


def _table(found: "Diagnosis") -> list[str]:
    return [_row([name for name, _ in COLUMNS]), *(_row(_cells(call)) for call in found.calls)]


def _rejected(found: "Diagnosis") -> list[str]:
    told = [line for one in found.rejects for line in _wrapped(f"line {one.line:,}: {one.reason}", "  ")]
    return ["", "Rejected:", *told] if told else []


def _advice(found: "Diagnosis", path: str) -> list[str]:
    """How to import the file, and how to read it as it grows."""
    from ingest import advice

    settings = [f"  {line}" for line in advice.settings(found, path).splitlines()]
    return [
        "To import it:",
        "",
        f"  {advice.command(found, path)}",
        "",
        "To read it by itself as it grows, in cdr-stats.toml:",
        "",
        *settings,
    ]


def _raw(found: "Diagnosis") -> list[str]:
    """The first row of a file that is not recognised, column by column."""
    first = found.raw[0] if found.raw else ()
    names = [f"{at}. {shown(name)[:30]}" for at, name in enumerate(found.header, 1)]
    pairs = zip_longest(names, first, fillvalue="")
    return [f"  {name:<34} {shown(value)[:40]}".rstrip() for name, value in pairs]


def _cells(call: "CDR") -> list[str]:
    return [
        f"{call.start:%Y-%m-%d %H:%M:%S}",
        call.caller,
        call.destination,
        "int" if call.country == "internal" else call.country,
        f"{call.mduration / 1000:.0f}",
        f"{call.billmsec / 1000:.0f}" if call.answered else "-",
        call.cause,
    ]


def _row(cells: list[str]) -> str:
    """A row of the table; what is too long ends with dots."""
    pairs = [(shown(told), name, width) for (name, width), told in zip(COLUMNS, cells, strict=True)]
    cut = [
        (told if len(told) <= width else f"{told[: width - 1]}…", name, width) for told, name, width in pairs
    ]
    return " ".join(
        f"{told:>{width}}" if name in NUMBERS else f"{told:<{width}}" for told, name, width in cut
    ).rstrip()


def document(found: "Diagnosis", path: str) -> dict[str, Any]:
    """What is known of a file, for scripts: moments are ISO 8601, lengths milliseconds."""
    from ingest import advice

    told = found._asdict() | {
        "facts": dict(found.facts),
        "options": found.options._asdict(),
        "calls": [_plain(call) for call in found.calls],
        "rejects": [reject._asdict() for reject in found.rejects],
    }
    if found.format:
        told |= {"command": advice.command(found, path), "settings": advice.settings(found, path)}
    return told


def _plain(call: "CDR") -> dict[str, Any]:
    legs = [_plain(leg) for leg in getattr(call, "legs", ())]
    told = {name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in call._asdict().items() if name != "legs"}  # fmt: skip
    return told | ({"legs": legs} if legs else {})
