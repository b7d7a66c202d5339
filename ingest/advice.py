"""How a file that the doctor looked at is read for good: as a source in the settings, and by one command."""

import json
import shlex
from fnmatch import fnmatch
from pathlib import Path

from ingest.databases import LAYOUTS, address_of
from ingest.doctor import Diagnosis
from ingest.formats import FORMATS

ONE_BY_ONE = {"cisco": "cdr_*"}
"""Formats of which every few minutes give a file of its own, and what these are called."""
ZONES = 3


def command(found: Diagnosis, path: str) -> str:
    """The command that imports the file."""
    options = found.options
    words = ["cdr-stats", "import", path, "--switch", options.switch or switch(found)]
    words += ["--tz", found.zone] if _is_local(found) and options.zone else []
    words += ["--format", options.format] if options.format != "auto" else []
    words += ["--mapping", options.file] if options.file else []
    words += [word for field, column in options.mapping for word in ("--map", f"{field}={column}")]
    return shlex.join(words)


def settings(found: Diagnosis, path: str) -> str:
    """The source in TOML, as it stands in the settings file."""
    options, name = found.options, found.options.switch or switch(found)
    lines = [f"[sources.{_key(name)}]", *_where(found, Path(path).expanduser().absolute())]
    if _is_local(found):
        others = ", ".join(zone for zone in found.zones[:ZONES] if zone != found.zone)
        unsure = "" if options.zone else "  # nothing in the file says so: which is it?"
        lines.append(f"zone = {_text(found.zone)}" + (f"  # {others} would agree too" if others else unsure))
    if found.format in LAYOUTS:
        return "\n".join(lines)
    if options.format != "auto":
        lines.append(f"format = {_text(options.format)}")
    mapping = options.file or " ".join(f"{field}={column}" for field, column in options.mapping)
    return "\n".join([*lines, *([f"mapping = {_text(mapping)}"] if mapping else [])])


def _where(found: Diagnosis, place: Path) -> list[str]:
    """The kind of the source, and where it reads."""
    if layout := LAYOUTS.get(found.format):
        return [f'kind = "{layout.kind}"', f"address = {_text(address_of(place))}"]
    pattern = ONE_BY_ONE.get(found.format, "")
    in_turn = bool(pattern) and fnmatch(place.name, pattern)
    if not (found.document or in_turn):
        return ['kind = "file"', f"path = {_text(str(place))}"]
    folder = ['kind = "folder"', f"path = {_text(str(place.parent))}"]
    return [*folder, *([f"pattern = {_text(pattern)}"] if in_turn else [])]


def switch(found: Diagnosis) -> str:
    """What the switch may be called when nobody says."""
    known = FORMATS.get(found.format) or LAYOUTS.get(found.format)
    return known.switch if known else "default"


def _is_local(found: Diagnosis) -> bool:
    """Whether the zone matters: times that name theirs, or are epochs, need none."""
    return any(
        what == "times" and how.startswith("local") and "offset" not in how for what, how in found.facts
    )


def _key(name: str) -> str:
    """A name as TOML takes it for a table."""
    return (
        name
        if name and all(char.isascii() and (char.isalnum() or char in "-_") for char in name)
        else _text(name)
    )


def _text(text: str) -> str:
    """A text in TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
