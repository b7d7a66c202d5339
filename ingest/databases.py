"""An SQLite file imported as files are: recognised by its tables, read from the beginning to the end by the
connector of its kind, with the same report.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from bson import ObjectId
from pymongo.client_session import ClientSession

from ingest import importer, late
from ingest.connector import Given, Portion, Reader, SourceProblem
from ingest.connectors import CONNECTORS
from ingest.importer import Progress, Report, Said, Told, patiently, silent
from ingest.opening import SQLITE, name_of
from ingest.recipe import Options
from store import imports, rejects
from store.batch import prepare
from store.database import Store
from store.errors import ImportProblem
from store.ledger import Receipt, commit
from store.numbers import Numbering
from store.record import CDR, Reject, storable
from store.sentence import Sentence

TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
COUNTED = ("read", "new", "known", "corrected", "rejected")


class Layout(NamedTuple):
    """What an SQLite file may be: its name as a format, in words, the connector that reads it, what its
    switch is called when nobody says, and by which tables, with which columns, it is known.
    """

    name: str
    words: str
    kind: str
    switch: str
    tables: tuple[tuple[str, frozenset[str]], ...]


KNOWN = (
    Layout(
        "kamailio",
        "a database of Kamailio or OpenSIPS: acc, missed_calls and acc_cdrs",
        "kamailio_sql",
        "kamailio",
        (("acc", frozenset({"callid", "sip_code"})), ("acc_cdrs", frozenset({"start_time", "duration"}))),
    ),
    Layout(
        "asterisk_sql",
        "a database of Asterisk or FreePBX: the table cdr",
        "asterisk_sql",
        "asterisk",
        (("cdr", frozenset({"dst", "dstchannel", "disposition"})),),
    ),
    Layout(
        "freeswitch_sql",
        "a database of FreeSWITCH: the table cdr",
        "freeswitch_sql",
        "freeswitch",
        (("cdr", frozenset({"destination_number", "hangup_cause"})),),
    ),
    Layout(
        "cdr_stats_3",
        "a database of CDR-Stats 3: the table voip_cdr",
        "cdr_stats_3",
        "default",
        (("voip_cdr", frozenset({"callid", "starting_date"})),),
    ),
)
LAYOUTS = {layout.name: layout for layout in KNOWN}


def is_database(path: Path) -> bool:
    """Whether the file at this path is an SQLite database; a pipe is not touched."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def layout_of(path: Path, name: str) -> Layout:
    """The layout of this name, or for "auto" that of the tables of the file; raises ImportProblem."""
    if name in LAYOUTS:
        return LAYOUTS[name]
    if name != "auto":
        raise ImportProblem(
            Sentence(
                "{file} is an SQLite database, and {name!r} none of what one may be: {known}.",
                file=name_of(path),
                name=name,
                known=", ".join(LAYOUTS),
            )
        )
    found = tables(path)
    for layout in KNOWN:
        if any(needed <= found.get(table, frozenset()) for table, needed in layout.tables):
            return layout
    shown = ", ".join([*found][:20]) or "none"
    raise ImportProblem(
        Sentence(
            "{file} is an SQLite database without tables of calls that are known; it has {shown}. A"
            " source of kind sql reads any table, with its columns named.",
            file=name_of(path),
            shown=shown,
        )
    )


def tables(path: Path) -> dict[str, frozenset[str]]:
    """The columns of each table and view, in lower case and by name; raises ImportProblem."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
            names = [row[0] for row in database.execute(TABLES)]
            return {
                name.lower(): frozenset(
                    row[1].lower()
                    for row in database.execute("SELECT * FROM pragma_table_info(?)", (name,))
                    if isinstance(row[1], str)
                )
                for name in names
            }
    except sqlite3.Error as error:
        raise ImportProblem(
            Sentence(
                "{file} cannot be read as an SQLite database: {error}.", file=name_of(path), error=str(error)
            )
        ) from None


def given_of(
    path: Path,
    layout: Layout,
    options: Options,
    numberings: Mapping[str, Numbering],
    zones: Mapping[str, str],
) -> Given:
    """What the connector of the file is opened with. Without a zone in the options that of its switch counts
    (`zones` and `numberings` are by switch), else UTC.
    """
    switch = storable(options.switch.strip()) or layout.switch
    zone = options.zone or zones.get(switch, "") or "UTC"
    defaults = {field.name: field.default for field in CONNECTORS[layout.kind].fields}
    return Given(name_of(path), switch, zone, {**defaults, "address": address_of(path)}, numberings)


def address_of(path: Path) -> str:
    """The address by which a source names the file."""
    return f"sqlite:///{path.expanduser().absolute()}"


def first_of(given: Given, layout: Layout, now: datetime) -> tuple[list[CDR | Reject], int, bool]:
    """The first rows and rejects of the file, of how many records, and whether there are more; raises
    ImportProblem.
    """
    with opened(given, layout) as reader:
        portions = iter(reader.portions({}, now))
        first = next(portions, Portion([], {}, 0))
        return list(first.found), first.read, next(portions, None) is not None


@contextmanager
def opened(given: Given, layout: Layout) -> Iterator[Reader]:
    """The reader of the file; what is wrong with it is an ImportProblem."""
    try:
        with CONNECTORS[layout.kind].open(given) as reader:
            yield reader
    except SourceProblem as problem:
        raise ImportProblem(str(problem)) from None


def import_any(
    store: Store, path: Path, options: Options, progress: Told = silent, say: Said = silent
) -> Report:
    """Import a file of either kind: an SQLite database, or text. Raises ImportProblem and StoreError."""
    return (run if is_database(path) else importer.run)(store, path, options, progress, say)


def run(store: Store, path: Path, options: Options, progress: Told = silent, say: Said = silent) -> Report:
    """Import an SQLite file, as `importer.run` does any other. Raises ImportProblem and StoreError."""
    layout = layout_of(path, options.format.lower())
    zones = {name: told.zone for name, told in store.settings.switches.items() if told.zone}
    given = given_of(path, layout, options, importer.numberings(store), zones)
    say(f"{given.name}: {layout.words}.")
    if not options.switch:
        say(f"The switch is called {given.switch!r}; --switch NAME gives it another name.")
    now = datetime.now(UTC)
    recipe = {"database": layout.kind, "zone": given.zone, "options": dict(given.options)}
    of = imports.begin(store, given.name, given.switch, recipe, now)
    rejects.ensure(store)
    with importer.noted(store, of), opened(given, layout) as reader:
        so_far = Progress(0, 0, 0, 0, 0, 0, 0)
        for number, portion in enumerate(reader.portions({}, now)):
            counts = _commit(store, of, given, portion, number)
            added = {name: getattr(so_far, name) + counts[name] for name in COUNTED}
            so_far = so_far._replace(**added)
            progress(so_far)
    return importer.report_of(patiently(lambda: imports.finish(store, of, "done", datetime.now(UTC))))


def _commit(store: Store, of: ObjectId, given: Given, portion: Portion, number: int) -> Mapping[str, int]:
    """Store a portion with its counts and rejects."""
    batch = prepare([found for found in portion.found if isinstance(found, CDR)])
    bad = [found for found in portion.found if isinstance(found, Reject)]
    refused, counts = list(bad), dict.fromkeys(imports.COUNTS, 0)

    def refuse(_: ClientSession, calls: list[CDR]) -> None:
        refused[len(bad) :] = late.refused(calls)

    def also(session: ClientSession, receipt: Receipt) -> None:
        told: dict[str, Any] = {"read": portion.read, "calls": sum(receipt), "rejected": len(refused)}
        counts.update(told | receipt._asdict())
        reasons = Counter(reject.kind for reject in refused)
        imports.add(store, session, of, number, counts, reasons)
        rejects.note(store, session, of, given.name, given.switch, refused)

    patiently(lambda: commit(store, batch, also, refuse))
    return counts
