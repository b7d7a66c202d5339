"""Collects the messages that pages show into the catalogues assets/words/*.po (`make words`): new ones come
without a translation, those that are gone go, the others stay as they are.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from app.tongue import COMMON
from assets.files import HERE
from store import causes

ROOMS = ("app", "alerts", "ingest", "store")
KEYWORDS = {"t": None, "mark": None, "Sentence": None, "many": (1, 2)}
"""The functions of app.tongue whose first texts are messages."""
WIDTH = 110
HEAD = r"""msgid ""
msgstr ""
"Language: {language}\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: {plurals}\n"

"""


def messages() -> Catalog:
    """Every message, with the files that it is in."""
    found = Catalog(charset="utf-8")
    for file, said in _written():
        found.add(said, locations=[(file, 0)])
    for cause in causes.table().values():
        for said in (cause.label, cause.description):
            found.add(said, locations=[("assets/hangup_causes.csv", 0)])
    return found


def _written() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """(file, message) of all modules."""
    for room in ROOMS:
        for file in sorted((HERE.parent / room).rglob("*.py")):
            with file.open("rb") as source:
                for _, said, _, _ in extract("python", source, KEYWORDS, (), {"encoding": "utf-8"}):
                    if said:
                        yield str(file.relative_to(HERE.parent)), said


def of_language(language: str) -> Catalog:
    """A shipped catalogue; an empty one of a language that has none yet."""
    file = _file(language)
    if not file.is_file():
        return Catalog(locale=language, charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def _file(language: str) -> Path:
    return HERE / "words" / f"{language}.po"


def main() -> None:
    """Bring every catalogue up to the messages; says how many wait for a translation."""
    every = messages()
    _file("").parent.mkdir(exist_ok=True)
    for language in COMMON:
        if language == "en":
            continue
        held, made = of_language(language), Catalog(locale=language, charset="utf-8", fuzzy=False)
        for message in every:
            if not message.id:
                continue
            known = held.get(message.id)
            files = sorted({(name, 0) for name, _ in message.locations})
            made.add(message.id, known.string if known else None, locations=files)
        with _file(language).open("wb") as target:
            target.write(HEAD.format(language=language, plurals=made.plural_forms).encode())
            write_po(target, made, WIDTH, omit_header=True, sort_output=True, include_lineno=False)
        left = sum(not (all(m.string) if isinstance(m.string, tuple) else m.string) for m in made if m.id)
        sys.stdout.write(f"{language}: {len(made)} messages, {left} without a translation\n")


if __name__ == "__main__":
    main()
