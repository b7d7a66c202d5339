"""Why a setting is refused, in one sentence: which one, where it stands, and what is allowed."""

import difflib
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from store.errors import SettingsError

SECRETS = ("mongo_uri", "secret_key", "sources")
SHOWN = 60  # characters of a wrong value
UNKNOWN = "extra_forbidden"


class Origin(NamedTuple):
    """Where settings come from: variables of a prefix, a file, and what the program itself gave."""

    prefix: str
    file: Path | None
    given: frozenset[str]

    def of(self, path: tuple[str, ...]) -> str:
        """Where the setting at this path stands, in words."""
        if path[0] in self.given:
            return "given to the program"
        present = {name.upper(): name for name in os.environ}
        for length in range(len(path), 0, -1):
            if name := present.get((self.prefix + "__".join(path[:length])).upper()):
                return f"environment variable {name}"
        return f"in the file {self.file}"


def refuse_unknown_variables(
    prefix: str, others: Collection[str], names: Collection[str], tables: Collection[str]
) -> None:
    """Refuses a variable of the prefix that is no setting; only those in `tables` have parts (`__`)."""
    known = {prefix + name.upper() for name in names}
    nested = {prefix + name.upper() for name in tables}
    for variable in os.environ:
        upper = variable.upper()
        if upper.startswith(prefix) and upper not in known and upper not in others:
            if upper.partition("__")[0] in nested:
                continue
            instead = _instead(upper.partition("__")[0], sorted(known | set(others)), prefix)
            raise SettingsError(f"The environment variable {variable} is no setting{instead}")


def refuse_unreadable(file: Path | None) -> None:
    """Refuses a settings file that cannot be read or is not TOML."""
    try:
        if file is not None:
            tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The settings file {file} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {file} is not TOML: {error}.") from None


def sentence(error: ValidationError, about: Mapping[str, tuple[str, str]], origin: Origin) -> str:
    """The first thing that is wrong; `about` has for each setting, as `table.name`, what it may be last."""
    first = error.errors(include_url=False)[0]
    path = tuple(part for part in first["loc"] if isinstance(part, str))
    # the middle part of switches.NAME.zone is the switch's name, which the table does not know
    key = ".".join((path[0], *path[2:3])) if ".".join(path) not in about else ".".join(path)
    where = f"{'.'.join(path)} ({origin.of(path)})"
    if first["type"] == UNKNOWN:
        return f"The setting {where} is unknown{_instead(path[-1], _siblings(path, about))}"
    value = "" if path[0] in SECRETS else f", not {_short(first['input'])}"
    return f"The setting {where} must be {about[key][1]}{value}."


def _siblings(path: tuple[str, ...], about: Mapping[str, object]) -> list[str]:
    if len(path) == 1:
        return sorted(name for name in about if "." not in name)
    return sorted(name.split(".")[1] for name in about if name.startswith(f"{path[0]}."))


def _instead(name: str, known: list[str], prefix: str = "") -> str:
    """The end of a sentence that names the most alike, else all; a prefix that all share makes none alike."""
    short = [one.removeprefix(prefix) for one in known]
    close = difflib.get_close_matches(name.removeprefix(prefix), short, n=1)
    return f"; did you mean {prefix}{close[0]}?" if close else f"; there are {', '.join(known)}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
