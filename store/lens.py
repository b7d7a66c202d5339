"""The privacy lens: whoever looks through it sees the last digits of numbers, and of the rest a seal by which
the same number is known again everywhere.

A sealed number is `1234~TOKEN`: the digits that are shown, and the whole text encrypted (AES-SIV, RFC 5297,
which gives the same token for the same text) by a key of this installation. It holds no sign that an address
would have to escape. The token alone is opened; the digits before it are for people, so that nobody learns
by it how a number goes on. Never more than half of a number's digits are shown.
"""

import base64
import re
import unicodedata
from hashlib import blake2b
from typing import Any, TypeVar

import pandas as pd
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from store import audit, lists, seals, secrets
from store.errors import CdrStatsError
from store.fraud_events import Event
from store.list_hits import Hit
from store.live import LiveCall
from store.numbers import user_part
from store.scope import NumberMatch, Scope
from store.sentence import Sentence, mark
from store.settings import Settings

T = TypeVar("T")
CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
SIGN, DOTS = "~", "…"
TAG = 3
"""Letters and digits of a token that tell two numbers with the same end apart, for people."""
UNREAD = re.compile(r"[^A-Za-z0-9]")
DIGIT = re.compile(r"\d")
RUN = re.compile(r"\+?\d(?:[\s().,/_\-\u00ad\u2010-\u2015\u200b-\u200f]*\d){2,}")
"""Digits within a text that may be a number, however they are parted."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ENDING = mark(
    "You see the last {n} digits of numbers: ask for one by an ending of at most {n} digits, or by its "
    "sealed form, as a click on it does."
)
SEALED = mark("You see no digits of numbers: ask for one by its sealed form, as a click on it does.")
FOREIGN = mark("This sealed number is cut off, or of another installation; click on the number again.")
BEGINS = mark(
    "You see the ends of numbers alone, so all that you may say of their beginning is the code of a country, "
    "such as 33."
)


class LensError(CdrStatsError):
    """What is asked for would tell more of numbers than the lens shows; `field` is where it was asked."""

    field = ""


class Masked(str):
    """What the lens made of a text; `brief` is what people read, of a sealed number `…1234·k7f`."""

    brief: str

    def __new__(cls, sealed: str, brief: str) -> "Masked":
        """From both forms."""
        made = super().__new__(cls, sealed)
        made.brief = brief
        return made


class Opened(str):
    """A text of a question that the lens has let through."""


def brief(text: str) -> str:
    """A number as people read it, sealed or not."""
    return text.brief if isinstance(text, Masked) else text


class Lens:
    """Shows so many last digits of numbers. Two are equal when they show the same under the same key."""

    def __init__(self, digits: int, key: bytes) -> None:
        self.digits, self._key = digits, key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lens) and (self.digits, self._key) == (other.digits, other._key)

    def __hash__(self) -> int:
        return hash((self.digits, self._key))

    def __repr__(self) -> str:
        return f"Lens({self.digits})"

    @property
    def rule(self) -> str:
        """What may be asked for, in a sentence."""
        return Sentence(ENDING, n=self.digits) if self.digits else SEALED

    def seal(self, text: str) -> str:
        """A number, sealed; what has no digit in it is no number, and stays as it is."""
        if isinstance(text, Masked) or not DIGIT.search(text):
            return text
        tail, token = self._tail(user_part(text)), seals.token(self._key, text)
        return Masked(f"{tail}{SIGN}{token}", f"{DOTS}{tail}·{UNREAD.sub('', token)[:TAG]}")

    def open(self, sealed: str) -> str | None:
        """The number that was sealed; None for what no lens of this installation has sealed."""
        return seals.opened(self._key, sealed.rpartition(SIGN)[2]) if SIGN in sealed else None

    def told(self, text: str) -> str:
        """What stands in a question, as people read it."""
        number = self.open(text)
        return text if number is None else brief(self.seal(number))

    def words(self, text: str) -> str:
        """A text of people, such as a caller's name, with the numbers in it masked."""
        told = text if isinstance(text, Masked) else RUN.sub(lambda run: DOTS + self._tail(run[0]), text)
        return text if told == text else Masked(told, told)

    def name(self, text: str) -> str:
        """A switch's own name of a call: as it is where it holds no number, else one that is known again."""
        if isinstance(text, Masked) or UUID.fullmatch(text) or not RUN.search(text):
            return text
        told = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12, key=self._key).digest()
        name = SIGN + base64.urlsafe_b64encode(told).decode()
        return Masked(name, name)

    def head(self, text: str) -> str:
        """What numbers begin with, as far as it is the code of a country."""
        digits = text.removeprefix("+")
        if not (digits.isascii() and digits.isdecimal()):
            return self.words(text)
        known = next((digits[:n] for n in (3, 2, 1) if digits[:n] in CODES), "")
        return text if known == digits else f"{known}{DOTS}"

    def demand(self, prefix: str) -> None:
        """Raises LensError for what numbers begin with, where it is more than a country's code."""
        if prefix and prefix.removeprefix("+") not in CODES:
            refused = LensError(BEGINS)
            refused.field = "prefix"
            raise refused

    def match(self, wanted: NumberMatch | None) -> NumberMatch | None:
        """What may be asked for of a number: a sealed one, or an ending that is shown. Raises LensError."""
        if wanted is None or isinstance(wanted.text, Opened):
            return wanted
        text = wanted.text
        if SIGN in text:
            number = self.open(text)
            if number is None:
                raise LensError(FOREIGN)
            return NumberMatch("equals", Opened(number))
        if wanted.op == "ends" and text.isascii() and text.isdecimal() and len(text) <= self.digits:
            return NumberMatch("ending", Opened(text))
        if wanted.op == "equals" and not DIGIT.search(text):
            return NumberMatch("equals", Opened(text))
        raise LensError(self.rule)

    def scope(self, scope: Scope) -> Scope:
        """A scope with the numbers that may be asked for, sealed ones opened. Raises LensError."""
        return scope._replace(
            caller=self._asked("caller", scope.caller),
            destination=self._asked("destination", scope.destination),
        )

    def _asked(self, field: str, wanted: NumberMatch | None) -> NumberMatch | None:
        try:
            return self.match(wanted)
        except LensError as refused:
            refused.field = field
            raise

    def veil(self, value: T) -> T:
        """A value with every number in it masked: of records and frames whatever stands under one of FIELDS,
        also within lists, tuples and dicts. A text alone is no number.
        """
        veiled: Any = value
        if isinstance(value, pd.DataFrame):
            veiled = self._frame(value)
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            veiled = self._record(value)
        elif isinstance(value, dict):
            veiled = {name: self._field(name, held) for name, held in value.items()}
        elif isinstance(value, (list, tuple)):
            veiled = type(value)(self.veil(one) for one in value)
        return veiled  # type: ignore[no-any-return]

    def _record(self, value: Any) -> Any:
        special = SPECIAL.get(type(value))
        told = special(self, value) if special else {}
        told = {name: told.get(name, self._field(name, held)) for name, held in value._asdict().items()}
        return type(value)(**told)

    def _field(self, name: Any, value: Any) -> Any:
        if name in LINKS and isinstance(value, dict):
            return _link(self, value)
        treat = FIELDS.get(name) if isinstance(value, str) else None
        return treat(self, value) if treat else self.veil(value)

    def _frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        held = {name: FIELDS[name] for name in frame.columns if name in FIELDS}
        columns = {
            name: pd.Series([treat(self, text) for text in frame[name]], frame.index, object)
            for name, treat in held.items()
        }
        return frame.assign(**columns)

    def _tail(self, text: str) -> str:
        digits = "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())
        shown = min(self.digits, len(digits) // 2)
        return digits[len(digits) - shown :]


def nothing(lens: Lens, text: str) -> str:
    """What is left out."""
    return ""


FIELDS: dict[Any, Any] = {
    "caller": Lens.seal,
    "destination": Lens.seal,
    "number": Lens.seal,
    "caller_name": Lens.words,
    "uuid": Lens.name,
    "prefix": Lens.head,
    "channel": nothing,
    "peer_channel": nothing,
    "application": nothing,
    "raw": nothing,
}
"""What becomes of a text by the name of its field."""
LINKS = ("filter",)
"""Fields that show calls: parameters of the pages' address."""


def _event(lens: Lens, event: Event) -> dict[str, Any]:
    subject = event.subject
    whole = any(f"equals:{subject}" in texts for texts in event.filter.values())
    return {"subject": lens.seal(subject) if whole else lens.head(subject)}


def _live(lens: Lens, call: LiveCall) -> dict[str, Any]:
    return {"id": lens.name(call.id)}


def _said(lens: Lens, record: Any) -> dict[str, Any]:
    return {"words": lens.words(record.words)}


def _done(lens: Lens, entry: audit.Entry) -> dict[str, Any]:
    return {name: lens.words(getattr(entry, name)) for name in ("object", "words")}


def _link(lens: Lens, told: dict[str, Any]) -> dict[str, Any]:
    """The same without what numbers begin with; a whole number is sealed."""
    kept = dict(told)
    for name in ("caller", "destination"):
        texts = [text.partition(":") for text in kept.pop(name, ())]
        if sealed := [f"equals:{lens.seal(rest)}" for op, _, rest in texts if op == "equals"]:
            kept[name] = sealed
    return kept


SPECIAL: dict[type, Any] = {
    Event: _event,
    LiveCall: _live,
    Hit: _said,
    lists.Entry: _said,
    audit.Entry: _done,
}
"""Fields that mean numbers in one kind of record alone."""


def of(settings: Settings, role: str) -> Lens | None:
    """Through what users of a role see numbers; None: whole."""
    chosen = settings.privacy.of(role)
    return None if chosen is None else Lens(chosen, seals.derived(secrets.key(settings)))


def through(lens: Lens | None, value: T) -> T:
    """A value as it is seen through a lens; None: as it is."""
    return lens.veil(value) if lens else value
