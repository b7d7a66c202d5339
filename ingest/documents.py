"""A file that is one document, not lines: XML, or JSON laid out or in a list. It is unfolded into its
records, each of which then is what a line is of another file.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from store.errors import ImportProblem
from store.sentence import Sentence, mark

LARGEST = 64 << 20
"""A document is read as a whole; a larger one should be written as lines."""
LISTS = ("cdr", "cdrs", "cdr_root", "records", "calls", "data", "items", "rows", "results")
"""Where the records of a JSON document are, when it is not a list itself."""
PARTS = re.compile(r"(?:main|sub)_cdr(?:_\d+)?")
"""Grandstream's API nests the rows of a call in it."""
BEFORE = b"\xef\xbb\xbf \t\r\n"
XML = re.compile(rb"<\?xml|<cdrs?[\s>]")
FORM = re.compile(rb"cdr=|%7[Bb]|%3[Cc]")
"""How the body of a POST begins, which FreeSWITCH leaves as a file when nobody takes it."""
RECORD = re.compile(rb"<cdr[\s>].*?</cdr\s*>", re.DOTALL)


def kind_of(block: bytes) -> str:
    """What a file that begins with this block is as a whole: xml, json, form, or '' for lines."""
    found = block.lstrip(BEFORE)
    if XML.match(found):
        return "xml"
    if FORM.match(found):
        return "form"
    if found[:1] == b"[" and found[1:].lstrip(BEFORE)[:1] in (b"{", b"]"):
        return "json"
    return "json" if found[:1] == b"{" and not _is_record(found.partition(b"\n")[0]) else ""


def _is_record(line: bytes) -> bool:
    """Whether a line is a JSON object by itself, and not a list of them."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and _list_of(found) is None


def records(kind: str, text: bytes, name: str) -> list[bytes]:
    """The records of a document, each without what is around it; raises ImportProblem when it is none."""
    if len(text) > LARGEST:
        raise ImportProblem(
            Sentence(
                "{name} is one document of more than {n} MB: write it as an object a line, "
                "for example with jq -c '.[]'.",
                name=name,
                n=LARGEST >> 20,
            )
        )
    if kind == "json":
        return [*_objects(text, name)]
    # XML that has no record in it stays what it is, to be refused as a whole
    return (RECORD.findall(text) if kind == "xml" else []) or [text.strip()]


def _objects(text: bytes, name: str) -> Iterator[bytes]:
    decoder, place = json.JSONDecoder(), 0
    told = text.lstrip(BEFORE).decode("utf-8", "replace")
    while place < len(told):
        try:
            found, place = decoder.raw_decode(told, place)
        except (ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
            template = mark(
                "{name} begins as JSON and is none at line {line}; is it whole?"
                if line
                else "{name} begins as JSON and is none; is it whole?"
            )
            raise ImportProblem(Sentence(template, name=name, line=str(line))) from None
        yield from (json.dumps(one, ensure_ascii=False).encode() for one in _unfolded(found))
        while place < len(told) and told[place] in " \t\r\n,":
            place += 1


def _unfolded(found: Any) -> Iterator[Any]:
    """The records that a value holds: those of a list, the rows of a call, or itself."""
    if isinstance(found, list):
        for one in found:
            yield from _unfolded(one)
    elif isinstance(found, dict) and (inner := _list_of(found)) is not None:
        yield from _unfolded(inner)
    elif isinstance(found, dict) and (parts := [part for key, part in found.items() if PARTS.fullmatch(key)]):
        yield from parts
    else:
        yield found


def _list_of(found: dict[str, Any]) -> list[Any] | None:
    """The list of records in an object, if it is there for one."""
    lists = (found[key] for key in LISTS if isinstance(found.get(key), list))
    return next((inner for inner in lists if all(isinstance(one, dict) for one in inner)), None)
