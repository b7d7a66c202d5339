"""The filter in the address bar: short readable query parameters, only what differs from the default, read
with distrust.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from app.filter import DURATION_OPS, EARLIEST, LATEST, LISTS, NUMBER_OPS, CallFilter

LONGEST_VALUE = 128
MOST_VALUES = 50
LONGEST_QUERY = 8_000
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
WORDS = {"from": "first", "to": "last", "talk": "seconds"}
MOMENT = "%Y-%m-%dT%H:%MZ"

Values = dict[str, Any]


class Part(NamedTuple):
    """One query parameter: how it is written from the filter ([] : not at all), and how its texts become
    fields.
    """

    write: Callable[[CallFilter], list[str]]
    read: Callable[[list[str]], Values]


def _plain(field: str, of_text: Callable[[str], Any] = str) -> Part:
    def write(f: CallFilter) -> list[str]:
        value = getattr(f, field)
        return [] if value == f.param[field].default else [str(value)]

    return Part(write, lambda texts: {field: of_text(texts[-1])})


def _many(field: str) -> Part:
    return Part(
        lambda f: list(getattr(f, field)), lambda texts: {field: list(dict.fromkeys(texts))[:MOST_VALUES]}
    )


def _compared(field: str, ops: Mapping[str, str], of_text: Callable[[str], Any]) -> Part:
    def write(f: CallFilter) -> list[str]:
        value = getattr(f, field)
        return (
            []
            if value in ("", None)
            else [
                f"{getattr(f, field + '_op')}:{value:g}"
                if field == "seconds"
                else f"{getattr(f, field + '_op')}:{value}"
            ]
        )

    def read(texts: list[str]) -> Values:
        op, colon, text = texts[-1].partition(":")
        if not colon or op not in ops:
            raise ValueError(f"{op} is no comparison")
        return {f"{field}_op": op, field: of_text(text)}

    return Part(write, read)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not EARLIEST <= day <= LATEST:
        raise ValueError("too far away")
    return day


def _moment(text: str) -> datetime:
    found = datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    _day(found.date().isoformat())
    return found


def _hours() -> Part:
    def read(texts: list[str]) -> Values:
        since, until = map(_moment, texts[-1].split("/"))
        if since >= until:
            raise ValueError("ends before it begins")
        return {"hours": (since, until)}

    return Part(lambda f: ["/".join(m.strftime(MOMENT) for m in f.hours)] if f.hours else [], read)


def _truth(text: str) -> bool:
    return {"False": False, "True": True}[text]


PARTS: dict[str, Part] = {
    "period": _plain("period"),
    "from": _plain("first", _day),
    "to": _plain("last", _day),
    "hours": _hours(),
    "switch": _many("switches"),
    "account": _many("accounts"),
    "country": _many("countries"),
    "cause": _many("causes"),
    "direction": _many("directions"),
    "caller": _compared("caller", NUMBER_OPS, str),
    "destination": _compared("destination", NUMBER_OPS, str),
    "talk": _compared("seconds", DURATION_OPS, float),
    "day": _plain("day", _day),
    "against": _plain("against"),
    "back": _plain("back", int),
    "measure": _plain("measure"),
    "together": _plain("together", _truth),
    "sort": _plain("sort"),
    "descending": _plain("descending", _truth),
    "size": _plain("size", int),
}
MAY_BE_EMPTY = frozenset({"account"})
"""Calls without an account have the account ''."""
OTHERS = frozenset({"wall", "theme"})
"""Parameters of the page that are no part of the filter."""


def write(f: CallFilter) -> str:
    """The query of the filter without its question mark; empty when all is default."""
    pairs = [(name, text) for name, part in PARTS.items() for text in part.write(f)]
    return urlencode(pairs, safe="/:")


def read(query: str | Mapping[str, Sequence[bytes]], f: CallFilter) -> tuple[Values, list[str]]:
    """The values of every field that the query asks for, and a word for each parameter that had to be
    ignored.

    Takes the text after the question mark, or the arguments of a request. What is missing has its default;
    nothing a stranger writes in an address raises. The filter itself is not changed.
    """
    values: Values = {name: f.param[name].default for name in f.FIELDS}
    ignored = []
    for name, texts in _texts(query).items():
        if name in OTHERS:
            continue
        try:
            found = PARTS[name].read(texts)
            _check(f, found)
        except (ValueError, KeyError, OverflowError):
            ignored.append(name[:LONGEST_VALUE])
        else:
            values |= found
    return values, ignored


def _check(f: CallFilter, found: Values) -> None:
    """Raise ValueError for a value that the filter would refuse."""
    for field, value in found.items():
        if isinstance(value, float) and not value < float("inf"):
            raise ValueError("not a number")
        if field not in LISTS and field != "hours":
            f.param[field]._validate(value)


def _texts(query: str | Mapping[str, Sequence[bytes]]) -> dict[str, list[str]]:
    """The cleaned texts of every parameter."""
    if isinstance(query, str):
        try:
            pairs = parse_qsl(query.removeprefix("?")[:LONGEST_QUERY], True, max_num_fields=4 * MOST_VALUES)
        except ValueError:
            return {}
    else:
        pairs = [(n, t.decode("utf-8", "replace")) for n, texts in query.items() for t in texts]
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        clean = UNPRINTABLE.sub("", text)[:LONGEST_VALUE]
        if clean or name in MAY_BE_EMPTY:
            found.setdefault(name, []).append(clean)
    return found


def apply(query: str | Mapping[str, Sequence[bytes]], f: CallFilter) -> list[str]:
    """Make the filter what the query says, at once; gives the names of what was ignored."""
    values, ignored = read(query, f)
    f.param.update(**values)
    return ignored
