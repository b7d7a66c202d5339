"""The settings: an environment variable `CDR_STATS_*` wins over the TOML file, the file over the default."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import platformdirs
import psutil
import pydantic_settings
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from store import complaint, mailboxes
from store.errors import SettingsError
from store.meanings import ABOUT, COMPUTED
from store.setting_tables import OidcSettings, PrivacySettings

PREFIX = "CDR_STATS_"
CONFIG = "CDR_STATS_CONFIG"
FILE = "cdr-stats.toml"
TABLES = {"switches", "sources", "privacy", "oidc"}


def _zone(name: str) -> str:
    """An IANA time zone name, as it is."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("not a zone") from None
    return name


def _country(code: str) -> str:
    """A code that some country has."""
    # here, since the metadata of all numbers takes a moment and few processes have switches to read for
    from store.numbers import calling_code

    calling_code(code)
    return code


def _address(uri: SecretStr) -> SecretStr:
    """The schemes that MongoDB knows."""
    if not uri.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("not an address")
    return uri


def _folder(path: Path) -> Path:
    """The same folder for every working directory."""
    if "\0" in str(path):
        raise ValueError("not a folder")
    return path.expanduser().absolute()


def _split(value: object) -> object:
    """A list may be written with commas or as JSON, which is how an environment variable holds one."""
    if not isinstance(value, str):
        return value
    if value.startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def _mailbox(text: str) -> str:
    """One e-mail address and nothing else, or nothing."""
    if text and not mailboxes.valid(text):
        raise ValueError("not an address")
    return text


def _cache_mb() -> int:
    """An eighth of the machine's memory, within a quarter of a GB and four GB: the indexes of a month of
    millions of calls should fit, or each new call reads a page of them from disk.
    """
    return int(min(4096, max(256, psutil.virtual_memory().total / 8 / 2**20)))


Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
Trunk = Annotated[str, Field(pattern=r"^[0-9]{0,16}$")]
Prefix = Annotated[str, Field(pattern=r"^\+?[0-9*#]*$", min_length=1, max_length=16)]
Prefixes = Annotated[tuple[Prefix, ...], NoDecode, BeforeValidator(_split)]
Hosts = Annotated[list[Annotated[str, Field(pattern=r"^\S+$")]], NoDecode, BeforeValidator(_split)]

Mailbox = Annotated[str, AfterValidator(_mailbox)]
Mailboxes = Annotated[tuple[Mailbox, ...], NoDecode, BeforeValidator(_split)]


class SwitchSettings(BaseModel):
    """How one switch writes times and numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Zone | None = None
    local_country: Country | None = None
    remove_prefixes: Prefixes = ("+", "00")
    international_prefixes: Prefixes = ("+", "00")
    trunk_prefix: Trunk = "0"
    internal_max_digits: int = Field(5, ge=0, le=15)
    local_max_digits: int | None = Field(None, ge=0, le=15)


class Settings(BaseSettings):
    """All settings; an unknown or wrong one is refused by name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    data: Annotated[Path, AfterValidator(_folder)] = Field(
        default_factory=lambda: platformdirs.user_data_path("cdr-stats", appauthor=False)
    )
    mongo_uri: Annotated[SecretStr, AfterValidator(_address)] | None = None
    database: str = Field("cdr_stats", pattern=r"^[A-Za-z0-9_-]{1,38}$")
    mongo_cache_mb: int = Field(default_factory=_cache_mb, ge=256, le=1_000_000)
    address: str = Field("127.0.0.1", pattern=r"^\S+$")
    port: int = Field(5006, ge=0, le=65535)
    zone: Zone = "UTC"
    query_seconds: float = Field(2.0, gt=0, le=3600)
    websocket_origins: Hosts = Field(default_factory=list)
    retention_days: int = Field(0, ge=0, le=36_500)
    secret_key: SecretStr | None = None
    mail_host: str = Field("", pattern=r"^\S*$")
    mail_port: int = Field(587, ge=1, le=65535)
    mail_security: Literal["none", "starttls", "tls"] = "starttls"
    mail_user: str = ""
    mail_password: SecretStr | None = None
    mail_sender: Mailbox = ""
    mail_admins: Mailboxes = ()
    login: bool = True
    api_per_minute: int = Field(1_200, ge=1, le=1_000_000)
    public_url: str = Field("", pattern=r"^(https?://[^\s?#]+)?$")
    privacy: PrivacySettings = PrivacySettings()
    oidc: OidcSettings | None = None
    source_folders: Hosts = Field(default_factory=list)
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)
    switches: dict[str, SwitchSettings] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())


def config_file() -> Path | None:
    """The TOML file that counts: CDR_STATS_CONFIG, else the working directory's, else the user's, else None.

    Raises SettingsError when CDR_STATS_CONFIG names no file.
    """
    if named := os.environ.get(CONFIG):
        path = Path(named).expanduser()
        if not path.is_file():
            raise SettingsError(f"The environment variable {CONFIG} names {path}, which is not a file.")
        return path
    places = (Path(FILE), platformdirs.user_config_path("cdr-stats", appauthor=False) / FILE)
    return next((place for place in places if place.is_file()), None)


def load(**given: Any) -> Settings:
    """The settings of this process; `given` (such as a command's options) wins over everything.

    Raises SettingsError with one sentence: which setting, where it stands, and what is allowed.
    """
    complaint.refuse_unknown_variables(PREFIX, {CONFIG}, set(Settings.model_fields), TABLES)
    file = config_file()
    complaint.refuse_unreadable(file)
    origin = complaint.Origin(PREFIX, file, frozenset(given))
    try:
        return Settings(**given)
    except pydantic_settings.SettingsError:  # the one setting that a variable holds as JSON
        variable = f"{PREFIX}SWITCHES"
        raise SettingsError(f"{variable} is not JSON; rather set {variable}__NAME__ZONE and so on.") from None
    except ValidationError as error:
        raise SettingsError(complaint.sentence(error, ABOUT, origin)) from None


def describe() -> Iterator[tuple[str, str, str, str]]:
    """Each setting as (name, default, environment variable, meaning); the README's table is made of it."""
    for name, field in Settings.model_fields.items():
        yield name, COMPUTED.get(name) or _shown(field.default), PREFIX + name.upper(), ABOUT[name][0]
    for table, model in (("privacy", PrivacySettings), ("oidc", OidcSettings)):
        for name, field in model.model_fields.items():
            variable = f"{PREFIX}{table.upper()}__{name.upper()}"
            yield f"{table}.{name}", _shown(field.default), variable, ABOUT[f"{table}.{name}"][0]
    for name, field in SwitchSettings.model_fields.items():
        variable = f"{PREFIX}SWITCHES__NAME__{name.upper()}"
        yield f"switches.NAME.{name}", _shown(field.default), variable, ABOUT[f"switches.{name}"][0]


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return ", ".join(default)
    return str(default) if isinstance(default, (str, int, float)) else ""
