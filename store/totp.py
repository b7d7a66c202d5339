"""Codes of an authenticator (RFC 6238) beside the password, for who wants them: a secret a user, kept
encrypted, each of whose codes is taken once.
"""

import base64
import hmac
import secrets as random
import struct
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from pymongo.client_session import ClientSession

from store import secrets
from store.database import Store, key_of
from store.record import EPOCH

NAME = "totps"
STEP = timedelta(seconds=30)
DIGITS = 6
DRIFT = 1
"""Steps by which the clock of a telephone may be off, in either direction (RFC 6238, 5.2)."""
ISSUER = "CDR-Stats"


class Begun(NamedTuple):
    """A secret that its user has yet to confirm by a code: what is typed in, and the address of a QR code."""

    secret: str
    address: str


def code(secret: bytes, step: int, digits: int = DIGITS, digest: str = "sha1") -> str:
    """The code of a step (30 s since 1970): HOTP of RFC 4226, 5.3, counted by time as in RFC 6238, 4.2."""
    mac = hmac.digest(secret, struct.pack(">Q", step), digest)
    (number,) = struct.unpack_from(">I", mac, mac[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**digits:0{digits}}"


def step_of(moment: datetime) -> int:
    """The step in which an aware moment lies."""
    return (moment - EPOCH) // STEP


def begin(store: Store, user: str, name: str) -> Begun:
    """Make a secret for the user of this id, of whom no code is asked before `confirm`; it replaces one that
    was not confirmed, and is shown here only. Raises SettingsError for a bad key.
    """
    secret = base64.b32encode(random.token_bytes(20)).decode("ascii")
    told = {"secret": secrets.seal(store.settings, secret), "step": -1}
    store.db[NAME].update_one({"_id": key_of(user)}, {"$set": {"begun": told}}, upsert=True)
    return Begun(secret, address(name, secret))


def address(name: str, secret: str) -> str:
    """The address by which an authenticator takes the secret of a user of this name over, as a QR code or a
    link (Google Authenticator's Key URI Format).
    """
    label, issuer = quote(f"{ISSUER}:{name}", safe=""), quote(ISSUER, safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={issuer}"


def confirm(store: Store, session: ClientSession, user: str, typed: str, now: datetime) -> bool:
    """Make the begun secret the one that counts, if the code is one of it, in the transaction that notes so
    at the user; called by store.users alone.
    """
    found = store.db[NAME].find_one({"_id": key_of(user), "begun": {"$exists": True}}, session=session)
    step = _step(store, found["begun"]["secret"], typed, now) if found else None
    if found is None or step is None:
        return False
    told = {"$set": {"secret": found["begun"]["secret"], "step": step}, "$unset": {"begun": ""}}
    store.db[NAME].update_one({"_id": found["_id"]}, told, session=session)
    return True


def accept(store: Store, user: str, typed: str, now: datetime) -> bool:
    """Whether a code is one of now (or a step off), and neither it nor a later one was accepted before."""
    found = store.db[NAME].find_one({"_id": key_of(user), "secret": {"$exists": True}})
    step = _step(store, found["secret"], typed, now) if found else None
    if found is None or step is None:
        return False
    lookup = {"_id": found["_id"], "secret": found["secret"], "step": {"$lt": step}}
    return store.db[NAME].update_one(lookup, {"$set": {"step": step}}).matched_count == 1


def forget(store: Store, session: ClientSession, user: str) -> None:
    """Forget a user's secret, in the transaction that notes so at the user; called by store.users alone."""
    store.db[NAME].delete_one({"_id": key_of(user)}, session=session)


def _step(store: Store, kept: str, typed: str, now: datetime) -> int | None:
    """The step whose code this is, as far as clocks may be off; every step is compared, in constant time."""
    secret = base64.b32decode(secrets.reveal(store.settings, kept))
    bare = "".join(typed.split()).encode("utf-8", "replace")
    middle = max(step_of(now), DRIFT)
    near = range(middle - DRIFT, middle + DRIFT + 1)
    matching = [step for step in near if hmac.compare_digest(code(secret, step).encode(), bare)]
    return max(matching, default=None)
