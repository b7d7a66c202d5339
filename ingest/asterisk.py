"""Asterisk's `cdr_csv` (Master.csv, 16 to 21 columns by its settings) and the `cdr_custom` file of its
samples (19 columns).

Neither has a header. Both are known by where times stand; the order of columns is that of cdr/cdr_csv.c and
configs/samples/cdr_custom.conf.sample.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from statistics import median
from typing import NamedTuple
from zlib import crc32

from ingest.files import Shape
from ingest.recipe import Options, Pick, Recipe
from ingest.refused import Bad, wide
from ingest.rows import FIELDS, UNIQUEID, Manner
from ingest.times import Clock, from_epoch
from store.sentence import Sentence, mark

WIDTHS = frozenset(range(16, 22))
CUSTOM_WIDTH = 19
STAMP = re.compile(r"(?:19|20)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
CALLER_ID = re.compile(r'\s*"?(.*?)"?\s*<([^<>]*)>\s*')
QUARTER = 900
CLOSE = 10

FIXED = {
    "account": 0, "caller": 1, "destination": 2, "caller_name": 4, "channel": 5, "peer_channel": 6,
    "application": 7, "start": 9, "answer": 10, "end": 11, "duration": 12, "billsec": 13, "cause": 14,
}  # fmt: skip
CUSTOM = {
    "caller_name": 0, "caller": 1, "destination": 2, "channel": 4, "peer_channel": 5, "application": 6,
    "start": 8, "answer": 9, "end": 10, "duration": 11, "billsec": 12, "cause": 13, "account": 15,
}  # fmt: skip

AHEAD = mark(
    "Read as {zone}, the times are {h} h ahead of the epochs in uniqueid: if they are local, import the file "
    "again with --tz ZONE, which corrects the calls."
)
BEHIND = mark(
    "Read as {zone}, the times are {h} h behind the epochs in uniqueid: if they are local, import the file "
    "again with --tz ZONE, which corrects the calls."
)


class Layout(NamedTuple):
    """Where a layout has what names a call, -1 for nowhere, and how it is called."""

    fixed: dict[str, int]
    uniqueid: int = -1
    linkedid: int = -1
    sequence: int = -1
    words: str = "no uniqueid"


NEWER = "peeraccount, linkedid and sequence"
LAYOUTS = {
    (16, False): Layout(FIXED),
    (17, True): Layout(FIXED, 16, words="uniqueid"),
    (17, False): Layout(FIXED, words="userfield, no uniqueid"),
    (18, False): Layout(FIXED, 16, words="uniqueid and userfield"),
    (19, False): Layout(FIXED, -1, 17, 18, words=NEWER),
    (20, True): Layout(FIXED, 16, 18, 19, words=f"uniqueid, {NEWER}"),
    (20, False): Layout(FIXED, -1, 18, 19, words=f"userfield, {NEWER}"),
    (21, False): Layout(FIXED, 16, 19, 20, words=f"uniqueid, userfield, {NEWER}"),
}
"""By the number of columns, and for 17 and 20 by whether column 17 looks like a uniqueid."""
CUSTOM_LAYOUT = Layout(CUSTOM, 16, -1, 18, "uniqueid, userfield and sequence")


def layout_of(row: Sequence[str]) -> Layout:
    """The layout of a `cdr_csv` row; raises Bad when it has no such number of columns."""
    width = len(row)
    doubtful = width in (17, 20) and UNIQUEID.fullmatch(row[16]) is not None
    found = LAYOUTS.get((width, doubtful))
    if found is None:
        raise Bad(
            "columns",
            Sentence(
                "The row has {columns}; Asterisk writes 16 to 21.",
                columns=wide(width),
            ),
        )
    return found


@lru_cache(maxsize=16_384)
def caller_name(text: str) -> str:
    """The name in a caller id such as `"Alice" <1000>`, or the text itself when it is no such thing."""
    found = CALLER_ID.fullmatch(text)
    return (found[1] if found else text.strip('"')).strip()


def leg_name(row: Sequence[str], layout: Layout) -> str:
    """What tells this row from the others of its call: uniqueid and sequence, or what else differs between
    rows.
    """
    uniqueid = row[layout.uniqueid] if layout.uniqueid >= 0 else ""
    if layout.sequence >= 0 and row[layout.sequence]:
        return f"{uniqueid}:{row[layout.sequence]}"
    fixed = layout.fixed
    rest = [row[fixed[name]] for name in ("channel", "peer_channel", "start", "application")]
    return f"{uniqueid}:{short_digest(rest)}"


def short_digest(texts: Sequence[str]) -> str:
    """Eight characters that tell these texts from the few others of their call."""
    return f"{crc32(chr(31).join(texts).encode('utf-8', 'surrogatepass')):08x}"


def _picker(layout: Layout) -> Callable[[list[str]], Sequence[str]]:
    """The texts of FIELDS out of a row with one '' behind its end, as far as their places are fixed."""
    places = [layout.fixed.get(name, -1) for name in FIELDS]
    return itemgetter(*places)


def _texts(row: list[str], layout: Layout, pick: Callable[[list[str]], Sequence[str]]) -> list[str]:
    uniqueid = row[layout.uniqueid] if layout.uniqueid >= 0 else ""
    name = (row[layout.linkedid] if layout.linkedid >= 0 else "") or uniqueid
    leg = leg_name(row, layout) if name else ""
    row.append("")
    texts = list(pick(row))
    texts[_UUID], texts[_LEG] = name, leg
    caller = texts[_NAME]
    texts[_NAME] = caller_name(caller)
    if not texts[_CALLER] and (found := CALLER_ID.fullmatch(caller)):
        texts[_CALLER] = found[2]
    texts[_EPOCH] = uniqueid or name
    return texts


_UUID, _LEG, _CALLER, _NAME, _EPOCH = map(FIELDS.index, ("uuid", "leg", "caller", "caller_name", "epoch"))
_PICKERS = {id(layout.fixed): _picker(layout) for layout in (LAYOUTS[16, False], CUSTOM_LAYOUT)}


def pick_csv(recipe: Recipe) -> Pick:
    """The texts of `cdr_csv` rows; each row tells its layout, because settings change within a file."""
    pick = _PICKERS[id(FIXED)]
    return lambda row: _texts(row, layout_of(row), pick)


def pick_custom(recipe: Recipe) -> Pick:
    """The texts of `cdr_custom` rows."""
    pick = _PICKERS[id(CUSTOM)]

    def texts(row: list[str]) -> Sequence[str]:
        if len(row) != CUSTOM_WIDTH:
            raise Bad(
                "columns",
                Sentence(
                    "The row has {columns}; this cdr_custom file has {n}.",
                    columns=wide(len(row)),
                    n=CUSTOM_WIDTH,
                ),
            )
        return _texts(row, CUSTOM_LAYOUT, pick)

    return texts


def recognise_csv(rows: Sequence[list[str]], options: Options) -> Recipe | None:
    """The recipe when most of these rows have the columns of `cdr_csv`, times being the 10th and 12th."""
    found = _with_times(rows, WIDTHS, 9)
    if len(found) * 2 <= len(rows):
        return None
    width, count = Counter(map(len, found)).most_common(1)[0]
    alike = [row for row in found if len(row) == width]
    layout = layout_of(alike[0])
    others = "" if count == len(found) else ", other rows have more or fewer"
    words = f"Asterisk cdr_csv, {width} columns: {layout.words}{others}"
    return _recipe("cdr_csv", WIDTHS, options, layout, alike, words)


def recognise_custom(rows: Sequence[list[str]], options: Options) -> Recipe | None:
    """The recipe when most of these rows have the 19 columns of the `cdr_custom` sample, times being the 9th
    and 11th.
    """
    found = _with_times(rows, frozenset({CUSTOM_WIDTH}), 8)
    if len(found) * 2 <= len(rows):
        return None
    words = f"Asterisk cdr_custom, {CUSTOM_WIDTH} columns: {CUSTOM_LAYOUT.words}"
    return _recipe("cdr_custom", frozenset({CUSTOM_WIDTH}), options, CUSTOM_LAYOUT, found, words)


def _with_times(rows: Sequence[list[str]], widths: frozenset[int], start: int) -> list[list[str]]:
    return [
        row
        for row in rows
        if len(row) in widths and STAMP.fullmatch(row[start]) and STAMP.fullmatch(row[start + 2])
    ]


def _recipe(
    name: str, widths: frozenset[int], options: Options, layout: Layout, rows: list[list[str]], words: str
) -> Recipe:
    manner = Manner(zone=options.zone or "UTC", switch=options.switch, dispositions=True)
    notes = [*_zone_note(rows, layout, manner.zone)]
    if layout.uniqueid < 0 and layout.linkedid < 0:
        notes.append(
            Sentence(
                "No column names the call, so equal rows count as one call (loguniqueid=yes in cdr.conf "
                "helps)."
            )
        )
    shape = Shape(",", widths)
    return Recipe(name, shape, manner, key_in_last=True, words=words, notes=tuple(notes))


def _zone_note(rows: list[list[str]], layout: Layout, zone: str) -> list[str]:
    """A sentence when the epochs in uniqueid say that the times were written in another zone."""
    place = layout.uniqueid if layout.uniqueid >= 0 else layout.linkedid
    clock = Clock(zone)
    ahead: list[float] = []
    for row in rows:
        epoch = UNIQUEID.fullmatch(row[place]) if place >= 0 else None
        if epoch and epoch[1]:
            moment = _read(clock, row[layout.fixed["start"]])
            ahead += [(moment - from_epoch(epoch[1])).total_seconds()] if moment else []
    middle = median(ahead) if ahead else 0
    steps = round(middle / QUARTER)
    if not steps or abs(middle - steps * QUARTER) > CLOSE:
        return []
    hours = steps / 4
    return [Sentence(AHEAD if hours > 0 else BEHIND, zone=zone, h=f"{abs(hours):g}")]


def _read(clock: Clock, text: str) -> datetime | None:
    try:
        return clock.read(text)[0]
    except ValueError:
        return None
