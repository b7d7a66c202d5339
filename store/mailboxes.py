"""Mailboxes: what an address that letters go to may look like."""

import re

from store.errors import CdrStatsError
from store.sentence import Sentence

LONGEST = 254
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""A dot-atom and a host name (RFC 5321, 4.1.2): no quotes, no comments and no line breaks."""


def valid(text: str) -> bool:
    """Whether a text is one address and nothing else."""
    return len(text) <= LONGEST and ADDRESS.fullmatch(text) is not None


def checked(text: str) -> str:
    """The address without the blanks around it. Raises CdrStatsError, one sentence, for anything else."""
    address = text.strip()
    if not valid(address):
        raise CdrStatsError(
            Sentence(
                "{address} is no e-mail address; one looks like ada@example.org.", address=repr(address[:80])
            )
        )
    return address
