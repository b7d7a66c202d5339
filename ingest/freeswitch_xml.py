"""The reports of mod_xml_cdr and of mod_format_cdr's XML: a document a leg, its variables always encoded."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from ingest.freeswitch_record import (
    LONGEST,
    MOMENTS,
    PROFILES,
    TOLD,
    Document,
    Profile,
    harmless,
    profile,
    variables,
)
from ingest.refused import Bad
from store.sentence import Sentence

ELEMENTS = 3_000
ATTRIBUTES = 2_000
LINES = 10_000
"""How much a document has at most, without the parts that are not read; it bounds time and memory."""
UNREAD = ("call-stats", "app_log")
"""Parts that are not read; they may be most of a document."""
VARIABLE = re.compile(r"<([^<>/]{1,200})>[^<>]*</\1>")
NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold, but FreeSWITCH writes when a name has them."""
UNFIT_AT_MOST = 1_000


def document(text: str) -> Document:
    """The report of this text. Raises Bad for what is none."""
    if len(text) > LONGEST:
        raise Bad("too long", Sentence("The document has more than {n} kB.", n=LONGEST >> 10))
    root = _root(_read(UNFIT.sub(" ", text, count=UNFIT_AT_MOST)))
    named, flows = root.find("variables"), root.findall("callflow")
    if root.tag != "cdr" or (named is None and not flows):
        raise Bad(
            "report", Sentence("The document is no report of a call: it has no variables and no callflow.")
        )
    return Document(
        variables(_pairs(named), encoded=True),
        tuple(_profile(flow) for flow in flows[:PROFILES]),
        harmless(_text(root, "channel_data/direction")),
        harmless(root.get("switchname", "")),
    )


def _read(text: str) -> str:
    """The document without the parts that are not read; raises Bad when it has too much else."""
    for name in UNREAD:
        first, last = text.find(f"<{name}>"), text.rfind(f"</{name}>")
        if 0 <= first < last:
            text = text[:first] + text[last + len(name) + 3 :]
    quotes = text.count('"') + text.count("'")
    if text.count("<") > 2 * ELEMENTS or quotes > 2 * ATTRIBUTES or text.count("\n") > LINES:
        raise Bad("too long", Sentence("The document has more than {n} variables.", n=ELEMENTS))
    return text


def _root(text: str) -> Element:
    """The root of this document, if need be without the variables whose names XML does not allow."""
    try:
        return _parsed(text)
    except ParseError as error:
        mended = VARIABLE.sub(lambda found: found[0] if NAME.fullmatch(found[1]) else "", text)
        try:
            return _parsed(mended)
        except ParseError:
            raise Bad("xml", Sentence("The document is no XML: {error}.", error=str(error))) from None


def _parsed(text: str) -> Element:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
        return root
    except DefusedXmlException:
        raise Bad(
            "xml", Sentence("The document declares its own entities, which no report of a call does.")
        ) from None


def _pairs(named: Element | None) -> Iterator[tuple[str, str]]:
    for child in () if named is None else named:
        yield child.tag, child.text or ""


def _profile(flow: Element) -> Profile:
    return profile(
        (_text(flow, f"caller_profile/{name}") for name in TOLD),
        (_text(flow, f"times/{name}") for name in MOMENTS),
        _text(flow, "caller_profile/originator/originator_caller_profile/uuid"),
    )


def _text(found: Element, path: str) -> str:
    return found.findtext(path) or ""
