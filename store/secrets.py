"""Secrets as they lie in the database: encrypted by a key that does not, or only the name of a variable."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from store.errors import SettingsError
from store.settings import Settings

FILE = "secrets.key"
VARIABLE = "env:"
"""A secret that begins so is taken from that environment variable whenever it is needed."""


def seal(settings: Settings, secret: str) -> str:
    """What is kept of a secret: its ciphertext, or `env:NAME` as it is; SettingsError for a bad key."""
    if secret.startswith(VARIABLE):
        return secret
    return _cipher(settings).encrypt(secret.encode("utf-8", "surrogatepass")).decode("ascii")


def reveal(settings: Settings, kept: str) -> str:
    """The secret that was kept. Raises SettingsError, without any of it, when the key is another one or the
    variable is missing.
    """
    if kept.startswith(VARIABLE):
        name = kept.removeprefix(VARIABLE)
        if name not in os.environ:
            raise SettingsError(f"The environment variable {name}, which should hold a secret, is not set.")
        return os.environ[name]
    try:
        return _cipher(settings).decrypt(kept.encode("ascii")).decode("utf-8", "surrogatepass")
    except InvalidToken:
        raise SettingsError(
            f"A secret was encrypted with another key than that of {_where(settings)}; enter it again."
        ) from None


def key(settings: Settings) -> bytes:
    """The key of this installation, for others to be derived from; SettingsError for a bad one."""
    _cipher(settings)
    return _held(settings).encode()


def _held(settings: Settings) -> str:
    """The key of the settings, else that in the data folder, made the first time."""
    return settings.secret_key.get_secret_value() if settings.secret_key else _key(settings.data / FILE)


def _cipher(settings: Settings) -> Fernet:
    try:
        return Fernet(_held(settings))
    except ValueError:
        raise SettingsError(
            f"The key of {_where(settings)} is none; one is made by `openssl rand -base64 32 | tr +/ -_`."
        ) from None


def _where(settings: Settings) -> str:
    return "CDR_STATS_SECRET_KEY" if settings.secret_key else str(settings.data / FILE)


def _key(file: Path) -> str:
    """The key in this file, its owner's alone; written aside and linked: nobody reads half of it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{FILE}.{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key())
        try:
            os.link(new, file)
        except FileExistsError:
            pass  # another process was faster: its key counts
        finally:
            new.unlink()
    return file.read_text(encoding="ascii", errors="replace").strip()
