"""Letters: from what is told to a MIME message with a text, an HTML part and the pictures that it shows.

Whatever comes from a call is hostile: the HTML part is escaped, a subject is one line of printable
characters, and no header is made of anything else.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assets import files
from store.outbox import SECRET, Letter
from store.settings import Settings

NAME = "CDR-Stats"
NOBODY = "cdr-stats@localhost"
"""Who letters come from where the settings do not say."""
LONGEST_SUBJECT = 150
UNSUBSCRIBED = (*SECRET, "changed")
"""Kinds that nobody has subscribed to: what was asked for just now, and what one has to know."""
HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
POLICY = SMTP.clone(cte_type="7bit")
"""Seven bits, for a server that knows no more."""
TAGS = re.compile(r"\n{3,}")


class Told(NamedTuple):
    """What a letter says, whoever gets it: the subject, both parts and the pictures (PNG) by their name."""

    kind: str
    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes]


def line(text: object, longest: int = LONGEST_SUBJECT) -> str:
    """A text of anybody as one line of printable characters, cut where it is too long."""
    flat = " ".join(HIDDEN.sub(" ", str(text)).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def link(settings: Settings, page: str = "", shown: Mapping[str, Any] | None = None) -> str:
    """The address of a page with a filter (parameters of its address); '' where the settings do not say where
    the pages are.
    """
    if not settings.public_url:
        return ""
    query = urlencode(shown or {}, doseq=True, safe="/:")
    return f"{settings.public_url.rstrip('/')}/{page}{'?' * bool(query)}{query}"


def told(
    settings: Settings,
    kind: str,
    subject: str,
    values: Mapping[str, Any],
    pictures: Mapping[str, bytes] | None = None,
) -> Told:
    """The letter of a kind, by its templates `assets/mail/KIND.html` and `KIND.txt`."""
    pictures = pictures or {}
    given = {
        "subject": line(subject),
        "pictures": tuple(pictures),
        "home": link(settings),
        "unsubscribe": f"mailto:{_sender(settings)}?subject=unsubscribe",
        **values,
    }
    page = _environment().get_template(f"{kind}.html").render(given)
    plain = _environment().get_template(f"{kind}.txt").render(given)
    return Told(kind, given["subject"], TAGS.sub("\n\n", plain).strip() + "\n", _inlined(page), pictures)


def letter(settings: Settings, key: str, what: Told, to: str, now: datetime) -> Letter:
    """A letter to one address, ready for the outbox; the same key and address give the same Message-ID."""
    sender = _sender(settings)
    message = EmailMessage(policy=POLICY)
    message["Subject"] = what.subject
    message["From"] = Address(NAME, addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_digest(key, to)}@{sender.rpartition('@')[2]}>"
    if what.kind not in UNSUBSCRIBED:
        message["List-Unsubscribe"] = ", ".join(_unsubscribe(settings, sender))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(what.text)
    message.add_alternative(what.html, subtype="html")
    page = cast("MIMEPart", message.get_payload(1))
    for name, picture in what.pictures.items():
        page.add_related(picture, "image", "png", cid=f"<{name}>", disposition="inline")
    return Letter(f"{key} {to}", what.kind, to, what.subject, message.as_bytes())


def preview(what: Told) -> str:
    """The HTML part as a page of its own, with its pictures in it."""
    page = what.html
    for name, picture in what.pictures.items():
        page = page.replace(f"cid:{name}", f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    return page


def _sender(settings: Settings) -> str:
    return settings.mail_sender or NOBODY


def _unsubscribe(settings: Settings, sender: str) -> list[str]:
    places = [f"mailto:{quote(sender, safe='@')}?subject=unsubscribe", link(settings, "alarms")]
    return [f"<{place}>" for place in places if place]


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode(), digest_size=16).hexdigest()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(files.path("mail")),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inlined(page: str) -> str:
    """Mail programs drop style sheets: each rule goes where it applies; what asks for a screen stays."""
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(page)
