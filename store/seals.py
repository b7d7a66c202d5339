"""Sealed numbers: the same text always becomes the same token, which only this installation opens.

AES-SIV (RFC 5297) needs no nonce, and notices every change. Its key is derived from that of the secrets.
"""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
PURPOSE = b"cdr-stats privacy lens 1"
CACHED = 65_536
PACKED = "0123456789+*#"
TEXT, PAD = 0xFF, 0xF
"""What begins the bytes of a text of other signs, and fills up the last byte of packed ones."""


@lru_cache
def derived(key: bytes) -> bytes:
    """The key of seals that goes with an installation's key."""
    return HKDF(hashes.SHA256(), KEY_BYTES, None, PURPOSE).derive(key)


@lru_cache(CACHED)
def token(key: bytes, text: str) -> str:
    """The token of a text, of signs that stand in an address as they are: 31 of them for a number of 13."""
    data = _cipher(key).encrypt(_packed(text), [PURPOSE])
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def opened(key: bytes, sealed: str) -> str | None:
    """The text of a token; None for what was not made by this key, or was changed."""
    try:
        data = base64.b64decode(sealed + "=" * (-len(sealed) % 4), b"-_", validate=True)
        text = _unpacked(_cipher(key).decrypt(data, [PURPOSE]))
    except (InvalidTag, binascii.Error, ValueError):
        return None
    # the last character of base64 may have bits that say nothing
    return text if token(key, text) == sealed else None


@lru_cache
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(key)


def _packed(text: str) -> bytes:
    """Two signs of a number to a byte; other texts as they are, behind a byte that no number begins with."""
    places = [PACKED.find(sign) for sign in text]
    if -1 in places:
        return bytes((TEXT,)) + text.encode("utf-8", "surrogatepass")
    places += [PAD] * (len(places) % 2)
    return bytes(16 * high + low for high, low in zip(places[::2], places[1::2], strict=True))


def _unpacked(data: bytes) -> str:
    if data[:1] == bytes((TEXT,)):
        return data[1:].decode("utf-8", "surrogatepass")
    places = [place for one in data for place in divmod(one, 16)]
    return "".join(PACKED[place] for place in places if place != PAD)
