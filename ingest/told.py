"""What the cause column of a row tells: a name and code, and whether the switch calls its call answered."""

from functools import lru_cache
from typing import NamedTuple

from store import causes


class Told(NamedTuple):
    """What a cause column says: its name and code, whether that is concluded, and whether the switch calls it
    answered.
    """

    name: str
    q850: int
    derived: bool
    answered: bool


@lru_cache(maxsize=4096)
def told(text: str, dispositions: bool) -> Told:
    """What the text of a cause column says; '' and 'UNSPECIFIED' tell nothing. Digits are Q.850, or
    Asterisk's dispositions.
    """
    word = text.strip().upper()
    if not word:
        return Told("", 0, True, False)
    if word in causes.DISPOSITIONS and (dispositions or not word.isdigit()):
        found = causes.from_asterisk(word)
        return Told(found.name, causes.cause(found.name).q850, found.derived, found.answered)
    name = causes.clean(word)
    return Told(name, causes.cause(name).q850, False, False)


def concluded(answered: bool) -> Told:
    """The cause of a call whose switch gave none."""
    name = "NORMAL_CLEARING" if answered else causes.UNSPECIFIED
    return Told(name, causes.cause(name).q850, True, answered)
