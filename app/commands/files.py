"""`import` and `sample`: call records into the store, and made-up ones to try it with."""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import moment_of, opened, plural, shown, zone_name
from store.errors import CdrStatsError, ImportProblem

if TYPE_CHECKING:
    from ingest.importer import Report
    from ingest.recipe import Options
    from store.database import Store

SHOWN = ("read", "calls", "new", "known", "corrected", "rejected")
EVERY = timedelta(seconds=5)
"""How often a program that reads along, not a person, is told of the progress."""


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Files, plain or gzip; - is standard input.", show_default=False)
    ],
    switch: Annotated[str, typer.Option(help="The name of the switch that wrote them.")] = "",
    form: Annotated[str, typer.Option("--format", help="auto, or a format; the README lists them.")] = "auto",
    tz: Annotated[str, typer.Option(help="Zone of times that are written without one.")] = "",
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN of a CSV, such as start=calldate; repeatable."),
    ] = None,
    mapping: Annotated[str, typer.Option(help="A mapping: FILE.toml that describes the rows.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Look at every row, also of parts that were imported before.")
    ] = False,
) -> None:
    """Import files of call records; what is known already is not added again."""
    from ingest.recipe import Options

    options = Options(switch, form, zone_name(tz) if tz else "", mapping_of(map_ or []), again, mapping)
    with opened() as store:
        problems = [problem for file in files if (problem := import_one(store, file, options))]
    if problems:
        raise CdrStatsError("\n".join(problems))


def import_one(store: "Store", file: Path, options: "Options") -> str:
    """Import one file and say what came of it; gives the sentence of a problem, '' for none."""
    from ingest.databases import import_any
    from ingest.importer import Incomplete
    from ingest.opening import name_of
    from store import concurrency

    try:
        with Bar(name_of(file)) as bar:
            report = import_any(store, file, options, bar.tell, bar.say)
            # now, while somebody waits for an import, and not when the first page asks for them
            concurrency.refresh(store)
    except Incomplete as problem:
        print("\n".join([*summary(problem.report), "This is what could be read; the rest is missing."]))
        return str(problem)
    except ImportProblem as problem:
        return str(problem)
    print("\n".join(summary(report)))
    return nothing_passed(store, report)


def nothing_passed(store: "Store", report: "Report") -> str:
    """A sentence when every row of a file was rejected, with one of them; '' when one passed."""
    from store import rejects

    if not report.rejected or report.rejected < report.read:
        return ""
    example = next(rejects.find(store, report.id, limit=1))
    return (
        f"No row of {shown(report.file)} is a call; line {example['line']} for example: "
        f"{shown(example['reason'])} --format, --map, --switch and --tz say how a file is to be read."
    )


def mapping_of(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The (field, column) pairs of FIELD=COLUMN texts; several may stand in one, with commas."""
    found = []
    for pair in (part for text in pairs for part in text.split(",")):
        field, equals, column = pair.partition("=")
        if not (equals and field.strip() and column.strip()):
            raise CdrStatsError(
                f"--map {shown(pair)!r} is no FIELD=COLUMN; write for example start=calldate."
            )
        found.append((field.strip(), column.strip()))
    return tuple(found)


def summary(report: "Report") -> list[str]:
    """What came of an import, in lines."""
    counts = {
        name: getattr(report, name) for name in ("read", "calls", "new", "known", "corrected", "rejected")
    }
    width = max(len(f"{count:,}") for count in counts.values())
    lines = [f"  {name:<10}{count:>{width},}" for name, count in counts.items()]
    lines += [f"    {kind:<10}{count:>{width},}" for kind, count in sorted(report.reasons.items())]
    if report.skipped:
        lines.append(f"{plural(report.skipped, 'row')} no call and not meant to be one: passed over.")
    if report.foreign:
        lines.append(f"{plural(report.foreign, 'row')} not in UTF-8, and read as Latin-1.")
    if report.guessed:
        lines.append(
            f"Ambiguous times: {plural(report.guessed, 'call', 'was', 'were')} made in the hour that came "
            "twice, and taken as before the clocks went back; a uniqueid with an epoch (loguniqueid=yes in "
            "cdr.conf), or times in UTC (usegmtime=yes) or with their offset, would tell."
        )
    if report.waits:
        lines.append(
            "1 unfinished last line waits for the next import: it has no line end, and may be cut off."
        )
    if report.rejected:
        lines.append(f"cdr-stats rejects list --import {report.id} shows what was rejected and why.")
    return lines


class Bar:
    """The progress of an import: a bar on a terminal, else a line now and then."""

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._console = Console(stderr=True)
        self._live = self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(shown(name), total=None, rows="")
        self._next = datetime.now(UTC) + EVERY

    def __enter__(self) -> "Bar":
        if self._live:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        # stopping a bar that never started writes an empty line
        if self._live:
            self._bar.stop()

    def tell(self, now: Any) -> None:
        """Show how far the import is."""
        rows = f"{now.read:,} rows, {now.new:,} new"
        # a pipe has no size, and a bar without a total only moves
        total = max(now.size, now.position) if now.size else None
        self._bar.update(self._task, completed=now.position, total=total, rows=rows)
        if not self._live and datetime.now(UTC) >= self._next:
            self._next = datetime.now(UTC) + EVERY
            print(far(now.position, now.size) + rows, file=sys.stderr, flush=True)

    def say(self, sentence: str) -> None:
        """Say a sentence about the file."""
        from rich.text import Text

        if self._live:
            self._bar.console.print(Text(shown(sentence)), soft_wrap=True)
        else:
            print(shown(sentence), flush=True)


def far(position: int, size: int) -> str:
    """How far an import is, before the rows: percent where the size is known, else megabytes."""
    return f"{100 * min(position, size) // size} %: " if size else f"{position / 1e6:,.1f} MB: "


def sample(
    days: Annotated[int, typer.Option(help="How many days of traffic.")] = 90,
    calls: Annotated[int, typer.Option(help="How many calls.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same calls.")] = 7,
    out: Annotated[Path | None, typer.Option(help="CSV file to write.")] = None,
    into_store: Annotated[bool, typer.Option("--store", help="Import the calls at once.")] = False,
    until: Annotated[str, typer.Option(help="When the calls end; without it, the last full hour.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Also over a file, or into a store with real calls.")
    ] = False,
) -> None:
    """Make up believable calls, with stories hidden in them, as CSV or straight into the store."""
    from ingest.sample import last_full_hour, write

    if not (out or into_store):
        raise CdrStatsError("Say where the calls go: --out FILE.csv, or --store to import them at once.")
    if out and out.is_file() and not force:
        raise CdrStatsError(f"{out} is there already: give another name, or --force to write over it.")
    end = moment_of(until, "UTC", "--until") if until else last_full_hour(datetime.now(UTC))
    place: AbstractContextManager[Any] = nullcontext() if out else tempfile.TemporaryDirectory()
    kept: AbstractContextManager[Any] = opened() if into_store else nullcontext()
    with kept as store, place as folder:
        if into_store and not force:
            _refuse_real_calls(store)
        file = out or Path(folder) / "sample.csv"
        try:
            write(file, days, calls, seed, end)
        except OSError as error:
            raise CdrStatsError(f"{file} cannot be written: {error.strerror}.") from None
        verb = "is" if calls == 1 else "are"
        made = f"{plural(calls, 'call', 'of', 'of')} {plural(days, 'day', verb, verb)}"
        print(f"{made} in {file}." if out else f"{made} made up.")
        if into_store:
            import_sample(store, file)


def _refuse_real_calls(store: "Store") -> None:
    """Raise CdrStatsError when the store has calls of a switch that no sample has."""
    from ingest.world import SWITCHES
    from store import catalog

    real = sorted({*catalog.switches(store)} - {switch.name for switch in SWITCHES})
    if real:
        raise CdrStatsError(
            f"The store has calls of {shown(', '.join(real[:5]))}, and made-up calls would be counted with "
            "them for good: set CDR_STATS_DATA or CDR_STATS_DATABASE to another one, or give --force."
        )


def import_sample(store: "Store", file: Path) -> None:
    """Import made-up calls, of whose file nobody needs to hear."""
    from ingest.importer import run
    from ingest.recipe import Options
    from store import concurrency

    with Bar("Made-up calls") as bar:
        report = run(store, file, Options(), bar.tell)
        concurrency.refresh(store)
    print(f"{plural(report.calls, 'call')} in the store, {report.new:,} of them new.")
