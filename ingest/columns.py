"""CSV files with a header: the project's own, and any other by the names of its columns."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from ingest.asterisk import caller_name, short_digest
from ingest.files import Shape
from ingest.recipe import Options, Pick, Recipe
from ingest.refused import Bad, wide
from ingest.rows import FIELDS, Manner
from store.errors import ImportProblem
from store.sentence import Sentence, either, mark

OWN = (
    "switch", "uuid", "caller_id_number", "caller_id_name", "destination_number", "start", "answer", "end",
    "duration", "billsec", "hangup_cause", "accountcode", "direction", "read_codec", "write_codec",
    "remote_media_ip",
)  # fmt: skip
"""The header of the project's own CSV: times in ISO 8601 with zone, lengths in seconds."""

DELIMITERS = ",;\t|"

UNNAMED = mark("No column names the call, so equal rows count as one call; --map uuid=COLUMN names one.")
"""What a note of a file says that has no such column."""


class Name(NamedTuple):
    """A field as people name it in --map: the field of rows.FIELDS, the unit of a length in ms, and headers
    known for it.
    """

    field: str
    known: str
    unit: float = 1000.0


NAMES = {
    "switch": Name("switch", "switch switchname switch_name"),
    "uuid": Name("uuid", "uuid linkedid uniqueid call_uuid callid call_id sip_call_id pkid"),
    "leg": Name("leg", "leg sequence"),
    "start": Name("start", "start start_uepoch start_epoch start_time calldate start_stamp start_date"),
    "answer": Name("answer", "answer answer_uepoch answer_epoch answer_time answer_stamp"),
    "end": Name("end", "end end_uepoch end_epoch end_time hangup_time end_stamp"),
    "duration": Name("duration", "duration"),
    "mduration": Name("duration", "mduration ms_duration", 1.0),
    "billsec": Name("billsec", "billsec bill_sec billable talk_time"),
    "billmsec": Name("billsec", "billmsec", 1.0),
    "caller": Name("caller", "caller_id_number src caller caller_number from cnum src_user"),
    "caller_name": Name("caller_name", "caller_id_name caller_name clid cnam"),
    "destination": Name("destination", "destination_number dst destination called callee to dst_user"),
    "account": Name("account", "accountcode account account_code"),
    "hangup_cause": Name("cause", "hangup_cause hangup_cause_q850 cause hangupcause q850"),
    "disposition": Name("cause", "disposition"),
    "direction": Name("direction", "direction"),
    "read_codec": Name("read_codec", "read_codec codec"),
    "write_codec": Name("write_codec", "write_codec"),
    "remote_media_ip": Name("media_ip", "remote_media_ip media_ip"),
    "pdd": Name("pdd", "pdd"),
    "pdd_ms": Name("pdd", "pdd_ms progress_msec progressmsec progress_mediamsec", 1.0),
    "channel": Name("channel", "channel channel_name"),
    "peer_channel": Name("peer_channel", "dstchannel peer_channel bridge_channel"),
    "application": Name("application", "lastapp last_app application"),
}  # fmt: skip
OTHER_NAMES = {
    "src": "caller", "caller_id_number": "caller", "caller_number": "caller", "dst": "destination",
    "caller_id_name": "caller_name", "destination_number": "destination", "called": "destination",
    "accountcode": "account", "cause": "hangup_cause", "media_ip": "remote_media_ip", "calldate": "start",
    "starting_date": "start", "uniqueid": "uuid", "linkedid": "uuid",
}  # fmt: skip
ROW_NAMES = ("channel", "dstchannel", "lastapp", "start", "calldate", "dst")
"""What differs between the rows of one call when Asterisk writes no sequence."""
NEEDED = ("start", "destination")

Chosen = dict[str, tuple[str, int]]
"""By field of rows.FIELDS: the name in NAMES and the place of its column."""

GUARDED = frozenset("=+-@")
"""What an export puts an apostrophe before."""


def folded(text: str) -> str:
    """A column's name without case, blanks, line ends and dashes, to compare it."""
    return "_".join(text.lower().replace("-", "_").split()).strip("_")


def recognise_own(rows: Sequence[list[str]], options: Options) -> Recipe | None:
    """The recipe when the first row is the header of the project's own CSV, in any order of columns."""
    header = [folded(cell) for cell in rows[0]] if rows else []
    if set(OWN) - set(header):
        return None
    return _recipe("own", rows[0], _well_known(header), options, ",", "CDR-Stats' own CSV, by its header")


def recognise_known(rows: Sequence[list[str]], options: Options, delimiter: str = ",") -> Recipe | None:
    """The recipe when the first row names at least a start and a destination by names that are well known."""
    header = [folded(cell) for cell in rows[0]] if rows else []
    chosen = _well_known(header)
    if set(NEEDED) - set(chosen):
        return None
    return _mapped(rows[0], chosen, options, delimiter)


def by_mapping(rows: Sequence[list[str]], options: Options, delimiter: str) -> Recipe:
    """The recipe of a CSV whose columns --map names; fields that it does not name are taken where their name
    is well known.

    Raises ImportProblem for a field or column that there is not, for a field that is named twice, and when no
    column is the start or destination.
    """
    header = [folded(cell) for cell in rows[0]]
    chosen = _well_known(header)
    named: dict[str, str] = {}
    for name, column in options.mapping:
        field = _field(name)
        chosen[NAMES[field].field] = (field, _place(column, rows[0], header))
        if other := named.get(NAMES[field].field):
            raise ImportProblem(
                Sentence(
                    "The mapping names the {field} twice, {other} and {name}={column}; "
                    "a field is one column.",
                    field=NAMES[field].field,
                    other=other,
                    name=name,
                    column=column,
                )
            )
        named[NAMES[field].field] = f"{name}={column}"
    missing = [name for name in NEEDED if name not in chosen]
    if missing:
        shown = ", ".join(rows[0][:40])
        raise ImportProblem(
            Sentence(
                "No column is known to be the {missing}; the header has {shown}. Name it in the mapping: "
                "{first}=COLUMN (on the command line --map {first}=COLUMN).",
                missing=either(missing),
                shown=shown[:500],
                first=missing[0],
            )
        )
    return _mapped(rows[0], chosen, options, delimiter)


def pick(recipe: Recipe) -> Pick:
    """The texts of the rows of a CSV with a header."""
    width, columns = len(recipe.header), dict(recipe.columns)
    getter = itemgetter(*(columns.get(name, -1) for name in FIELDS))
    leg_columns = recipe.leg_columns

    def texts(row: list[str]) -> Sequence[str]:
        if len(row) != width:
            if len(row) < width or any(row[width:]):
                raise Bad(
                    "columns",
                    Sentence(
                        "The row has {columns}, the header {width}.", columns=wide(len(row)), width=width
                    ),
                )
            del row[width:]
        row.append("")
        return _asterisks(row, list(getter(row)), leg_columns) if leg_columns else getter(row)

    return texts


def pick_own(recipe: Recipe) -> Pick:
    """As `pick`, of a file that this program may have written: the apostrophe by which an export keeps a
    spreadsheet from reading +33... as a formula is no part of the number.
    """
    texts = pick(recipe)
    return lambda row: texts([cell[1:] if cell[:1] == "'" and cell[1:2] in GUARDED else cell for cell in row])


_LEG, _NAME, _EPOCH = map(FIELDS.index, ("leg", "caller_name", "epoch"))


def _asterisks(row: Sequence[str], texts: list[str], leg_columns: Sequence[int]) -> list[str]:
    """The texts with what Asterisk's own columns say beyond them: which leg it is, the name in the caller id,
    the epoch.
    """
    uniqueid, rest = row[leg_columns[0]], [row[place] for place in leg_columns[1:]]
    texts[_LEG] = f"{uniqueid}:{short_digest(rest)}"
    texts[_NAME] = caller_name(texts[_NAME])
    texts[_EPOCH] = uniqueid
    return texts


def _leg_columns(header: Sequence[str], chosen: Chosen) -> tuple[int, ...]:
    """The columns that tell the rows of a call apart; none when the column that names the call is not
    Asterisk's.
    """
    place = chosen["uuid"][1] if "uuid" in chosen else -1
    if place < 0 or header[place] not in ("linkedid", "uniqueid"):
        return ()
    unique = header.index("uniqueid") if "uniqueid" in header else place
    names = ("sequence",) if "sequence" in header else ROW_NAMES
    return (unique, *(header.index(name) for name in names if name in header))


def sniffed(rows: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """The delimiter, of those by which these rows were split, that splits the first row into most columns,
    and the rows below it alike.
    """
    counts = {delimiter: list(map(len, found[:20])) for delimiter, found in rows.items()}
    return max(counts, key=lambda d: sum(n == counts[d][0] for n in counts[d]) * min(counts[d][0], 1000) ** 2)


def _well_known(header: Sequence[str]) -> Chosen:
    chosen: Chosen = {}
    for name, (field, known, _) in NAMES.items():
        place = next((header.index(word) for word in known.split() if word in header), None)
        if place is not None and field not in chosen:
            chosen[field] = (name, place)
    return chosen


def _field(name: str) -> str:
    found = folded(name)
    found = OTHER_NAMES.get(found, found)
    if found not in NAMES:
        close = difflib.get_close_matches(found, [*NAMES, *OTHER_NAMES], n=1)
        there = Sentence("there are {names}.", names=", ".join(NAMES))
        hint = Sentence("did you mean {name}?", name=close[0]) if close else there
        raise ImportProblem(
            Sentence(
                "The mapping names the field {name}, which there is not; {hint}", name=repr(name), hint=hint
            )
        )
    return found


def _place(column: str, cells: Sequence[str], header: Sequence[str]) -> int:
    if folded(column) in header:
        return header.index(folded(column))
    close = difflib.get_close_matches(folded(column), header, n=1)
    has = Sentence("it has {names}.", names=", ".join(cells[:40])[:500])
    hint = Sentence("did you mean {name}?", name=close[0]) if close else has
    raise ImportProblem(
        Sentence(
            "The mapping names the column {column}, which the header has not; {hint}",
            column=repr(column),
            hint=hint,
        )
    )


def _mapped(cells: Sequence[str], chosen: Chosen, options: Options, delimiter: str) -> Recipe:
    pairs = ", ".join(f"{name}={' '.join(cells[place].split())}" for name, place in chosen.values())
    return _recipe("csv", cells, chosen, options, delimiter, f"CSV with a header, read as {pairs}")


def _recipe(
    name: str, cells: Sequence[str], chosen: Chosen, options: Options, delimiter: str, words: str
) -> Recipe:
    header = [folded(cell) for cell in cells]
    repeated = [cell for cell, count in Counter(header).items() if count > 1 and cell]
    notes = [
        Sentence("The column {cell} stands in the header more than once; the first one counts.", cell=cell)
        for cell in repeated
    ]
    if "uuid" not in chosen:
        notes.append(Sentence(UNNAMED))
    manner = Manner(
        zone=options.zone or "UTC",
        switch=options.switch,
        duration_unit=_unit(chosen, "duration"),
        billsec_unit=_unit(chosen, "billsec"),
        pdd_unit=_unit(chosen, "pdd"),
        dispositions=chosen.get("cause", ("", 0))[0] == "disposition",
        talk_is_duration=not {"billsec", "answer"} & set(chosen),
    )
    columns = tuple((field, place) for field, (_, place) in chosen.items())
    legs = _leg_columns(header, chosen)
    last = len(header) - 1
    key_in_last = "uuid" not in chosen or last in {
        *legs,
        *(place for field, place in columns if field in ("uuid", "leg")),
    }
    shape = Shape(delimiter, frozenset({len(header)}))
    return Recipe(name, shape, manner, tuple(cells), columns, legs, key_in_last, words, tuple(notes))


def _unit(chosen: Mapping[str, tuple[str, int]], field: str) -> float:
    return NAMES[chosen[field][0]].unit if field in chosen else 1000.0
