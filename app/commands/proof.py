"""`verify` and `rebuild`: the sums held against the records, and mended."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import moment_of, opened, plural, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.verify import Difference

SHOWN = 50
Since = Annotated[str, typer.Option(help="Only the UTC months from this date on.")]
Until = Annotated[str, typer.Option(help="Only the UTC months before this date.")]


def verify(since: Since = "", until: Until = "") -> None:
    """Prove the sums: count every record anew and say which bucket differs. Exits with 1 when one does."""
    from store.verify import verify as differences

    with opened() as store:
        found = differences(store, _moment(since, "--since"), _moment(until, "--until"))
    if not found:
        print("The sums agree with the records.")
        return
    for difference in found[:SHOWN]:
        print(described(difference))
    raise CdrStatsError(
        f"{plural(len(found), 'bucket', 'differs', 'differ')} from the records; cdr-stats rebuild mends."
    )


def rebuild(since: Since = "", until: Until = "") -> None:
    """Mend the sums: every bucket that differs from the records is made to say what they say."""
    from store.verify import rebuild as mend

    with opened() as store:
        mended = mend(store, _moment(since, "--since"), _moment(until, "--until"))
    print(f"{plural(mended, 'bucket')} mended." if mended else "Nothing to mend: sums and records agree.")


def described(difference: "Difference") -> str:
    """A bucket that differs, in a line: its key and each cell that is stored and counted differently."""
    stored, counted = difference.stored, difference.counted
    parts = [
        f"{facet}{'.' if word else ''}{word} is {stored.get(facet, {}).get(word, [])} "
        f"and should be {counted.get(facet, {}).get(word, [])}"
        for facet in sorted(stored.keys() | counted.keys())
        for word in sorted(stored.get(facet, {}).keys() | counted.get(facet, {}).keys())
        if stored.get(facet, {}).get(word) != counted.get(facet, {}).get(word)
    ]
    return shown(f"{difference.key}: {'; '.join(parts[:3])}{' ...' if len(parts) > 3 else ''}")


def _moment(text: str, what: str) -> datetime | None:
    return moment_of(text, "UTC", what) if text else None
