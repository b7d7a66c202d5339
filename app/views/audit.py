"""The audit log as an admin sees it: its lines, and all of one entry."""

from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from app import words
from app.tongue import mark, t
from app.views.users import plain
from store.audit import Entry

DEEDS = (
    mark("log in"),
    mark("refused"),
    mark("add"),
    mark("change"),
    mark("remove"),
    mark("enable"),
    mark("disable"),
    mark("change password"),
    mark("begin codes"),
    mark("end codes"),
    mark("add key"),
    mark("remove key"),
    mark("end sessions"),
    mark("ask for a link"),
    mark("import"),
    mark("pause"),
    mark("resume"),
    mark("rewind"),
    mark("retry rejects"),
    mark("drop rejects"),
    mark("run"),
    mark("send"),
    mark("snooze"),
    mark("tell again"),
    mark("alarm"),
    mark("blacklist"),
    mark("file"),
    mark("fraud rule"),
    mark("hangup cause"),
    mark("list"),
    mark("login"),
    mark("mail report"),
    mark("source"),
    mark("switch"),
    mark("task"),
    mark("user"),
    mark("whitelist"),
)
"""What stands in the log in English: the verbs and kinds that the program writes."""
COLUMNS = [
    {"key": "at", "label": mark("When"), "kind": "text"},
    {"key": "who", "label": mark("Who"), "kind": "text"},
    {"key": "what", "label": mark("What"), "kind": "text"},
    {"key": "object", "label": mark("Of which"), "kind": "text"},
    {"key": "words", "label": mark("More"), "kind": "text", "spare": True},
    {"key": "address", "label": mark("From"), "kind": "text", "spare": True},
]


def row(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """What the list shows of an entry, in a zone."""
    return {
        "key": entry.id,
        "at": words.moment(entry.at, zone),
        "who": plain(entry.who) or words.NO_VALUE,
        "what": plain(what(entry)),
        "object": plain(entry.object) or words.NO_VALUE,
        "words": plain(entry.words),
        "address": plain(entry.address),
    }


def what(entry: Entry) -> str:
    """'change user'; a login is one word."""
    return t(entry.verb) if entry.kind in ("login", "") else f"{t(entry.verb)} {t(entry.kind)}"


def story(entry: Entry, zone: ZoneInfo) -> str:
    """All of an entry, in HTML, to the second."""
    facts = {
        t("When"): f"{words.moment(entry.at, zone)}:{entry.at:%S} ({zone})",
        t("Who"): entry.who,
        t("From"): entry.address,
        t("What"): t(entry.verb),
        t("To a"): t(entry.kind),
        t("Of which"): entry.object,
        t("More"): entry.words,
    }
    told = "".join(f"<dt>{name}<dd>{escape(plain(said))}" for name, said in facts.items() if said)
    return f"<dl>{told}</dl>"
