"""From the columns of a row to the texts of a call, as a mapping says: times by their formats, lengths in
their units, texts by what they mean.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ingest.columns import NAMES
from ingest.mapping import ANSWERED, TIMES, UNITS, Column, Said, field_of
from ingest.mapping import Mapping as Plan
from ingest.recipe import Pick
from ingest.refused import Bad, Skipped, wide
from ingest.rows import FIELDS, milliseconds
from ingest.times import NEVER, Clock
from store.sentence import Sentence, either

Get = Callable[[Sequence[str]], str]
Cells = Callable[[Sequence[str]], list[str]]
DAY = timedelta(days=1)
LEAP = 2000
"""A year that has every date, to read a date without one."""
YES = frozenset({"yes", "y", "true", "1", "answered"})
NO = frozenset({"no", "n", "false", "0", "unanswered"})
LENGTHS = frozenset({"duration", "billsec", "pdd"})


def picker(
    plan: Plan, places: Mapping[Column, int], width: tuple[int, int], now: datetime, zone: str
) -> Pick:
    """The texts of rows.FIELDS of a row whose columns are at these places; `now` tells the year of times
    without one, `zone` is that of local times.

    `width` is the fewest and the most columns of a row, zeros where any will do.
    """
    gets: dict[str, Get] = {}
    for name, said in plan.fields.items():
        named = field_of(name) or name
        field = NAMES[named].field if named in NAMES else named
        gets[field] = _getter(said, named, field, places, plan.year, now)
    only = [(places[name], frozenset(map(str.casefold, texts))) for name, texts in plan.only.items()]
    rest = places.get(plan.rest, -1)
    fewest, most = width
    before = None if "start" in gets else Clock(zone)

    def pick(row: list[str]) -> Sequence[str]:
        if len(row) > most > 0:
            _narrowed(row, rest, most)
        if most and not fewest <= len(row) <= most:
            raise Bad(
                "columns",
                Sentence(
                    "The row has {columns}, and should have {range}.",
                    columns=wide(len(row)),
                    range=_range(fewest, most),
                ),
            )
        row += [""] * max(1, 1 + most - len(row))
        if any(row[place].strip().casefold() not in texts for place, texts in only):
            raise Skipped
        found = {field: get(row) for field, get in gets.items()}
        if ANSWERED in found:
            _answer(found)
        if before:
            found["start"] = _before(found, before)
        return [found.get(field, "") for field in FIELDS]

    return pick


def _narrowed(row: list[str], rest: int, most: int) -> None:
    """Put the column together again that the delimiter stood in, so that what comes behind it is in its
    place; empty columns at the end go.
    """
    surplus = len(row) - most
    if rest >= 0:
        row[rest : rest + surplus + 1] = [",".join(row[rest : rest + surplus + 1])]
    elif not any(row[most:]):
        del row[most:]


def _range(fewest: int, most: int) -> str:
    return str(most) if fewest == most else Sentence("{few} to {many}", few=fewest, many=most)


def _getter(
    said: Said, named: str, field: str, places: Mapping[Column, int], year: int | None, now: datetime
) -> Get:
    """What gives the text of a field."""
    if field in LENGTHS:
        unit = NAMES[named].unit
        return _length(_cells(said, places), [UNITS[name] for name in said.unit] or [unit], field, said)
    join = " " if said.join is None and field in TIMES else said.join
    text = _text(_cells(said, places), join, said.least)
    meant = _meant(said)
    if not (field in TIMES and said.format):
        return lambda row: meant(text(row))
    return lambda row: _time(meant(text(row)), said.format, year, now)


def _cells(said: Said, places: Mapping[Column, int]) -> Cells:
    """What gives the texts of a field's columns, without what is to be dropped; a column that a file has not
    is ''.
    """
    at = [places.get(column, -1) for column in said.columns]
    take, drop = re.compile(said.take) if said.take else None, re.compile(said.drop) if said.drop else None

    def cells(row: Sequence[str]) -> list[str]:
        found = [row[place].strip() for place in at]
        if drop:
            found = ["" if drop.search(cell) else cell for cell in found]
        return [_taken(take, cell) for cell in found] if take else found

    return cells


def _taken(take: re.Pattern[str], cell: str) -> str:
    match = take.search(cell)
    if match is None:
        return ""
    return next((found for found in match.groups() if found is not None), "") if take.groups else match[0]


def _text(cells: Cells, join: str | None, least: bool) -> Get:
    """One text of several: the smallest, all joined, or the first that is not empty."""

    def text(row: Sequence[str]) -> str:
        found = cells(row)
        told = [cell for cell in found if cell]
        if least or join is None:
            return (min(told) if least else told[0]) if told else ""
        return join.join(found) if told else ""

    return text


def _meant(said: Said) -> Callable[[str], str]:
    """What a text means: by the table of texts, else by the first pattern that fits, else itself."""
    texts = {text.casefold(): meaning for text, meaning in said.texts.items()}
    patterns = [(re.compile(pattern), meaning) for pattern, meaning in said.patterns]
    replaced = [(re.compile(pattern), other) for pattern, other in said.replace]
    if not (texts or patterns or replaced or said.value):
        return lambda text: text

    def meant(text: str) -> str:
        for pattern, other in replaced:
            text = pattern.sub(other, text)
        found = texts.get(text.casefold())
        if found is None:
            found = next((meaning for pattern, meaning in patterns if pattern.search(text)), text)
        return found or said.value

    return meant


def _length(cells: Cells, units: Sequence[float], field: str, said: Said) -> Get:
    """The sum of the columns in whole milliseconds, each in its unit (the last one's for those that have
    none).
    """
    texts = {text.casefold(): meaning for text, meaning in said.texts.items()}
    each = [*units, *[units[-1]] * len(said.columns)]

    def length(row: Sequence[str]) -> str:
        told = [texts.get(cell.casefold(), cell) for cell in cells(row)]
        found = [milliseconds(cell, unit, field) for cell, unit in zip(told, each, strict=False) if cell]
        return str(sum(found)) if found else said.value

    return length


def _time(text: str, formats: Sequence[str], year: int | None, now: datetime) -> str:
    """A time in ISO 8601, local unless it names its zone; raises Bad when no format fits."""
    if text.strip() in NEVER:
        return ""
    for form in formats:
        try:
            if "%Y" in form or "%y" in form:
                return datetime.strptime(text, form).isoformat(" ")
            found = datetime.strptime(f"{LEAP} {text}", f"%Y {form}")
            return _with_year(found, year, now).isoformat(" ")
        except (ValueError, OverflowError):
            continue
    raise Bad(
        "time",
        Sentence("The time {text!r} is not of the form {formats}.", text=text[:40], formats=either(formats)),
    )


def _with_year(found: datetime, year: int | None, now: datetime) -> datetime:
    """The time in that year, else in the last one in which it is not in the future; raises ValueError."""
    if year is not None:
        return found.replace(year=year)
    latest = now.astimezone(UTC).replace(tzinfo=None) + DAY
    for candidate in range(latest.year, latest.year - 9, -1):
        # the 29th of February is not in each of them
        if (found.month, found.day) != (2, 29) or _is_leap(candidate):
            moment = found.replace(year=candidate)
            if moment.replace(tzinfo=None) <= latest:
                return moment
    raise ValueError(found)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _answer(found: dict[str, str]) -> None:
    """Take what the switch says of being answered: an unanswered call has no talk, an answered one talked
    all the time when nothing else tells.
    """
    told = found.pop(ANSWERED).casefold()
    if told in NO:
        found["answer"], found["billsec"] = "", "0"
    elif told in YES and not (found.get("answer") or found.get("billsec")):
        found["billsec"] = found.get("duration", "")
        found["answer"] = "" if found["billsec"] else found.get("start", "")


def _before(found: Mapping[str, str], clock: Clock) -> str:
    """The start of a row that tells its end and its length; '' when it does not."""
    end, length = found.get("end", ""), found.get("duration", "")
    if end in NEVER or not length:
        return ""
    try:
        return (clock.read(end)[0] - timedelta(milliseconds=int(length))).isoformat(" ")
    except (ValueError, OverflowError):
        raise Bad("time", Sentence("The end {end!r} is no time.", end=end[:40])) from None
