"""Secrets lie encrypted in the database, or only by the name of a variable, and are in no error."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from store import secrets
from store.errors import SettingsError
from store.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.mark.parametrize("secret", ["hunter2", "", "pass with blanks é☎", "a" * 5_000, "\ud800"])
def test_what_was_sealed_is_revealed(settings: Settings, secret: str) -> None:
    kept = secrets.seal(settings, secret)
    assert secret == "" or secret not in kept
    assert secrets.reveal(settings, kept) == secret


def test_the_key_is_its_owners_alone_and_made_once(settings: Settings) -> None:
    kept = secrets.seal(settings, "hunter2")
    file = settings.data / secrets.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.data.iterdir()] == [secrets.FILE]
    assert secrets.reveal(Settings(data=settings.data), kept) == "hunter2"


def test_a_key_of_the_settings_wins_over_the_file(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    one, other = (Settings(data=tmp_path / name, secret_key=key) for name in ("one", "other"))
    assert secrets.reveal(other, secrets.seal(one, "hunter2")) == "hunter2"
    assert not (tmp_path / "one").exists()


def test_another_key_is_said_without_the_secret(tmp_path: Path) -> None:
    kept = secrets.seal(Settings(data=tmp_path / "one"), "hunter2")
    with pytest.raises(SettingsError, match=r"encrypted with another key .* enter it again\.") as error:
        secrets.reveal(Settings(data=tmp_path / "other"), kept)
    assert "hunter2" not in str(error.value)


def test_a_key_that_is_none_is_said_how_to_make(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, secret_key="short")
    with pytest.raises(SettingsError, match="CDR_STATS_SECRET_KEY is none; one is made by") as error:
        secrets.seal(settings, "hunter2")
    assert "hunter2" not in str(error.value)


def test_a_variable_is_looked_up_when_it_is_needed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = secrets.seal(settings, "env:PBX_PASSWORD")
    assert kept == "env:PBX_PASSWORD"
    with pytest.raises(SettingsError, match="PBX_PASSWORD, which should hold a secret, is not set"):
        secrets.reveal(settings, kept)
    monkeypatch.setenv("PBX_PASSWORD", "hunter2")
    assert secrets.reveal(settings, kept) == "hunter2"
