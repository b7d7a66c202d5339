"""FreeSWITCH's reports of legs, in JSON or XML, as files or posted: from the text of one to rows of its call.

A call is named by the uuid of its a-leg: a b-leg knows it as `call_uuid`, but one in a hundred has its own
there (signalwire/freeswitch#1042) and knows it as its originator. Who was called is the newest profile's, as
in mod_cdr_csv; what was dialled before a transfer becomes a leg of its own.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from ingest import freeswitch_json, freeswitch_xml
from ingest.connector import Given, texts
from ingest.files import BOM
from ingest.freeswitch_record import Document, Profile
from ingest.refused import Bad
from ingest.rows import DIRECTIONS, Builder, Texts
from ingest.texts import text_of
from store.record import CDR, EPOCH, MILLISECOND, Reject
from store.rejects import KEPT
from store.sentence import Sentence

MANNER = {"duration_unit": 0.001, "billsec_unit": 0.001, "pdd_unit": 0.001}
"""Lengths are told in microseconds, so that they are rounded once."""
LENGTHS = {
    "duration": (("uduration", ""), ("mduration", "000"), ("duration", "000000")),
    "billsec": (("billusec", ""), ("billmsec", "000"), ("billsec", "000000")),
}
"""The variables that tell a length, the finest first, and what makes each one microseconds."""
DIALLED = ":dialled"

JSON_HEAD = re.compile(
    r'\{\s{0,9}"(core-uuid|switchname|channel_data|callStats|variables|app_log|callflow)"\s{0,9}:'
)
XML_HEAD = re.compile(r"(<\?xml[^<>]{0,200}\?>\s{0,9})?<cdr[\s>]")
HEAD = 512
FORM = "cdr="
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \r\n\t"
UNREADABLE = frozenset({"json", "xml", "report", "too long"})
"""Kinds of rejects that nothing can be told of."""
SECRET = re.compile(r'("digits_dialed"\s{0,9}:\s{0,9}"|<digits_dialed>)[^"<]*')
"""What is blanked in a text that is kept though nobody could read it: digits may be somebody's PIN."""


def recognise(head: bytes) -> str | None:
    """Which report a file or a body begins with: "freeswitch_json", "freeswitch_xml" or None."""
    text = unwrapped(head[:HEAD]).lstrip()
    if JSON_HEAD.match(text):
        return "freeswitch_json"
    return "freeswitch_xml" if XML_HEAD.match(text) else None


def unwrapped(data: bytes) -> str:
    """The text of a report without what it was sent in: a form (`cdr=`), encoded as an address or in base64.

    The files that FreeSWITCH leaves when nobody took its POST are so too, but for the `cdr=`.
    """
    text = text_of(data.strip().removeprefix(BOM))
    before, form, after = text[:HEAD].partition(FORM)
    if form and not {"{", "<"} & set(before):
        text = after + text[HEAD:]
    if text.startswith("%"):
        return _without_percents(text.partition("&")[0].replace("+", " "))
    if not text.startswith(("{", "<")):
        return _without_base64(text)
    return text


def _without_percents(text: str) -> str:
    """As urllib's unquote in a twentieth of its time: it is quoted-printable with another sign."""
    data = text.encode("utf-8", "surrogatepass").replace(b"=", b"=3D").replace(b"%", b"=")
    return text_of(binascii.a2b_qp(data))


def _without_base64(text: str) -> str:
    """The text behind base64, or what is no base64 as it is."""
    data = text.encode("utf-8", "surrogatepass")
    if data.translate(None, BASE64).strip(b"\0"):
        return text
    try:
        return text_of(binascii.a2b_base64(data)).rstrip("\0")
    except binascii.Error:
        return text


READERS: dict[str, Callable[[str], Document]] = {
    "{": freeswitch_json.document,
    "<": freeswitch_xml.document,
}


def document(text: str) -> Document:
    """The report that this text is. Raises Bad for what is none."""
    text = text.strip()
    reader = READERS.get(text[:1])
    if reader is None:
        raise Bad("report", Sentence("The text is neither a JSON nor an XML report of FreeSWITCH."))
    return reader(text)


def builder(given: Given, now: datetime) -> Builder:
    """Makes calls of the reports of a source."""
    return given.builder(now, **MANNER)


def calls(text: str, made: Builder, uuid: str = "") -> list[CDR]:
    """The rows of the call that this report is a leg of: the leg itself, and what was dialled before a
    transfer.

    `made` has the MANNER of this module; `uuid` names the leg where its report does not (the address that it
    was posted to, or its file). Raises Bad.
    """
    found = document(text)
    leg = made.call(fields(found, uuid), text.strip())
    return [leg, *_dialled(found, leg)]


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The rows of a report that was rejected, with the settings of today; raises Bad."""
    return calls(unwrapped(text.encode("utf-8", "surrogatepass")), builder(given, now))


def fields(found: Document, uuid: str = "") -> Texts:
    """What a report tells of a row, by rows.FIELDS, lengths in microseconds."""
    told = found.variables
    newest = found.profiles[0] if found.profiles else Profile()
    own = told.get("uuid") or newest.uuid or uuid.removeprefix("a_")
    start = _moment(found, "start", newest.created)
    return texts(
        {
            "switch": found.switch,
            "uuid": _call(found, own),
            "leg": own,
            "start": start,
            "answer": _moment(found, "answer", newest.answered),
            "end": _moment(found, "end", newest.hangup),
            "duration": _length(found, "duration"),
            "billsec": _length(found, "billsec"),
            "caller": newest.caller or told.get("caller_id_number"),
            "caller_name": newest.caller_name or told.get("caller_id_name"),
            "destination": newest.destination or told.get("destination_number"),
            "account": told.get("accountcode"),
            "cause": told.get("hangup_cause") or told.get("hangup_cause_q850"),
            "direction": _direction(found),
            "read_codec": told.get("read_codec"),
            "write_codec": told.get("write_codec"),
            "media_ip": told.get("remote_media_ip"),
            "pdd": _delay(found, newest, start),
            "channel": told.get("channel_name") or newest.channel,
            "peer_channel": told.get("bridge_channel"),
            "application": told.get("last_app"),
        }
    )


def _call(found: Document, own: str) -> str:
    """The name of the call that this leg is of."""
    told = found.variables
    profiles = (one.originator for one in found.profiles)
    named = (told.get("originating_leg_uuid"), told.get("originator"), *profiles)
    maker = next((uuid for uuid in named if uuid and uuid != own), "")
    if not maker:
        return own
    call = told.get("call_uuid")
    return call if call and call != own else maker


def _moment(found: Document, name: str, told: str) -> str:
    """A moment as exactly as it is told; stamps are local and without a zone."""
    forms = (found.variables.get(f"{name}_{form}", "") for form in ("uepoch", "epoch", "stamp"))
    exact, whole, stamp = forms
    return next((text for text in (exact, told, whole, stamp) if text and text != "0"), "")


def _length(found: Document, name: str) -> str:
    for variable, zeros in LENGTHS[name]:
        if text := found.variables.get(variable):
            return text + zeros if text.isdecimal() else text
    return ""


def _direction(found: Document) -> str:
    """FusionPBX tells how the call goes, FreeSWITCH itself how the leg does."""
    told = found.variables
    call = told.get("call_direction", "")
    return call if call.lower() in DIRECTIONS else told.get("direction") or found.direction


def _delay(found: Document, newest: Profile, start: str) -> str:
    """The post dial delay: until it rings or early media comes, whichever is first."""
    told = found.variables
    signs = (
        told.get("progress_uepoch") or newest.progress,
        told.get("progress_media_uepoch") or newest.progress_media,
    )
    reached = [moment for sign in signs if (moment := _micros(sign))]
    return str(max(0, min(reached) - _micros(start))) if reached and _micros(start) else ""


def _micros(text: str) -> int:
    """Microseconds since 1970, 0 for never and for what is none."""
    return int(text) if text.isdecimal() and 14 < len(text) < 18 else 0


def _dialled(found: Document, leg: CDR) -> Iterator[CDR]:
    """The profile that an a-leg began with, when it was transferred to another number since."""
    first = found.profiles[-1] if found.profiles else Profile()
    if leg.leg != leg.uuid or first.destination in ("", leg.destination):
        return
    start, end = _within(first.profile_created, leg, leg.start), _within(first.transferred, leg, leg.end)
    answered = _micros(first.answered) and _within(first.answered, leg, end)
    answer = answered if answered and answered < end else None
    yield leg._replace(
        leg=leg.leg + DIALLED,
        start=start,
        end=max(start, end),
        mduration=max(0, (end - start) // MILLISECOND),
        answer=answer,
        answered=answer is not None,
        billmsec=max(0, (end - answer) // MILLISECOND) if answer else 0,
        destination=first.destination,
        cause="BLIND_TRANSFER",
        q850=0,
        cause_derived=True,
    )


def _within(text: str, leg: CDR, otherwise: datetime) -> datetime:
    """The moment of a profile, not before its leg's start nor after its end."""
    moment = EPOCH + _micros(text) // 1000 * MILLISECOND if _micros(text) else otherwise
    return min(max(moment, leg.start), leg.end)


def rejected(text: str, bad: Bad, line: int = 1) -> Reject:
    """The reject of a report, with as much of it as `again` needs; what cannot be read is cut off."""
    try:
        kept = "" if bad.kind in UNREADABLE else freeswitch_json.condensed(document(text))
    except Bad:
        kept = ""
    return Reject(line, str(bad), (kept or SECRET.sub(r"\1", text))[:KEPT], bad.kind)
