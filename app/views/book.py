"""What the pages to look things up tell of one thing: facts, and the way to its calls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import urlencode

from app.tongue import t
from store.scope import Scope

DAYS = 30
"""The days in which calls are counted for these pages."""


def lately(zone: str) -> Scope:
    """The last DAYS days, by whole hours, so that pages that are open share the answer."""
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Scope(until - timedelta(days=DAYS), until, zone)


def facts(known: Mapping[str, str]) -> str:
    """What is known, in HTML; the values are HTML, and what is empty is left out."""
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{text}</dd>" for name, text in known.items() if text)
    return f"<dl>{lines}</dl>"


def way(**query: str) -> str:
    """The link to exactly these calls of the last DAYS days, in HTML."""
    address = escape(f"explore?{urlencode({'period': f'{DAYS}d', **query})}")
    return f'<p><a href="{address}">{t("Show these calls")}</a></p>'
