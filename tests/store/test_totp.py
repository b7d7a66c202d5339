"""Codes of an authenticator: as the RFC has them, each taken once, their secret encrypted."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest

from store import credentials, totp, users
from store.database import Store
from store.people import User
from tests.people import NOW, invited

SEEDS = {
    "sha1": b"1234567890" * 2,
    "sha256": b"1234567890" * 3 + b"12",
    "sha512": b"1234567890" * 6 + b"1234",
}

# RFC 6238, appendix B: seconds since 1970, and the codes of the three digests
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize(("seconds", *SEEDS), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    for (digest, seed), code in zip(SEEDS.items(), (sha1, sha256, sha512), strict=True):
        assert totp.code(seed, step, 8, digest) == code
        assert totp.code(seed, step, 6, digest) == code[2:]


def shown(secret: str, moment: datetime) -> str:
    """What an authenticator shows at a moment."""
    return totp.code(base64.b32decode(secret), totp.step_of(moment))


def protected(store: Store) -> tuple[User, str]:
    """Alice with codes, confirmed a minute ago, and her secret."""
    held = invited(store, "Alice")
    begun = totp.begin(store, held.id, held.name)
    then = NOW - timedelta(minutes=1)
    assert credentials.protect(store, held.id, shown(begun.secret, then), then)
    return held, begun.secret


DRIFTS = [
    # the same half minute, the one before and the one after it
    (0, True),
    (-30, True),
    (30, True),
    # clocks that are off by more
    (-60, False),
    (60, False),
]


@pytest.mark.parametrize(("seconds", "right"), DRIFTS)
def test_a_clock_may_be_off_by_a_step(store: Store, seconds: int, right: bool) -> None:
    begun = totp.begin(store, held := invited(store, "Alice").id, "Alice")
    code = shown(begun.secret, NOW + timedelta(seconds=seconds))
    assert credentials.protect(store, held, code, NOW) is right


def test_a_code_is_taken_once_and_none_before_it(store: Store) -> None:
    held, secret = protected(store)
    before, code = (shown(secret, NOW + timedelta(seconds=s)) for s in (-30, 0))
    assert totp.accept(store, held.id, f" {code[:3]} {code[3:]}", NOW)
    assert not totp.accept(store, held.id, code, NOW)
    assert not totp.accept(store, held.id, before, NOW)
    later = NOW + timedelta(seconds=30)
    assert totp.accept(store, held.id, shown(secret, later), later)


def test_of_many_who_bring_a_code_at_once_one_is_let_in(store: Store) -> None:
    held, secret = protected(store)
    meet, code = Barrier(8), shown(secret, NOW)

    def accept(_: int) -> bool:
        meet.wait()
        return totp.accept(store, held.id, code, NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(accept, range(8))) == [False] * 7 + [True]


WRONG = ["", "000000 ", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "\ud800"]


@pytest.mark.parametrize("typed", WRONG)
def test_what_is_no_code_is_wrong(store: Store, typed: str) -> None:
    held, secret = protected(store)
    assert shown(secret, NOW) != typed
    assert not totp.accept(store, held.id, typed, NOW)


def test_the_secret_lies_encrypted_and_is_no_users(store: Store) -> None:
    held, secret = protected(store)
    kept = repr([list(store.db[name].find()) for name in (totp.NAME, users.NAME)])
    assert secret not in kept
    assert users.one(store, held.id) == held._replace(totp=True)


def test_a_secret_counts_once_it_is_confirmed(store: Store) -> None:
    held = invited(store, "Alice")
    first, second = (totp.begin(store, held.id, held.name).secret for _ in range(2))
    assert not totp.accept(store, held.id, shown(second, NOW), NOW)
    assert not credentials.protect(store, held.id, shown(first, NOW), NOW)
    assert users.one(store, held.id) == held
    assert credentials.protect(store, held.id, shown(second, NOW), NOW)
    # another one that is not confirmed leaves it as it is
    totp.begin(store, held.id, held.name)
    later = NOW + timedelta(minutes=1)
    assert totp.accept(store, held.id, shown(second, later), later)
    assert credentials.unprotect(store, held.id)
    assert users.one(store, held.id) == held
    assert store.db[totp.NAME].find_one() is None


def test_the_address_of_a_secret_is_what_an_authenticator_reads(store: Store) -> None:
    begun = totp.begin(store, invited(store, "Alice").id, "al&ice@x?y")
    address = urlsplit(begun.address)
    assert (address.scheme, address.netloc, address.path) == (
        "otpauth",
        "totp",
        "/CDR-Stats%3Aal%26ice%40x%3Fy",
    )
    assert parse_qs(address.query) == {"secret": [begun.secret], "issuer": ["CDR-Stats"]}
