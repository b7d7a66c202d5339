"""How a call lies in MongoDB: the only place that knows the fields of its document."""

import struct
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import bson
from bson.binary import UUID_SUBTYPE, UuidRepresentation
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from store.record import CDR, Leg

CODEC: CodecOptions[Mapping[str, Any]] = CodecOptions(
    tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)

RAW: CodecOptions[RawBSONDocument] = CodecOptions(
    RawBSONDocument, tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)

ALWAYS = frozenset(
    {"switch", "uuid", "start", "end", "mduration", "billmsec", "answered", "account", "caller"}
    | {"destination", "country", "cause", "direction"}
)
"""Fields that every document has: those with an index, and those that are counted. The others are left out
when they are empty.
"""

OPTIONAL = {name: CDR._field_defaults[name] for name in CDR._fields if name not in ALWAYS and name != "legs"}
_PLACES = tuple((CDR._fields.index(name), name, default) for name, default in OPTIONAL.items())


BINARY, INT64 = 0x05, 0x12
HEAD = struct.Struct("<iB4siB16sB4sq")
"""How a document begins: its length, `_id` as a binary of 16 bytes, `key` as a 64-bit number
(bsonspec.org).
"""

LONG_CALL = timedelta(hours=6)
"""Calls that last longer are few and marked `long`; an index of their own finds those that began long
before.
"""


def encoded(call: CDR, identity: bytes, key: int) -> bytes:
    """The document of a call as BSON, always with its fields in the same order: equal calls are equal bytes.

    `_id` (a UUID) and `key` (a 64-bit number) come first and are written by hand, which is a third faster
    than by way of two Python objects.
    """
    fields = bson.encode(_fields(call), codec_options=CODEC)[4:]
    return _head(len(fields), identity, key) + fields


def _head(length: int, identity: bytes, key: int) -> bytes:
    return HEAD.pack(HEAD.size + length, BINARY, b"_id", 16, UUID_SUBTYPE, identity, INT64, b"key", key)


def _fields(call: CDR) -> dict[str, Any]:
    made: dict[str, Any] = {
        "switch": call.switch,
        "uuid": call.uuid,
        "start": call.start,
        "end": call.end,
        "mduration": call.mduration,
        "billmsec": call.billmsec,
        "answered": call.answered,
        "account": call.account,
        "caller": call.caller,
        "destination": call.destination,
        "country": call.country,
        "cause": call.cause,
        "direction": call.direction,
    }
    for place, field, default in _PLACES:
        value = call[place]
        if value != default:
            made[field] = value
    if call.end - call.start > LONG_CALL:
        made["long"] = True
    if call.legs:
        made["legs"] = [leg._asdict() for leg in call.legs]
    return made


def call_of(found: Mapping[str, Any]) -> CDR:
    """The call of a document; fields that it lacks have their defaults."""
    fields = {name: found[name] for name in CDR._fields if name in found}
    fields["legs"] = tuple(Leg(**leg) for leg in found.get("legs", ()))
    return CDR(**fields)


def decoded(raw: bytes) -> CDR:
    """The call of a BSON document."""
    return call_of(bson.decode(raw, CODEC))


def id_in(raw: bytes) -> bytes:
    """The `_id` of a call's BSON without reading the rest, since it comes first."""
    return raw[14:30]


def key_in(raw: bytes) -> int:
    """The key of a call's BSON without reading the rest: `_id` and `key` come first, and their lengths are
    fixed.
    """
    return int.from_bytes(raw[35:43], "little", signed=True)
