"""The call record: one `CDR` a call, whatever switch wrote it, and the `Reject` of a row that is none."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

DIRECTIONS = ("in", "out", "internal", "unknown")


class Leg(NamedTuple):
    """One row of the switch within a call of several: a queue member that rang, a transfer, a fork.

    Times are aware UTC to the millisecond; `mduration` (with ringing) and `billmsec` (talk) are milliseconds.
    """

    leg: str
    start: datetime
    answer: datetime | None
    end: datetime
    mduration: int
    billmsec: int
    answered: bool
    caller: str
    destination: str
    cause: str
    q850: int
    channel: str
    peer_channel: str
    application: str
    cause_derived: bool = False


class CDR(NamedTuple):
    """One call. The fields are those of the predecessor's `cdr_common`, times aware UTC to the millisecond.

    `uuid` names the call within its switch and `leg` the row within the call; both are the switch's own
    words. `mduration` is the length with ringing and `billmsec` the talk, in milliseconds. `cause` is a
    name (`NORMAL_CLEARING`), `q850` its code or 0 and `cause_derived` tells that the switch gave none and
    it was concluded. `country` is ISO alpha-2, `ZZ` unknown, `001` an international network, `internal` a
    call inside the switch. `number` is the destination in digits after normalising. `legs` is empty for a
    call of one row.
    """

    switch: str
    uuid: str
    start: datetime
    end: datetime
    mduration: int
    billmsec: int = 0
    answered: bool = False
    answer: datetime | None = None
    caller: str = ""
    caller_name: str = ""
    destination: str = ""
    number: str = ""
    account: str = ""
    direction: str = "unknown"
    country: str = "ZZ"
    cause: str = "UNSPECIFIED"
    q850: int = 0
    cause_derived: bool = False
    kind: str = ""
    read_codec: str = ""
    write_codec: str = ""
    media_ip: str = ""
    pdd_ms: int | None = None
    authorized: bool = True
    leg: str = ""
    channel: str = ""
    peer_channel: str = ""
    application: str = ""
    legs: tuple[Leg, ...] = ()


class Reject(NamedTuple):
    """A row that is no call: where it stood, why it was refused (one sentence), its text, and a short name
    of the reason.
    """

    line: int
    reason: str
    text: str
    kind: str


def storable(text: str) -> str:
    """The text with a ? for each half of a character (a lone surrogate), which BSON cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware moment; what is finer is cut off."""
    return (moment - EPOCH) // MILLISECOND


def moment(ms: int) -> datetime:
    """The aware UTC moment of so many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


def digest(switch: str, uuid: str) -> bytes:
    """Ten bytes that name a call: blake2b of its switch and of the switch's own name for it.

    The length goes first, so that no switch and uuid run together to those of another call.
    """
    text = f"{len(switch)}:{switch}{uuid}"
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=10).digest()


def key_of(name: bytes) -> int:
    """The call's name as a signed 64-bit number: what a second delivery is known by, also with a corrected
    start.
    """
    return int.from_bytes(name[:8], "big", signed=True)


def id_of(start: datetime, name: bytes) -> bytes:
    """The call's `_id`: a time-led UUID of version 8 (RFC 9562), 48 bits of start in milliseconds, then 74
    of its name.

    Being deterministic, the same call from two files is one call; being led by time, `_id` order is start
    order and the index of `_id` serves every range of time.
    """
    ms = milliseconds(start).to_bytes(6, "big")
    return ms + bytes((0x80 | name[0] & 0x0F, name[1], 0x80 | name[2] & 0x3F)) + name[3:10]


def time_of(id: bytes) -> datetime:
    """When the call of this `_id` starts (aware UTC); raises OverflowError for one that no call can have."""
    return moment(int.from_bytes(id[:6], "big"))


def call_id(call: CDR) -> str:
    """The id of a call as text, such as stands in an address."""
    return str(UUID(bytes=id_of(call.start, digest(call.switch, call.uuid))))
