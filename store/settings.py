"""The settings: an environment variable `CDR_STATS_*` wins over the TOML file, the file over the default."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import platformdirs
import psutil
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from store.errors import SettingsError

PREFIX = "CDR_STATS_"
CONFIG = "CDR_STATS_CONFIG"
FILE = "cdr-stats.toml"


def _zone(name: str) -> str:
    """An IANA time zone name, as it is."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("an IANA time zone such as UTC or Europe/Berlin") from None
    return name


def _split(value: object) -> object:
    """A list may be written with commas, which is how an environment variable holds one."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _cache_mb() -> int:
    """An eighth of the machine's memory, within a quarter of a GB and one GB."""
    return int(min(1024, max(256, psutil.virtual_memory().total / 8 / 2**20)))


def _folder(path: Path) -> Path:
    """The same folder for every working directory."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would follow links to nowhere


Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Digits = Annotated[str, Field(pattern=r"^\+?[0-9]*$", max_length=16)]
DigitsList = Annotated[tuple[Annotated[Digits, Field(min_length=1)], ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class SwitchSettings(BaseModel):
    """How one switch writes times and numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Zone | None = Field(None, description="zone of times that are written without one")
    local_country: Country | None = Field(None, description="country that a local number belongs to")
    remove_prefixes: DigitsList = Field(("+", "00"), description="prefixes to remove from a number")
    international_prefixes: DigitsList = Field(
        ("+", "00"), description="prefixes after which a country code follows"
    )
    trunk_prefix: Digits = Field("0", description="national prefix, stripped before a local number is read")
    internal_max_digits: int = Field(
        5, ge=0, le=15, description="a number of at most so many digits is internal"
    )
    local_max_digits: int | None = Field(
        None, ge=0, le=15, description="a number of at most so many digits belongs to local_country"
    )


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
        default_factory=lambda: platformdirs.user_data_path("cdr-stats", appauthor=False),
        description="data folder of the embedded database",
    )
    mongo_uri: SecretStr | None = Field(
        None, description="address of a MongoDB of your own (replica set or sharded cluster)"
    )
    database: str = Field(
        "cdr_stats", pattern=r"^[A-Za-z0-9_-]{1,38}$", description="name of the database in MongoDB"
    )
    mongo_cache_mb: int = Field(
        default_factory=_cache_mb,
        ge=256,
        le=1_000_000,
        description="memory for the embedded database's cache, in MB",
    )
    address: str = Field("127.0.0.1", min_length=1, description="address that the web server listens on")
    port: int = Field(5006, ge=0, le=65535, description="port of the web server; 0 takes a free one")
    zone: Zone = Field("UTC", description="time zone that times are shown in")
    query_seconds: float = Field(2.0, gt=0, le=3600, description="longest time a query may take, in seconds")
    websocket_origins: Origins = Field(
        default_factory=list, description="host names under which a browser may reach the web server"
    )
    switches: dict[str, SwitchSettings] = Field(
        default_factory=dict, description="how each switch writes times and numbers, by its name"
    )

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
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml


def config_file() -> Path | None:
    """The TOML file that counts: CDR_STATS_CONFIG, else the working directory's, else the user's, else None.

    Raises SettingsError when CDR_STATS_CONFIG names no file.
    """
    named = os.environ.get(CONFIG)
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise SettingsError(f"The environment variable {CONFIG} names {path}, which is not a file.")
        return path
    places = (Path(FILE), platformdirs.user_config_path("cdr-stats", appauthor=False) / FILE)
    return next((place for place in places if place.is_file()), None)


def load(**given: Any) -> Settings:
    """The settings of this process; `given` wins over everything.

    Raises SettingsError with one sentence: which setting, where it stands, and what is allowed.
    """
    _refuse_unknown_variables(os.environ)
    file = config_file()
    _refuse_unreadable(file)
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_sentence(error, given, file)) from None


def describe() -> Iterator[tuple[str, str, str, str]]:
    """Each setting as (name, default, environment variable, meaning); the README's table is made of it."""
    yield from _describe(Settings, "", PREFIX)
    yield from _describe(SwitchSettings, "switches.NAME.", f"{PREFIX}SWITCHES__NAME__")


COMPUTED = {"data": "the user's data folder", "mongo_cache_mb": "an eighth of the memory, 256 to 1024"}


def _describe(model: type[BaseModel], before: str, variable: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in model.model_fields.items():
        default = COMPUTED.get(name) or field.get_default(call_default_factory=True)
        shown = ", ".join(default) if isinstance(default, (tuple, list, dict)) else str(default)
        shown = "" if default is None else shown
        yield before + name, shown, variable + name.upper(), field.description or ""


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {CONFIG}
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper().split("__")[0] not in known:
            raise SettingsError(f"The environment variable {name} is no setting{_like(name.upper(), known)}.")


def _refuse_unreadable(file: Path | None) -> None:
    try:
        if file is not None:
            tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SettingsError(f"The settings file {file} is not TOML: {error}.") from None


def _like(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]}?"[:-1] if close else ""


def _sentence(error: ValidationError, given: Mapping[str, Any], file: Path | None) -> str:
    """The first of the problems as a sentence."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{first['loc']} {first['msg']} {file} {sorted(given)}"
