"""The settings as they count: what each is, and where it comes from."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from store.settings import PREFIX, Settings, config_file, describe

HIDDEN = frozenset({"mongo_uri", "mail_password", "secret_key", "oidc.client_secret"})
"""Settings that are never shown."""


class Effective(NamedTuple):
    """A setting: its name, value and default as texts, the environment variable that sets it, what it means,
    and where the value comes from: `default`, `file`, `variable` or `given` (by an option of the command).
    A secret's value is ''; `told` says whether there is one.
    """

    name: str
    value: str
    default: str
    variable: str
    meaning: str
    origin: str
    told: bool


def effective(settings: Settings) -> Iterator[Effective]:
    """Every setting, in their order; those of a switch once for each that is named."""
    written = _written(config_file())
    for name, default, variable, meaning in describe():
        if name in ("privacy", "oidc"):
            continue  # its parts have rows of their own
        if not name.startswith("switches.NAME."):
            path = tuple(name.split("."))
            value: Any = settings
            for part in path:
                value = getattr(value, part, None)
            if isinstance(value, dict):
                value = sorted(value)
            yield _setting(settings, path, value, default, variable, meaning, written)._replace(name=name)
            continue
        field = name.rpartition(".")[2]
        for switch, held in settings.switches.items():
            path = ("switches", switch, field)
            named = f"switches.{switch}.{field}"
            yield _setting(
                settings,
                path,
                getattr(held, field),
                default,
                variable.replace("NAME", switch),
                meaning,
                written,
            )._replace(name=named)


def _setting(
    settings: Settings,
    path: tuple[str, ...],
    value: Any,
    default: str,
    variable: str,
    meaning: str,
    written: Mapping[str, Any],
) -> Effective:
    origin = _origin(settings, path, variable, written)
    shown = "" if ".".join(path) in HIDDEN else _text(value)
    return Effective(path[0], shown, default, variable, meaning, origin, value not in (None, ""))


def _origin(settings: Settings, path: tuple[str, ...], variable: str, written: Mapping[str, Any]) -> str:
    present = {name.upper() for name, value in os.environ.items() if value}
    if variable.upper() in present or (PREFIX + path[0]).upper() in present:
        return "variable"
    found: Any = written
    for part in path:
        found = found.get(part) if isinstance(found, dict) else None
    if found is not None:
        return "file"
    return "given" if path[0] in settings.model_fields_set and len(path) == 1 else "default"


def _written(file: Path | None) -> dict[str, Any]:
    """What stands in the settings file; it was looked at when the program started, and may be gone by now."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _text(value: Any) -> str:
    if isinstance(value, SecretStr) or value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
