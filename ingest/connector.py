"""A connector: something that reads calls out of a source from a cursor on, and never writes to it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ingest.rows import FIELDS, Builder, Manner, Texts
from store.batch import Batch
from store.errors import CdrStatsError, SettingsError
from store.numbers import Numbering
from store.record import CDR, Reject

PORTION = 10_000
"""Records of a portion at most, so that its transaction stays short."""

Cursor = Mapping[str, Any]
"""How far a source is read, in types that BSON keeps; {} is the beginning. Only its connector understands it.
"""


class Improper(SettingsError):
    """Something that is said of a source cannot be: a sentence, and the `field` that it is about, an option
    as `options.NAME`.
    """

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


class SourceProblem(CdrStatsError):
    """A source that cannot be read now: away, refusing, or with other columns. One sentence, without
    secrets.
    """


class Unattended(SourceProblem):
    """A source that sends by itself, for which nobody listens; no fault of it while no worker runs."""


class Portion(NamedTuple):
    """Some records in the order of the source, oldest first, and the cursor behind them; all of it is stored
    in one transaction.

    `read` counts the rows looked at, which legs and rows known from before make more than what was found.
    `batch` is its calls made ready already, where its reader has done so; `found` are then the rejects.
    `newest` is when the source wrote the last of them (aware UTC), as far as it tells.
    """

    found: list[CDR | Reject]
    cursor: Cursor
    read: int
    newest: datetime | None = None
    batch: Batch | None = None


class Look(NamedTuple):
    """What a look at a source tells its admin: how many rows it holds (None: it cannot be told cheaply), when
    the newest was written (aware UTC), and a sentence of what else is worth knowing.
    """

    rows: int | None
    newest: datetime | None
    words: str = ""


class Given(NamedTuple):
    """What a connector is opened with. `options` are by the names of its fields, secrets readable.

    `switch` is what its calls are called by, `zone` (IANA) that of its times which name none, `numberings`
    are by switch.
    """

    name: str
    switch: str
    zone: str
    options: Mapping[str, Any]
    numberings: Mapping[str, Numbering]

    def builder(self, now: datetime, **manner: Any) -> Builder:
        """Makes calls of this source's texts; `manner` is what differs from the defaults of rows.Manner."""
        return Builder(Manner(zone=self.zone, switch=self.switch, **manner), self.numberings, now)


class Reader(Protocol):
    """A source that is open. It is used by one thread at a time and may stay open for days."""

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """What is new since the cursor, until there is no more at the moment; raises SourceProblem.

        What is taken up again is known to the store by its name, so a cursor may stay a little behind (rows
        that appear late) but never goes backwards.
        """
        ...

    def look(self) -> Look:
        """A look at the source without reading it all; raises SourceProblem."""
        ...


class Field(NamedTuple):
    """Something that is said of a source: its name, what it is in words, and of which kind.

    `kind` is text, path, number, secret, flag or choice (one of `choices`). Without a default ("" counts as
    one) it must be given.
    """

    name: str
    words: str
    kind: str = "text"
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()


class Connector(NamedTuple):
    """A kind of source. `again` makes the calls of the text of a reject of it, with the settings of today, or
    raises rows.Bad.

    `seconds` is how long the worker waits between two looks.
    """

    words: str
    fields: tuple[Field, ...]
    open: Callable[[Given], AbstractContextManager[Reader]]
    again: Callable[[Given, str, datetime], list[CDR]]
    seconds: float = 1.0


def texts(found: Mapping[str, Any]) -> Texts:
    """The texts that rows.Builder takes, of a mapping by the names of rows.FIELDS; None and what is missing
    become ''.
    """
    return tuple("" if (value := found.get(name)) is None else str(value) for name in FIELDS)
