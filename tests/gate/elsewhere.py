"""A provider of OpenID Connect on this machine, which lets everybody in and lies as it is told."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "cdr-stats", "a secret & more"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
STRANGER = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
"""A key of somebody else that says it is this one."""
Lie = Callable[[dict[str, Any]], dict[str, Any] | str]


def signed(claims: dict[str, Any], key: RSAKey = KEY) -> str:
    """An id token."""
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key)


def unsigned(claims: dict[str, Any]) -> str:
    """One that nobody signed (`alg` none)."""
    return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."


def shared(claims: dict[str, Any]) -> str:
    """One that is signed with the public key, as if that were a shared secret."""
    text = f"{_encoded({'alg': 'HS256', 'kid': 'k1'})}.{_encoded(claims)}"
    mark = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Elsewhere:
    """The provider: `claims` are what it says of whoever comes, `lie` changes what it answers."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.lie: Lie = signed
        self.denies = self.silent = False
        self.more: dict[str, Any] = {}
        """What only its userinfo tells."""
        self.keys: list[dict[str, Any]] = []
        """Keys beside its own."""
        self.key = KEY
        """Its own."""
        self.proof: tuple[list[str], str] | None = None
        """How who asks for a token proves to be the client, and by which secret; None is by a header."""
        self.codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self)

            def do_POST(self) -> None:
                provider.answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        length = int(asked.headers.get("Content-Length") or 0)
        form = {name: values[0] for name, values in parse_qs(asked.rfile.read(length).decode()).items()}
        if self.silent:
            asked.send_error(500)
        elif parts.path == "/authorize":
            asked.send_response(302)
            asked.send_header("Location", self._authorized(query))
            asked.end_headers()
        else:
            ways: dict[str, Callable[[], dict[str, Any]]] = {
                "/.well-known/openid-configuration": self._metadata,
                "/keys": lambda: {"keys": [*self.keys, self.key.as_dict(private=False)]},
                "/userinfo": lambda: self.more,
                "/token": lambda: self._token(form, asked.headers.get("Authorization", "")),
            }
            self._send(asked, ways[parts.path]())

    def _send(self, asked: BaseHTTPRequestHandler, found: dict[str, Any]) -> None:
        body = json.dumps(found).encode()
        asked.send_response(400 if "error" in found else 200)
        asked.send_header("Content-Type", "application/json")
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    def _metadata(self) -> dict[str, Any]:
        ends = {"authorization": "authorize", "token": "token"} | (
            {"userinfo": "userinfo"} if self.more else {}
        )
        ways = {"token_endpoint_auth_methods_supported": self.proof[0]} if self.proof else {}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **ways} | {
            f"{name}_endpoint": f"{self.url}/{path}" for name, path in ends.items()
        }

    def _authorized(self, query: dict[str, str]) -> str:
        """Where a browser is sent back to."""
        if self.denies:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _is_client(self, form: dict[str, str], authorization: str) -> bool:
        """Whether who asks is who registered here (Core 1.0, 9)."""
        if self.proof:
            told = form.get("client_id"), form.get("client_secret", "")
            return told == (CLIENT, self.proof[1]) and not authorization
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        return pair == f"{CLIENT}:a%20secret%20%26%20more"

    def _token(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        """What a code gives, once, to who began."""
        query = self.codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if query is None or query["code_challenge"] != challenge or not self._is_client(form, authorization):
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": query["nonce"]}
        token = self.lie(claims | self.claims)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}
