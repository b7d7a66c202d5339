"""Who asks: by name and password, by an API key, by the session of the pages, or as the guest of a server
where nobody has to log in. Asked for every request, before any query.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from pymongo.client_session import ClientSession

from app.api.errors import Wrong
from app.api.rates import Rates
from app.gate import Gate, address_of, own_origin
from app.viewer import NOBODY, READ_ONLY, Viewer, of
from store import api_keys, audit, logins, users
from store.database import Store
from store.logins import CodeNeeded, Refused, TooMany
from store.passwords import HASHER
from store.people import User, key_of_name

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEPT = 60.0
"""Seconds for which a password that was right is not hashed again."""
MOST = 1_000
AN_ADDRESS = 3
"""An address may ask so many times as often as a user: it may be that of an office."""
FOREIGN = "This request was sent by a page of another site; it is refused."
CODED = "This user is asked for a code at the login; use an API key (cdr-stats user key add)."
LOG_IN = "Say who you are: with name and password, or with an API key."
BASIC, BEARER = 'Basic realm="CDR-Stats", charset="UTF-8"', 'Bearer realm="CDR-Stats"'
RIGHTS = {
    "alarms": "This is for those who edit alarms and number lists, and see all calls.",
    "sources": "This is for those who edit sources, and see all calls.",
    "users": "This is for those who edit users.",
}


class Ask(NamedTuple):
    """A request: who asks, whether they may change anything, from where, and what came with it."""

    store: Store
    viewer: Viewer
    writes: bool
    address: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    body: bytes

    def demand(self, right: str) -> None:
        """Raises Wrong for those who lack a right."""
        if not self.viewer.may(right):
            raise Wrong(403, RIGHTS[right])

    def demand_write(self, right: str) -> None:
        """Raises Wrong for those who lack a right, or may change nothing."""
        self.demand(right)
        if self.viewer.read_only:
            raise Wrong(403, READ_ONLY)
        if not self.writes:
            raise Wrong(403, "This API key may read only; one with the right to write is needed.")

    def noted(
        self, verb: str, kind: str, name: str, words: str = "", session: ClientSession | None = None
    ) -> None:
        """Note in the audit log what was done, within its transaction where there is one."""
        entry = audit.Entry(self.viewer.name, self.address, verb, kind, name, words)
        audit.put(self.store, entry, datetime.now(UTC), session)


class Right(NamedTuple):
    """A password that was right: of this user as of this generation, at this moment (monotonic)."""

    user: str
    generation: int
    at: float


class Door:
    """Lets requests in; remembers for a minute which passwords were right, by a digest under a key that
    only this process has.
    """

    def __init__(self, store: Store, gate: Gate) -> None:
        self.store, self.gate = store, gate
        self._secret = secrets.token_bytes(32)
        self._right: dict[bytes, Right] = {}
        self._rates = Rates(store.settings.api_per_minute)
        self._addresses = Rates(AN_ADDRESS * store.settings.api_per_minute)

    async def let_in(self, request: Request) -> Ask:
        """The request with who asks. Raises Wrong."""
        handler = request.state.handler
        address = address_of(handler.request)
        self._not_too_often(self._addresses, address)
        viewer, writes = await self._who(handler, address)
        if viewer is NOBODY:
            raise _unknown(handler, LOG_IN)
        if viewer.id:
            self._not_too_often(self._rates, viewer.id)
        pairs = tuple(request.query_params.multi_items())
        return Ask(self.store, viewer, writes, address, request.url.path, pairs, request.state.body)

    async def _who(self, handler: Any, address: str) -> tuple[Viewer, bool]:
        """Who asks, and whether they may change something."""
        request = handler.request
        own = own_origin(request, self.store.settings)
        if request.method not in SAFE and request.headers.get("Origin") and not own:
            raise Wrong(403, FOREIGN)
        if self.gate.guest:
            return self.gate.guest, True
        way, _, told = request.headers.get("Authorization", "").strip().partition(" ")
        if way.lower() == "bearer":
            return await asyncio.to_thread(self._by_key, handler, told.strip())
        if way.lower() == "basic":
            return await self._by_password(handler, told.strip(), address), True
        viewer = await self.gate.viewer(handler)
        # a browser sends the cookie along wherever a form of another site points to
        if viewer is not NOBODY and request.method not in SAFE and not own:
            raise Wrong(403, FOREIGN)
        return viewer, True

    def _by_key(self, handler: Any, token: str) -> tuple[Viewer, bool]:
        found = api_keys.whose(self.store, token, datetime.now(UTC))
        if found is None:
            raise _unknown(handler, "This API key does not work, or not any more.")
        user, key = found
        return of(user, self.store.settings), key.right == "write"

    async def _by_password(self, handler: Any, told: str, address: str) -> Viewer:
        """Who has this password; one that was right a moment ago waits for no other that is hashed."""
        name, password = _read(handler, told)
        digest = hmac.digest(
            self._secret, f"{key_of_name(name)}\0{password}".encode("utf-8", "replace"), sha256
        )
        user = await asyncio.to_thread(self._known, name, digest)
        if user is None:
            work = partial(self._entered, handler, name, password, address)
            user = await asyncio.get_running_loop().run_in_executor(self.gate.logins, work)
            self._remember(digest, user)
        return of(user, self.store.settings)

    def _known(self, name: str, digest: bytes) -> User | None:
        """The user whose password was right within the last minute, if nothing has changed since."""
        known = self._right.get(digest)
        if known is None or time.monotonic() - known.at >= KEPT:
            return None
        user = users.one(self.store, known.user)
        if user is None or not user.active or user.generation != known.generation or user.totp:
            return None
        return user if key_of_name(user.name) == key_of_name(name) else None

    def _entered(self, handler: Any, name: str, password: str, address: str) -> User:
        now = datetime.now(UTC)
        try:
            return logins.enter(self.store, name, password, address, now, hasher=HASHER)
        except CodeNeeded:
            raise _unknown(handler, CODED) from None
        except TooMany as refused:
            raise Wrong(429, str(refused), headers={"Retry-After": str(refused.seconds)}) from None
        except Refused as refused:
            # what nobody is called may be a password that was typed into the wrong field
            known = users.by_name(self.store, name)
            told = audit.Entry(known.name if known else "", address, "refused", "login", "api")
            audit.put(self.store, told, now)
            raise _unknown(handler, str(refused)) from None

    def _remember(self, digest: bytes, user: User) -> None:
        now = time.monotonic()
        if len(self._right) >= MOST:
            self._right = {key: one for key, one in list(self._right.items()) if now - one.at < KEPT}
        if len(self._right) < MOST:
            self._right[digest] = Right(user.id, user.generation, now)

    def _not_too_often(self, rates: Rates, name: str) -> None:
        if seconds := rates.wait(name):
            words = "1 second" if seconds == 1 else f"{seconds} seconds"
            headers = {"Retry-After": str(seconds)}
            raise Wrong(429, f"Too many requests; wait {words}, then go on.", headers=headers)


def _read(handler: Any, told: str) -> tuple[str, str]:
    """Name and password of a header (RFC 7617)."""
    with suppress(binascii.Error, ValueError):
        name, colon, password = base64.b64decode(told, validate=True).decode().partition(":")
        if colon:
            return name, password
    raise _unknown(handler, "The name and the password are not written as basic authentication.")


def _unknown(handler: Any, sentence: str) -> Wrong:
    """Who asks is not known. A script of a page gets another challenge, lest its browser asks for a name."""
    scripted = handler.request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    return Wrong(401, sentence, headers={"WWW-Authenticate": BEARER if scripted else BASIC})


async def _asked(request: Request) -> Ask:
    door: Door = request.app.state.door
    return await door.let_in(request)


Asked = Annotated[Ask, Depends(_asked)]
"""What an endpoint takes to know who asks."""
