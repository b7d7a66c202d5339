"""A provider of OpenID Connect: what it publishes, and what it says of a person, proved by its keys (Core 1.0
and Discovery 1.0). Nothing is believed that is not signed, by it, for us, now, and for the login that asked.
"""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from store.setting_tables import OidcSettings, proper

LEEWAY = 60
"""Seconds by which its clock may differ from ours."""
KNOWN = 3600.0
"""Seconds for which what the provider publishes is believed."""
SECONDS, LARGEST = 10.0, 1_000_000
"""Of an answer of the provider."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Those by which a key signs that only the provider has; never `none`, never one of a shared secret."""


class Failed(Exception):
    """What the provider answers cannot be used; the text says why, for the log."""


class Unproved(Failed):
    """What it says of somebody is not proved."""


class Provider:
    """A provider of OpenID Connect, and what it publishes of itself."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def metadata(self) -> dict[str, Any]:
        """Its description (OpenID Connect Discovery 1.0). Raises Failed."""
        issuer = self.settings.issuer
        found = await self._published(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise Failed(f"its issuer is {found.get('issuer')!r:.200}")
        return found

    async def claims(self, code: str, back: str, verifier: str, nonce: str) -> dict[str, Any]:
        """Who somebody is, for the code that their browser brought. Raises Failed."""
        told = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        answer = await self._post(endpoint(told, "token_endpoint"), form, told)
        known = await self._proved(str(answer.get("id_token", "")), told, nonce)
        if told.get("userinfo_endpoint") and not self._wanted <= set(known):
            known = await self._more(known, str(answer.get("access_token", "")), told)
        return known

    @property
    def _wanted(self) -> set[str]:
        """The claims asked for: the userinfo may tell what the id token leaves out (Core 1.0, 5.4)."""
        settings = self.settings
        return {settings.name_claim, settings.groups_claim, settings.accounts_claim} - {""}

    async def _proved(self, token: str, told: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an id token (Core 1.0, 3.1.3.7)."""
        try:
            try:
                found = jwt.decode(token, await self._keys(told), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # its keys may be others by now
                found = jwt.decode(token, await self._keys(told, fresh=True), algorithms=ALGORITHMS)
            known: dict[str, Any] = found.claims
            audience = known.get("aud")
            several = audience if isinstance(audience, list) else [audience]
            if self.settings.client_id not in several:
                raise Unproved("it is for somebody else")
            if known.get("azp", self.settings.client_id) != self.settings.client_id:
                raise Unproved("it was given to somebody else")
            essential = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            }
            jwt.JWTClaimsRegistry(leeway=LEEWAY, **essential).validate(known)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError) as problem:
            raise Unproved(f"its id token is not good: {type(problem).__name__}") from None
        sub = known["sub"]
        if not isinstance(sub, str) or not 0 < len(sub) <= 255 or not sub.isprintable():
            raise Unproved("it names nobody")
        return known

    async def _more(self, known: dict[str, Any], access: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """With what only its userinfo tells, which has to be about the same person."""
        found = await self._get(endpoint(told, "userinfo_endpoint"), {"Authorization": f"Bearer {access}"})
        if found.get("sub") != known["sub"]:
            raise Unproved("its userinfo is about somebody else")
        return {**found, **known}

    async def _keys(self, told: Mapping[str, Any], fresh: bool = False) -> KeySet:
        address = endpoint(told, "jwks_uri")
        if fresh:
            self._known.pop(address, None)
        return KeySet(list(_readable((await self._published(address)).get("keys"))))

    async def _published(self, address: str) -> dict[str, Any]:
        held = self._known.get(address)
        if held is None or time.monotonic() - held[0] > KNOWN:
            held = self._known[address] = (time.monotonic(), await self._get(address, {}))
        return held[1]

    async def _post(self, address: str, form: dict[str, str], told: Mapping[str, Any]) -> dict[str, Any]:
        secret, name = self.settings.client_secret, self.settings.client_id
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret and "client_secret_basic" in ways:
            pair = f"{quote(name, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = form | {"client_id": name}
            form |= {"client_secret": secret.get_secret_value()} if secret else {}
        return await _asked(address, method="POST", headers=headers, body=urlencode(form))

    async def _get(self, address: str, headers: dict[str, str]) -> dict[str, Any]:
        return await _asked(address, headers=headers)


def _readable(keys: object) -> Iterator[Key]:
    """Its keys, but for those of a kind that we do not know, which sign nothing that we believe."""
    for one in keys if isinstance(keys, list) else ():
        with suppress(JoseError, LookupError, TypeError, ValueError):
            yield JWKRegistry.import_key(one)


def endpoint(told: Mapping[str, Any], name: str) -> str:
    """An address of its description. Raises Failed."""
    address = told.get(name)
    if not isinstance(address, str) or not proper(address):
        raise Failed(f"its {name} is no address over https")
    return address


async def _asked(address: str, **request: Any) -> dict[str, Any]:
    """An answer in JSON. Raises Failed, never with what was sent."""
    client = AsyncHTTPClient(force_instance=True, max_body_size=LARGEST)
    try:
        answer: HTTPResponse = await client.fetch(
            address, connect_timeout=SECONDS, request_timeout=SECONDS, follow_redirects=False, **request
        )
        found = json.loads(answer.body)
    except (TimeoutError, HTTPClientError, OSError, ValueError, RecursionError) as problem:
        raise Failed(f"{address.partition('?')[0]} answers: {str(problem)[:200]}") from None
    finally:
        client.close()
    if not isinstance(found, dict):
        raise Failed(f"{address.partition('?')[0]} answers no object")
    return found
