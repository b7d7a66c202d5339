"""The audit log as an admin sees it: its lines, and all of one entry."""

from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from app import words
from app.views.users import moment, plain
from store.audit import Entry

COLUMNS = [
    {"key": "at", "label": "When", "kind": "text"},
    {"key": "who", "label": "Who", "kind": "text"},
    {"key": "what", "label": "What", "kind": "text"},
    {"key": "object", "label": "Of which", "kind": "text"},
    {"key": "words", "label": "More", "kind": "text", "spare": True},
    {"key": "address", "label": "From", "kind": "text", "spare": True},
]


def row(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """What the list shows of an entry, in a zone."""
    return {
        "key": entry.id,
        "at": moment(entry.at, zone),
        "who": plain(entry.who) or words.NO_VALUE,
        "what": plain(what(entry)),
        "object": plain(entry.object) or words.NO_VALUE,
        "words": plain(entry.words),
        "address": plain(entry.address),
    }


def what(entry: Entry) -> str:
    """'change user'; a login is one word."""
    return entry.verb if entry.kind in ("login", "") else f"{entry.verb} {entry.kind}"


def story(entry: Entry, zone: ZoneInfo) -> str:
    """All of an entry, in HTML, to the second."""
    facts = {
        "When": f"{moment(entry.at, zone)}:{entry.at:%S} ({zone})",
        "Who": entry.who,
        "From": entry.address,
        "What": entry.verb,
        "To a": entry.kind,
        "Of which": entry.object,
        "More": entry.words,
    }
    told = "".join(f"<dt>{name}<dd>{escape(plain(said))}" for name, said in facts.items() if said)
    return f"<dl>{told}</dl>"
