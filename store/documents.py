"""How a call lies in MongoDB: the only place that knows the fields of its document."""

from collections.abc import Mapping
from typing import Any

import bson
from bson.binary import UUID_SUBTYPE, Binary, UuidRepresentation
from bson.codec_options import CodecOptions
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument

from store.record import CDR, Leg, digest, id_of, key_of

CODEC: CodecOptions[Mapping[str, Any]] = CodecOptions(
    tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)

RAW: CodecOptions[RawBSONDocument] = CodecOptions(
    RawBSONDocument, tz_aware=True, uuid_representation=UuidRepresentation.STANDARD
)

ALWAYS = frozenset(
    "switch uuid start end mduration billmsec answered account caller destination country cause direction".split()
)
"""Fields that every document has: those with an index, and those that are counted. The others are left out
when they are empty.
"""

OPTIONAL = {name: CDR._field_defaults[name] for name in CDR._fields if name not in ALWAYS and name != "legs"}
_PLACES = tuple((CDR._fields.index(name), name, default) for name, default in OPTIONAL.items())


def document(call: CDR) -> dict[str, Any]:
    """The document of a call, always with its fields in the same order, so that equal calls are equal
    bytes.
    """
    name = digest(call.switch, call.uuid)
    made: dict[str, Any] = {
        "_id": Binary(id_of(call.start, name), UUID_SUBTYPE),
        "key": Int64(key_of(name)),
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
    if call.legs:
        made["legs"] = [leg._asdict() for leg in call.legs]
    return made


def encoded(call: CDR) -> bytes:
    """The document of a call as BSON."""
    return bson.encode(document(call), codec_options=CODEC)


def call_of(found: Mapping[str, Any]) -> CDR:
    """The call of a document; fields that it lacks have their defaults."""
    fields = {name: found[name] for name in CDR._fields if name in found}
    fields["legs"] = tuple(Leg(**leg) for leg in found.get("legs", ()))
    return CDR(**fields)


def decoded(raw: bytes) -> CDR:
    """The call of a BSON document."""
    return call_of(bson.decode(raw, CODEC))


def key_in(raw: bytes) -> int:
    """The key of a call's BSON without reading the rest: `_id` and `key` come first, and their lengths are
    fixed.
    """
    return int.from_bytes(raw[35:43], "little", signed=True)
