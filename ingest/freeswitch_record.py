"""A leg as FreeSWITCH reports it at hangup, in JSON, in XML or in MongoDB: its variables and its caller
profiles.

Names are those of switch_channel.c (set_timestamps) and switch_ivr.c (generate_json_cdr, generate_xml_cdr).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ingest.texts import CELL, text_of, tidy

LONGEST = 1 << 19
"""Characters of a document at most; the report of a leg has 10 to 60 thousand."""
PROFILES = 16
"""Profiles that are looked at: a call is not transferred more often."""

TIMES = ("start", "answer", "end", "progress", "progress_media")
WANTED = (
    "uuid", "call_uuid", "originating_leg_uuid", "originator", "direction", "call_direction", "accountcode",
    "hangup_cause", "hangup_cause_q850", "duration", "mduration", "uduration", "billsec", "billmsec",
    "billusec", "read_codec", "write_codec", "remote_media_ip", "channel_name", "bridge_channel", "last_app",
    "caller_id_name", "caller_id_number", "destination_number",
    *(f"{name}_{form}" for name in TIMES for form in ("stamp", "epoch", "uepoch")),
)  # fmt: skip
"""The variables that are read. `digits_dialed` is none of them: it may hold somebody's PIN."""
_WANTED = frozenset(WANTED)


class Profile(NamedTuple):
    """A caller profile of the callflow: who called whom; each transfer begins another one.

    `originator` is the uuid of the leg that made this one, '' for an a-leg. Moments are microseconds since
    1970 as text, '0' or '' for never.
    """

    uuid: str = ""
    caller: str = ""
    caller_name: str = ""
    destination: str = ""
    channel: str = ""
    created: str = ""
    profile_created: str = ""
    progress: str = ""
    progress_media: str = ""
    answered: str = ""
    hangup: str = ""
    transferred: str = ""
    originator: str = ""


class Document(NamedTuple):
    """The report of one leg: the wanted variables, decoded; its profiles, the newest first."""

    variables: Mapping[str, str]
    profiles: tuple[Profile, ...]
    direction: str = ""
    switch: str = ""


TOLD = ("uuid", "caller_id_number", "caller_id_name", "destination_number", "chan_name")
MOMENTS = (
    "created_time", "profile_created_time", "progress_time", "progress_media_time", "answered_time",
    "hangup_time", "transfer_time",
)  # fmt: skip
"""What a caller_profile and its times call the fields of a Profile, in its order."""


def profile(told: Iterable[str], moments: Iterable[str], originator: str) -> Profile:
    """A profile of the texts by TOLD and MOMENTS."""
    return Profile(*map(harmless, (*told, *moments, originator)))


def variables(found: Iterable[tuple[str, str]], encoded: bool) -> dict[str, str]:
    """The wanted ones of these variables, decoded and harmless; of two of a name the first counts."""
    kept: dict[str, str] = {}
    for name, value in found:
        if name in _WANTED and name not in kept:
            kept[name] = harmless(unquoted(value) if encoded else value)
    return kept


def harmless(text: str) -> str:
    """A text without what may not stand in a call, CELL characters at most."""
    return text if len(text) <= CELL and text.isascii() and text.isprintable() else tidy(text)


def unquoted(text: str) -> str:
    """A value before FreeSWITCH encoded it like a part of an address; a + means itself."""
    return text_of(unquote_to_bytes(text[: 16 * CELL])) if "%" in text else text
