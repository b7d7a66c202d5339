"""CDR-Stats 2: the calls that it kept in MongoDB, in its collection cdr_common.

Its moments are the wall clock of its server, which MongoDB took for UTC; they are read in the zone of the
source. Its causes are the ids of its own table of causes, which is shipped with it and not that of Q.850.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import DatetimeMS, json_util
from bson.codec_options import DatetimeConversion
from bson.errors import BSONError

from ingest import mongo
from ingest.collected import Kind, Make, collection, opened
from ingest.connector import Connector, Field, Given, texts
from ingest.freeswitch_record import harmless
from ingest.mongo import Document
from ingest.refused import Bad
from ingest.rows import FIRST, Texts
from store.record import CDR, Reject
from store.sentence import Sentence, mark

SWITCH_ID = Field(
    "switch_id",
    mark("Its switch_id; without one all its switches' calls are taken as of one switch"),
    "text",
    "",
)
SAME = {
    "caller": "caller_id_number", "caller_name": "caller_id_name", "destination": "destination_number",
    "account": "accountcode", "media_ip": "remote_media_ip", "read_codec": "read_codec",
    "write_codec": "write_codec", "channel": "channel",
}  # fmt: skip
"""rows.FIELDS that are a field of cdr_common as they are."""
LENGTHS = {"duration": ("duration", "mduration"), "billsec": ("billsec", "billmsec")}
"""A length in seconds, and what tells it in milliseconds, unless that is empty or of something else."""
MOMENTS = ("start", "answer", "end")
ASTERISK = "2"
"""The cdr_type of calls whose direction CDR-Stats 2 made up, and whose cancels it took for rejections."""

CODES = (
    0, 1, 2, 3, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 25, 27, 28, 29, 30, 31, 34, 38, 41, 42, 43, 44, 45, 47,
    50, 52, 54, 57, 58, 63, 65, 66, 69, 79, 81, 88, 95, 96, 97, 98, 99, 100, 101, 102, 103, 111, 127,
    "ORIGINATOR_CANCEL", "CRASH", "SYSTEM_SHUTDOWN", "LOSE_RACE", "MANAGER_REQUEST", "BLIND_TRANSFER",
    "ATTENDED_TRANSFER", "ALLOTTED_TIMEOUT", "USER_CHALLENGE", "MEDIA_TIMEOUT", "PICKED_OFF",
    "USER_NOT_REGISTERED", "PROGRESS_TIMEOUT",
)  # fmt: skip
CAUSES = {str(place): str(code) for place, code in enumerate(CODES, 1)}
"""The causes by the ids that its fixture gives them."""
CANCEL = {"21": "ORIGINATOR_CANCEL"}
JSON = json_util.RELAXED_JSON_OPTIONS.with_options(datetime_conversion=DatetimeConversion.DATETIME_AUTO)


def fields(found: Mapping[str, Any]) -> Texts:
    """What a document tells of a row, by rows.FIELDS, lengths in seconds."""
    told = {name: _text(found.get(own)) for name, own in SAME.items()}
    told |= {name: _moment(found.get(f"{name}_uepoch")) for name in MOMENTS}
    told |= {name: _length(found, *names) for name, names in LENGTHS.items()}
    asterisk = _text(found.get("cdr_type")) == ASTERISK
    cause = CAUSES.get(_text(found.get("hangup_cause_id")), "")
    return texts(
        told
        | {
            "uuid": _text(found.get("uuid")),
            "cause": CANCEL.get(cause, cause) if asterisk else cause,
            "direction": "" if asterisk else _text(found.get("direction")),
        }
    )


def _text(value: object) -> str:
    """A value as text; a list, an object or a flag is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return harmless(str(value))


def _moment(value: object) -> str:
    """A moment as local text; the first second of Unix, wherever its server was, is never."""
    if isinstance(value, DatetimeMS):
        return str(int(value))
    if not isinstance(value, datetime):
        return _text(value)
    return value.replace(tzinfo=None).isoformat(" ") if value.year >= FIRST.year else ""


def _length(found: Mapping[str, Any], name: str, finer: str) -> str:
    whole, exact = _text(found.get(name)), _text(found.get(finer))
    if not exact.isdecimal() or len(exact) > 12:
        return whole
    try:
        fits = not whole or abs(float(whole) - int(exact) / 1000) <= 1
    except ValueError:
        return whole
    return str(int(exact) / 1000) if fits else whole


def _written(found: Document) -> str:
    """A document as JSON without its `_id`, so that what was stored twice is the same."""
    told = {name: value for name, value in found.items() if name != "_id"}
    return json_util.dumps(told, json_options=JSON, ensure_ascii=False)


def maker(given: Given, now: datetime) -> Make:
    """What makes the call of a document, if it is of the switch_id that is wanted."""
    build, wanted = given.builder(now).call, str(given.options.get("switch_id") or "").strip()

    def make(found: Document) -> list[CDR | Reject]:
        if wanted and _text(found.get("switch_id")) != wanted:
            return []
        text = _written(found)
        try:
            return [build(fields(found), text)]
        except Bad as bad:
            return [Reject(0, str(bad), text, bad.kind)]

    return make


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The call of a document that was rejected."""
    try:
        found = json_util.loads(text, json_options=JSON)
    except (ValueError, TypeError, ArithmeticError, RecursionError, BSONError):
        raise Bad("json", Sentence("The document is no JSON any more, or was too long to be kept.")) from None
    if not isinstance(found, dict):
        raise Bad("report", Sentence("The text is no document of cdr_common."))
    return [given.builder(now).call(fields(found), text)]


CONNECTOR = Connector(
    mark("CDR-Stats 2's calls: cdr_common in its MongoDB"),
    (mongo.ADDRESS, mongo.PASSWORD, collection("cdr_common"), SWITCH_ID),
    opened(Kind(maker)),
    again,
)
