"""Logging in by OpenID Connect (Core 1.0, the authorization code flow with PKCE, RFC 7636): a provider says
who somebody is, and they get a session of ours.

State, nonce and verifier are made of one secret in a cookie of the browser that asked, which works once.
"""

import base64
import logging
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlencode

from app.gate import COOKIE, LOST, Gate, address_of
from app.login import SILENT, Login, going_on
from app.provider import Failed, Provider, Unproved, endpoint
from app.tongue import mark
from store import audit, outside, sessions, tokens, users
from store.audit import Entry
from store.database import Store
from store.logins import Refused
from store.outside import Person
from store.people import User
from store.sentence import Sentence
from store.setting_tables import OidcSettings

LOG = logging.getLogger(__name__)
FLOW = "cdr-oidc"
"""The cookie of a login that is under way."""
PURPOSE = "oidc"
LASTS = timedelta(minutes=10)
OFF = mark("Nobody logs in by OpenID Connect here.")
UNREACHED = mark("{label} does not answer as it should; try again in a moment, or log in with your password.")
UNPROVED = mark(
    "What {label} says of you could not be proved; try again, and tell whoever runs CDR-Stats if it stays."
)
DENIED = mark("{label} did not let you in.")
AGAIN = mark("This login took too long, or was begun elsewhere; begin anew.")


def provider(store: Store) -> Provider | None:
    """The provider of the settings, if there is one."""
    return Provider(store.settings.oidc) if store.settings.oidc else None


def made_of(secret: str, what: str) -> str:
    """State, nonce or verifier of the login whose secret this is; none of them tells another."""
    return base64.urlsafe_b64encode(sha256(f"{what} {secret}".encode()).digest()).rstrip(b"=").decode()


class Out(Login):
    """GET /oidc: off to the provider, and back."""

    def initialize(self, store: Store, gate: Gate, provider: Provider | None = None) -> None:
        """Tornado hands over what the route was given."""
        super().initialize(store, gate)
        self.provider = provider

    async def prepare(self) -> None:
        """Code and state are taken out of the address before anything of it is logged."""
        self.request.uri, self.request.query = self.request.path, ""
        await super().prepare()

    async def get(self) -> None:
        """Begin a login; with a state it is the way back."""
        provider = self.provider
        if provider is None or self.gate.guest:
            self._refused(404, OFF)
            return
        try:
            await (self._back(provider) if self.get_query_argument("state", "") else self._off(provider))
        except Refused as refused:
            self._refused(403, str(refused))
        except Failed as failed:
            LOG.warning("%s: %s", provider.settings.issuer, failed)
            status, sentence = (403, UNPROVED) if isinstance(failed, Unproved) else (503, UNREACHED)
            self._refused(status, Sentence(sentence, label=provider.settings.label))
        except LOST:
            self._refused(503, SILENT)

    async def _off(self, provider: Provider) -> None:
        now = datetime.now(UTC)
        told = await provider.metadata()
        secret = await self.aside(tokens.make, self.store, "", now, PURPOSE, LASTS)
        on = going_on(self.get_query_argument("next", ""))
        self._hold(f"{secret}.{base64.urlsafe_b64encode(on.encode()).decode()}")
        digest = sha256(made_of(secret, "verifier").encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": provider.settings.client_id,
            "redirect_uri": self._here(),
            "scope": " ".join(provider.settings.scopes),
            "state": made_of(secret, "state"),
            "nonce": made_of(secret, "nonce"),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = endpoint(told, "authorization_endpoint")
        self.redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}")

    async def _back(self, provider: Provider) -> None:
        secret, _, kept = (self.get_cookie(FLOW) or "").partition(".")
        self.clear_cookie(FLOW)
        state = self.get_query_argument("state", "")
        if not secret or not compare_digest(
            made_of(secret, "state").encode(), state.encode("utf-8", "replace")
        ):
            raise Refused(AGAIN)
        now = datetime.now(UTC)
        try:
            await self.aside(tokens.use, self.store, secret, now, PURPOSE)
        except tokens.Spent:
            raise Refused(AGAIN) from None
        code = self.get_query_argument("code", "")
        if not code:
            LOG.info(
                "%s denied a login: %.100r", provider.settings.issuer, self.get_query_argument("error", "")
            )
            raise Refused(Sentence(DENIED, label=provider.settings.label))
        claims = await provider.claims(
            code, self._here(), made_of(secret, "verifier"), made_of(secret, "nonce")
        )
        person = Person(f"{provider.settings.issuer} {claims['sub']}", claims)
        token = await self.aside(self._let_in, provider.settings, person)
        self.gate.forget(self.get_cookie(COOKIE) or "")
        self.keep(token)
        self.redirect(going_on(_read(kept)))

    def _let_in(self, settings: OidcSettings, person: Person) -> str:
        """Gives the token of a new session. Raises Refused."""
        now, address = datetime.now(UTC), address_of(self.request)
        try:
            user: User = outside.enter(self.store, settings, person, now)
        except Refused:
            known = users.by_subject(self.store, person.subject)
            name = known.name if known else ""
            audit.put(self.store, Entry(name, address, "refused", "login", "", "OpenID Connect"), now)
            raise
        audit.put(self.store, Entry(user.name, address, "log in", "login", "", "OpenID Connect"), now)
        sessions.end(self.store, self.get_cookie(COOKIE) or "")
        return sessions.begin(self.store, user, address, now)

    def _here(self) -> str:
        """The address that the provider sends the browser back to."""
        public = self.store.settings.public_url.rstrip("/")
        return f"{public or f'{self.request.protocol}://{self.request.host}'}/oidc"

    def _hold(self, value: str) -> None:
        secure = self.request.protocol == "https" or self.store.settings.public_url.startswith("https:")
        self.set_cookie(
            FLOW, value, max_age=int(LASTS.total_seconds()), httponly=True, samesite="Lax", secure=secure
        )

    def _refused(self, status: int, sentence: str) -> None:
        self.set_status(status)
        self._form(problem=sentence)


def _read(kept: str) -> str:
    """Where the login was to go on."""
    try:
        return base64.urlsafe_b64decode(kept).decode()
    except ValueError:
        return ""
