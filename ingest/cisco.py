"""Cisco Unified Communications Manager: CDR files with a row of names, one of types, then data, read by name.

Names and meanings are those of Cisco's "Call Detail Records Administration Guide"; columns grow with releases
(some 52 in 4.x, 129 in 12.x), so none is counted. Times are UTC epochs, `duration` is talk, addresses are
signed and little-endian. The side that cleared carries the cause, the other one 0; so 16 on the calling side
of a call without a connect time is the caller who gave up. A cause above 128 is Cisco's own: a few are named,
those of SIP have the Q.850 code in their lowest byte [inferred from the guide's list, where it always holds].
"""

from collections.abc import Sequence
from ipaddress import IPv4Address
from operator import itemgetter

from ingest.files import Shape
from ingest.recipe import Options, Pick, Recipe
from ingest.refused import Bad, Skipped
from ingest.rows import FIELDS, Manner
from store.sentence import Sentence

NAME = "cisco"
WIDTHS = frozenset(range(30, 400))
NAMES = (
    "globalcallid_clusterid", "globalcallid_callmanagerid", "globalcallid_callid", "pkid",
    "datetimeorigination", "datetimeconnect", "datetimedisconnect", "duration", "callingpartynumber",
    "callingpartyunicodeloginuserid", "finalcalledpartynumber", "originalcalledpartynumber",
    "clientmattercode", "authcodedescription", "origcause_value", "destcause_value",
    "origmediacap_payloadcapability", "destmediacap_payloadcapability", "origmediatransportaddress_ip",
    "destmediatransportaddress_ip", "origdevicename", "destdevicename",
)  # fmt: skip
"""The columns that are read, in lower case: releases differ in that of some."""
NEEDED = ("globalcallid_callmanagerid", "globalcallid_callid", "datetimeorigination", "datetimedisconnect")
CDR, CMR = "1", "2"
TYPES = frozenset({"INTEGER", "UNIQUEIDENTIFIER"})
FIRST = "cdrrecordtype"

OWN_CAUSES = {
    122: "PRECEDENCE_LEVEL_EXCEEDED",
    123: "DEVICE_NOT_PREEMPTABLE",
    124: "CONFERENCE_FULL",
    125: "OUT_OF_BANDWIDTH",
    126: "CALL_SPLIT",
    128: "CONFERENCE_DROP",
    129: "PRECEDENCE_OUT_OF_BANDWIDTH",
    262144: "CONFERENCE_FULL",
    393216: "CALL_SPLIT",
    458752: "CONFERENCE_DROP",
}
CLEARED, Q850 = 16, 127
CODECS = {
    2: "PCMA", 3: "PCMA", 4: "PCMU", 5: "PCMU", 6: "G722", 7: "G722", 8: "G722", 9: "G723", 10: "G728",
    11: "G729", 12: "G729", 15: "G729", 16: "G729", 18: "GSM", 19: "GSM", 20: "GSM", 25: "L16", 40: "G7221",
    41: "G7221", 42: "AAC", 80: "GSM", 82: "G726-32", 83: "G726-24", 84: "G726-16", 86: "iLBC", 89: "iSAC",
    90: "OPUS",
}  # fmt: skip
"""The codes of payloads as FreeSWITCH names them; what is missing here stands as its number."""


def recognise(rows: Sequence[list[str]], options: Options) -> Recipe | None:
    """The recipe when the first row names the columns of a CUCM CDR file; the types may follow or not."""
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if FIRST not in header or set(NEEDED) - set(header):
        return None
    columns = tuple((name, header.index(name)) for name in NAMES if name in header)
    return Recipe(
        NAME,
        Shape(",", WIDTHS),
        # the times are UTC whatever zone the cluster is in
        Manner(zone="UTC", switch=options.switch),
        tuple(rows[0]),
        columns,
        words=f"Cisco CUCM CDR, {len(header)} columns by their names, times in UTC",
    )


def is_quality(rows: Sequence[list[str]]) -> bool:
    """Whether these rows begin a file of CMRs: how well calls sounded, but not who called whom."""
    header = {cell.strip().lower() for cell in rows[0]} if rows else set()
    return {FIRST, "directorynum", "numberpacketssent"} <= header


def pick(recipe: Recipe) -> Pick:
    """The texts of the rows of a CUCM CDR file."""
    width, columns = len(recipe.header), dict(recipe.columns)
    getter = itemgetter(*(columns.get(name, -1) for name in NAMES))

    def texts(row: list[str]) -> Sequence[str]:
        _refuse_what_is_no_cdr(row)
        if len(row) != width:
            if len(row) < width or any(row[width:]):
                raise Bad(
                    "columns",
                    Sentence("The row has {n} columns, the row of names {width}.", n=len(row), width=width),
                )
            del row[width:]
        row.append("")
        return _texts(getter(row))

    return texts


def _refuse_what_is_no_cdr(row: Sequence[str]) -> None:
    """Raise Skipped for the other rows that such a file, or several of them in one, may have."""
    first = row[0].strip()
    if first == CMR or first.upper() in TYPES or first.lower() == FIRST:
        raise Skipped
    if first not in (CDR, "0"):
        raise Bad(
            "type", Sentence("The row is of type {first!r}, where a CDR is of type 1.", first=first[:20])
        )


def _texts(told: Sequence[str]) -> list[str]:
    """What a row tells, in the order of FIELDS; raises Skipped for a phone that was only picked up."""
    (cluster, manager, call, pkid, start, connected, end, talk, caller, login, final, original, matter,
     authorised, by_caller, by_called, codec, other_codec, address, other_address, device,
     other_device) = told  # fmt: skip
    answered = connected not in ("", "0")
    if not (final or original or answered):
        raise Skipped
    found = {
        "uuid": "-".join(part for part in (cluster, manager, call) if part),
        "leg": pkid,
        "start": start,
        "answer": connected if answered else "",
        "end": end,
        "billsec": talk,
        "caller": caller,
        "caller_name": login,
        "destination": final or original,
        "account": matter or authorised,
        "cause": cause(by_caller, by_called, answered),
        "read_codec": _codec(codec),
        "write_codec": _codec(other_codec),
        "media_ip": ip_of(address) or ip_of(other_address),
        "channel": device,
        "peer_channel": other_device,
    }
    return [found.get(name, "") for name in FIELDS]


def cause(by_caller: str, by_called: str, answered: bool) -> str:
    """The cause of a call from what either side cleared with: a Q.850 code, a name, or '' when it is not
    told.
    """
    first, second = _whole(by_caller), _whole(by_called)
    code = first or second
    if first == CLEARED and not second and not answered:
        return "ORIGINATOR_CANCEL"
    if not code or code in OWN_CAUSES:
        return OWN_CAUSES.get(code, "")
    # what SIP answered is CCM_SIP_...: 0x5000001 is its 404, and 1 of Q.850
    lowest = code & 0xFF
    return str(lowest if 0 < lowest <= Q850 else code)


def ip_of(text: str) -> str:
    """The address that a signed number with its bytes the other way round means; '' for 0 and for no number.

    152200202 is 10.100.18.9.
    """
    number = _whole(text) & 0xFFFFFFFF
    return str(IPv4Address(number.to_bytes(4, "little"))) if number else ""


def _codec(text: str) -> str:
    number = _whole(text)
    return CODECS.get(number, str(number)) if number else ""


def _whole(text: str) -> int:
    """A whole number, 0 for what is none."""
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) < 12 else 0
