"""What a source may reach that is made on a page or by the REST API, whose maker need not have a shell on
this machine: no variable of the program, none of its own files, no file outside of the setting
`source_folders`, and no kept secret once it would go elsewhere. The command line and the settings file are
for who has that shell.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.connector import Improper
from ingest.sql import FILE
from store.database import Document
from store.errors import SettingsError
from store.secrets import VARIABLE
from store.sentence import Sentence, mark
from store.settings import Settings, config_file

FAR = frozenset({"page", "api"})
"""Where sources are made from afar."""
WHERE = ("host", "port", "address", "user", "path")
"""Options that say whom a secret is told."""
SOCKETS = re.compile(r"^mongodb[^/]*://[^/?]*%2f", re.IGNORECASE)
"""An address of a MongoDB by its socket, which may be the program's own database."""
OWNED = mark("The source {name} is kept in the settings of the program; change it there.")
NAMED = mark(
    "A variable of the program is named on the command line or in the settings alone; type the secret itself."
)
ELSEWHERE = mark("The source asks elsewhere than before, so the secret that is kept counts no more; type it.")
PRIVATE = mark("No source reads {path}: it is one of the program's own files, or holds them.")
OUTSIDE = mark("Sources of the pages and of the REST API read files below {folders} (source_folders) alone.")
SOCKET = mark("A socket of this machine is named on the command line or in the settings alone; name a host.")
UP = mark("A pattern stays within its folder; leave .. out.")


def check(
    settings: Settings,
    name: str,
    plain: Mapping[str, Any],
    secret: Mapping[str, str],
    known: Document | None,
    paths: frozenset[str],
) -> None:
    """Raises Improper for a source of these plain options and new secrets that reaches too far; `known` is
    what is kept of it, `paths` which options name files.
    """
    if known and known["origin"] == "settings":
        raise Improper(Sentence(OWNED, name=name), "name")
    for field, text in secret.items():
        if text.startswith(VARIABLE):
            raise Improper(NAMED, f"options.{field}")
    if known and {one: known["options"].get(one) for one in WHERE} != {one: plain.get(one) for one in WHERE}:
        for field in known["secrets"]:
            if not secret.get(field):
                raise Improper(ELSEWHERE, f"options.{field}")
    if SOCKETS.search(str(plain.get("address", ""))):
        raise Improper(SOCKET, "options.address")
    if ".." in Path(str(plain.get("pattern", ""))).parts:
        raise Improper(UP, "options.pattern")
    for field, path in _files(plain, paths):
        _allowed(settings, field, path)


def _files(plain: Mapping[str, Any], paths: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """The options that name files of this machine, with all links in them followed."""
    for field, value in plain.items():
        text = str(value)
        if field == "address" and text.startswith(FILE):
            text = text.removeprefix(FILE)
        elif field not in paths and not (field == "mapping" and "=" not in text):
            continue
        if text:
            yield field, Path(text).expanduser().resolve()


def _allowed(settings: Settings, field: str, path: Path) -> None:
    own = [settings.data.expanduser().resolve()]
    with suppress(SettingsError):
        own += [file.resolve() for file in [config_file()] if file]
    if any(path.is_relative_to(one) or one.is_relative_to(path) for one in own):
        raise Improper(Sentence(PRIVATE, path=str(path)), f"options.{field}")
    folders = [Path(one).expanduser().resolve() for one in settings.source_folders]
    if folders and not any(path.is_relative_to(one) for one in folders):
        raise Improper(Sentence(OUTSIDE, folders=", ".join(settings.source_folders)), f"options.{field}")
