"""One call in every field, with its legs, as HTML in which all text of the record is escaped."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from app import words
from app.filter import DIRECTION_NAMES
from app.tongue import many, mark, t
from store import causes
from store.lens import Masked, brief
from store.list_hits import Hit
from store.record import CDR, Leg

STYLE = """
:host { font: 13px/1.5 system-ui, sans-serif; color: var(--mui-palette-text-primary, #1c2733); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 500; padding: 3px 14px 3px 0; vertical-align: top; white-space: nowrap; }
th { color: var(--mui-palette-text-secondary, #5b6875); }
td { padding: 3px 14px 3px 0; overflow-wrap: anywhere; vertical-align: top; }
h3 { font-size: 13px; margin: 16px 0 4px; }
.legs { overflow-x: auto; }
.legs td, .legs th { white-space: nowrap; border-top: 1px solid var(--mui-palette-divider, #dfe5ea); }
"""


KINDS = {
    "international": mark("international"),
    "local": mark("local"),
    "internal": mark("internal"),
    "unknown": mark("unknown"),
}
"""Kinds of numbers, of store.numbers.Place."""


def clock(moment: datetime | None, zone: ZoneInfo) -> str:
    """The moment to the millisecond in that zone, with its offset."""
    if moment is None:
        return words.NO_VALUE
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03} {local:%z}"


def fields(call: CDR, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Name and value of everything that is known of the call, for people."""
    delay = "" if call.pdd_ms is None else f"{call.pdd_ms / 1000:.3f} s"
    found = [
        (t("Start"), clock(call.start, zone)),
        (t("Answer"), clock(call.answer, zone) if call.answered else t("not answered")),
        (t("End"), clock(call.end, zone)),
        (t("Talk"), words.seconds(call.billmsec / 1000)),
        (t("With ringing"), words.seconds(call.mduration / 1000)),
        (t("Post-dial delay"), delay),
        (
            t("Caller"),
            " ".join(
                part
                for part in (brief(call.caller), f"({call.caller_name})" if call.caller_name else "")
                if part
            ),
        ),
        (t("Destination"), brief(call.destination)),
        (t("Country"), words.country(call.country)),
        (t("Direction"), t(DIRECTION_NAMES.get(call.direction, call.direction))),
        (t("Hangup cause"), _cause(call)),
        (t("Account"), call.account),
        (t("Switch"), call.switch),
        (t("Kind"), t(KINDS.get(call.kind, call.kind))),
        (t("Codecs"), " / ".join(c for c in (call.read_codec, call.write_codec) if c)),
        (t("Media address"), call.media_ip),
        (t("Channels"), " → ".join(c for c in (call.channel, call.peer_channel) if c)),
        (t("Application"), call.application),
        (t("Authorized"), "" if call.authorized else t("no: the number is on a list of barred numbers")),
        (t("Call id"), call.uuid),
    ]
    return [(name, value) for name, value in found if value]


def _cause(call: CDR) -> str:
    name, label = call.cause, t(causes.cause(call.cause).label)
    template = CAUSE_CODE if call.q850 else CAUSE
    said = t(template, label=label, name=name, code=call.q850)
    if not call.cause_derived:
        return said
    return t("{cause}; the switch gave none, so it was concluded from the record", cause=said)


CAUSE, CAUSE_CODE = mark("{label} ({name})"), mark("{label} ({name}, Q.850 cause {code})")
LEG_COLUMNS = (
    mark("Start"),
    mark("Answer"),
    mark("End"),
    mark("Talk"),
    mark("From"),
    mark("To"),
    mark("Cause"),
    mark("Channels"),
)


def _leg(leg: Leg, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        clock(leg.start, zone)[11:19],
        clock(leg.answer, zone)[11:19] if leg.answered and leg.answer else words.NO_VALUE,
        clock(leg.end, zone)[11:19],
        words.seconds(leg.billmsec / 1000),
        brief(leg.caller),
        brief(leg.destination),
        t(causes.cause(leg.cause).label),
        " → ".join(c for c in (leg.channel, leg.peer_channel) if c),
    )


def detail(call: CDR, zone: ZoneInfo, hit: Hit | None = None) -> str:
    """The call as HTML: its fields, with the mark of the black list that stopped at it, then a table of its
    legs if it has several.
    """
    told = fields(call, zone)
    if hit:
        line = f"{hit.prefix or words.country(hit.country)} {hit.words}".strip()
        told.insert(0, (t("Black list"), t("not allowed: {line}", line=line)))
    rows = "".join(f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>" for n, v in told)
    return f"<table>{rows}</table>{_same(call)}{_legs(call.legs, zone)}"


def _same(call: CDR) -> str:
    """The ways to the calls of a sealed number, which nobody can type."""
    ways = {"caller": mark("Calls from {number}"), "destination": mark("Calls to {number}")}
    sealed = {way: one for way in ways if isinstance(one := getattr(call, way), Masked)}
    links = (
        f'<a href="explore?period=90d&amp;{way}=equals:{escape(one)}">'
        f"{escape(t(ways[way], number=one.brief))}</a>"
        for way, one in sealed.items()
    )
    return f"<p>{' · '.join(links)}</p>" if sealed else ""


def _legs(legs: tuple[Leg, ...], zone: ZoneInfo) -> str:
    if not legs:
        return ""
    head = "".join(f"<th>{escape(t(name))}</th>" for name in LEG_COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(v)}</td>" for v in _leg(leg, zone)) + "</tr>" for leg in legs
    )
    title = escape(many("{n} leg", "{n} legs", len(legs)))
    return f'<h3>{title}</h3><div class="legs"><table><tr>{head}</tr>{rows}</table></div>'
