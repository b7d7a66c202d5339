"""Collects the messages that pages show into the catalogues assets/words/*.po (`make words`): new ones come
without a translation, those that are gone go, the others stay as they are.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from app.tongue import COMMON
from assets.files import HERE
from store import causes

ROOMS = ("app", "alerts", "ingest", "store")
KEYWORDS = {"t": 1, "mark": 1, "Sentence": 1, "many": 2}
"""The functions of app.tongue, and how many of their first texts are a message."""
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
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    for said in _messages(node.args[: KEYWORDS.get(node.func.id, 0)]):
                        yield str(file.relative_to(HERE.parent)), said


def _messages(texts: list[ast.expr]) -> Iterator[str | tuple[str, ...]]:
    """What stands there in letters: not what a variable holds, which is marked where it is made."""
    ends = [
        one
        for text in texts
        for one in ((text.body, text.orelse) if isinstance(text, ast.IfExp) else (text,))
    ]
    said = [
        one.value
        for one in ends
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
    ]
    if len(texts) == 2 and len(said) == 2:
        yield said[0], said[1]
    elif len(texts) == 1:
        yield from said


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
            if known and known.pluralizable != message.pluralizable:  # one form is no several
                known = None
            files = sorted({(name, 0) for name, _ in message.locations})
            made.add(message.id, known.string if known else None, locations=files)
        with _file(language).open("wb") as target:
            target.write(HEAD.format(language=language, plurals=made.plural_forms).encode())
            write_po(target, made, WIDTH, omit_header=True, sort_output=True, include_lineno=False)
        left = sum(not (all(m.string) if isinstance(m.string, tuple) else m.string) for m in made if m.id)
        sys.stdout.write(f"{language}: {len(made)} messages, {left} without a translation\n")


if __name__ == "__main__":
    main()
