"""What commands share: the open store, choices with a 'did you mean', moments given on the command line."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from store.errors import CdrStatsError, StoreError

if TYPE_CHECKING:
    from store.database import Store

HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")
FORMATS = ("table", "json", "csv")


@contextmanager
def opened(**given: Any) -> Iterator["Store"]:
    """The store of the settings, `given` ones winning; a lost database is a StoreError."""
    from pymongo.errors import PyMongoError

    from store.database import open_store
    from store.settings import load

    try:
        with open_store(load(**given)) as store:
            yield store
    except PyMongoError as error:
        raise StoreError(f"The database went away or refused: {type(error).__name__}.") from error


def shown(text: object) -> str:
    """A text safe for a terminal: control characters and direction marks are blanks."""
    return HIDDEN.sub(" ", str(text))


def cell(value: object) -> object:
    """A value safe for a spreadsheet: a text that it would take for a formula has an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def plural(count: int, word: str, one: str = "is", more: str = "are") -> str:
    """'1 row is', '1,234 rows are'."""
    return f"{numbered(count, word)} {one if count == 1 else more}"


def numbered(count: int, word: str) -> str:
    """'1 row', '1,234 rows'."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def choice(text: str, known: Iterable[str], what: str) -> str:
    """The one of the known words that is meant, whatever its case; raises CdrStatsError with what is near for
    another.
    """
    folded = {word.casefold(): word for word in known}
    found = folded.get(text.strip().casefold())
    if found is not None:
        return found
    close = difflib.get_close_matches(text.casefold(), folded, n=1, cutoff=0.5)
    words = list(folded.values())
    hint = f"did you mean {folded[close[0]]}?" if close else f"there are {', '.join(words[:20])}."
    raise CdrStatsError(f"There is no {what} {shown(text)!r}; {hint}")


def zone_name(text: str) -> str:
    """The name of a time zone; raises CdrStatsError when there is none of it."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, LookupError):
        raise CdrStatsError(
            f"There is no time zone {shown(text)!r}; name one such as Europe/Berlin or UTC."
        ) from None


def moment_of(text: str, zone: str, what: str) -> datetime:
    """The moment (aware UTC) of a date or time; without a zone in it, in this one. A date is its midnight.

    Raises CdrStatsError for what is no moment.
    """
    from zoneinfo import ZoneInfo

    try:
        found = datetime.fromisoformat(text.strip())
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CdrStatsError(
            f"{what} {shown(text)!r} is no date; write 2026-11-22, 2026-11-22T14:30 or with +01:00."
        ) from None
