"""What a provider of OpenID Connect publishes and says, as providers differ in it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError

from app.provider import Failed, Provider, Unproved, endpoint
from store.setting_tables import OidcSettings
from tests.gate.elsewhere import CLIENT, SECRET, Elsewhere, signed

BACK, VERIFIER, NONCE = "https://cdr.example.org/oidc", "v" * 43, "n" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """The provider."""
    found = Elsewhere()
    yield found
    found.stop()


def provider(elsewhere: Elsewhere, secret: str = SECRET) -> Provider:
    """As the program knows it."""
    held = SecretStr(secret) if secret else None
    return Provider(OidcSettings(issuer=elsewhere.url, client_id=CLIENT, client_secret=held))


def told(elsewhere: Elsewhere, known: Provider | None = None) -> dict[str, Any]:
    """What is believed of who brings a code of that provider."""
    elsewhere.codes["c"] = {"code_challenge": CHALLENGE, "nonce": NONCE}
    return asyncio.run((known or provider(elsewhere)).claims("c", BACK, VERIFIER, NONCE))


def test_what_the_id_token_leaves_out_the_userinfo_tells_and_no_more(elsewhere: Elsewhere) -> None:
    elsewhere.claims = {"sub": "7", "groups": ["noc"]}
    elsewhere.more = {"sub": "7", "preferred_username": "dora", "groups": ["chiefs"]}
    found = told(elsewhere)
    assert (found["preferred_username"], found["groups"]) == ("dora", ["noc"])
    elsewhere.more["sub"] = "8"
    with pytest.raises(Unproved, match="somebody else"):
        told(elsewhere)


def test_keys_of_a_kind_that_we_do_not_know_do_not_hide_the_others(elsewhere: Elsewhere) -> None:
    elsewhere.claims = {"sub": "7"}
    elsewhere.keys = [
        # of another curve, of a kind to come, for encryption, of nothing
        {"kty": "EC", "crv": "sect571", "kid": "a", "x": "AA", "y": "AA"},
        {"kty": "AKP", "kid": "b", "alg": "ML-DSA-44", "pub": "AA"},
        RSAKey.generate_key(2048, {"kid": "c", "use": "enc", "alg": "RSA-OAEP"}).as_dict(private=False),
        {},
    ]
    assert told(elsewhere)["sub"] == "7"


PROOFS = [
    # the secret in the form, where it takes no header
    (["client_secret_post"], SECRET, SECRET),
    # no secret, where the client has none: the verifier proves it
    (["none"], "", ""),
]


@pytest.mark.parametrize(("ways", "expected", "secret"), PROOFS)
def test_a_client_proves_itself_as_the_provider_asks(
    ways: list[str], expected: str, secret: str, elsewhere: Elsewhere
) -> None:
    elsewhere.claims, elsewhere.proof = {"sub": "7"}, (ways, expected)
    assert told(elsewhere, provider(elsewhere, secret))["sub"] == "7"
    elsewhere.proof = (ways, "another secret")
    with pytest.raises(Failed, match="/token answers"):
        told(elsewhere, provider(elsewhere, secret))


def test_a_provider_that_has_changed_its_keys_is_asked_for_them_anew(elsewhere: Elsewhere) -> None:
    known, elsewhere.claims = provider(elsewhere), {"sub": "7"}
    assert told(elsewhere, known)["sub"] == "7"
    new = elsewhere.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"})
    elsewhere.lie = lambda claims: jwt.encode({"alg": "RS256", "kid": "k2"}, claims, new)
    assert told(elsewhere, known)["sub"] == "7"
    # what the old key signed is believed no more
    elsewhere.lie = signed
    with pytest.raises(Unproved, match="not good"):
        told(elsewhere, known)


def test_another_issuer_in_what_it_publishes_is_none(elsewhere: Elsewhere) -> None:
    settings = OidcSettings(issuer=f"{elsewhere.url}/", client_id=CLIENT)
    with pytest.raises(Failed, match="its issuer is"):
        asyncio.run(Provider(settings).metadata())


@pytest.mark.parametrize("sub", ["", "x" * 256, "a\0b", "a\nb"])
def test_who_has_no_proper_subject_is_nobody(elsewhere: Elsewhere, sub: str) -> None:
    elsewhere.claims = {"sub": sub}
    with pytest.raises(Unproved):
        told(elsewhere)


PLACES = [
    # over https, and on this machine without
    ("https://id.example/realms/main", True),
    ("http://127.0.0.1:8080/realms", True),
    ("http://localhost", True),
    ("http://[::1]:8080", True),
    # what only looks like this machine
    ("http://localhost.evil.example", False),
    ("http://127.0.0.1.evil.example/", False),
    ("http://localhost@evil.example", False),
    ("https://me:secret@id.example", False),
    # another machine without https, and no address
    ("http://id.example", False),
    ("https://", False),
    ("https://[id.example", False),
    ("https://id.example/a b", False),
    ("javascript:alert(1)", False),
]


@pytest.mark.parametrize(("address", "good"), PLACES)
def test_a_provider_is_reached_over_https_or_on_this_machine(address: str, good: bool) -> None:
    if good:
        assert endpoint({"jwks_uri": address}, "jwks_uri") == address
        assert OidcSettings(issuer=address, client_id=CLIENT).issuer == address
        return
    with pytest.raises(Failed):
        endpoint({"jwks_uri": address}, "jwks_uri")
    with pytest.raises(ValidationError):
        OidcSettings(issuer=address, client_id=CLIENT)
