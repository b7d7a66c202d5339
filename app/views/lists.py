"""The black and the white list as an admin sees them: their lines, and the form that adds some."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from alerts.letters import line
from alerts.numberlists import before_of, prefix_of
from app import words
from app.ready import ready
from app.tongue import many, mark, t
from app.views.alarm_form import SMALL, WIDE
from app.views.alarms import STYLE
from app.views.cards import main_button, said
from app.views.widgets import BUTTONS, set_value
from store import countries, lists
from store.errors import CdrStatsError
from store.lists import EVERYBODY, Entry
from store.prefixes import ranges
from store.sentence import Sentence

COLUMNS = [
    {"key": "numbers", "label": mark("Numbers"), "kind": "name"},
    {"key": "whose", "label": mark("Of"), "kind": "text"},
    {"key": "words", "label": mark("Why"), "kind": "text", "spare": True},
    {"key": "added", "label": mark("Added"), "kind": "value", "spare": True},
]
COLOURS = {"black": "#b3261e", "white": "#3c9d76"}
KINDS = {mark("Black list"): "black", mark("White list"): "white"}
EVERYONE = mark("everybody")
LONGEST_WORDS = 200
SEPARATOR = re.compile(r"[\s,;]+")
BY_PREFIX, BY_COUNTRY = mark("Prefixes"), mark("A country")


class Typed(NamedTuple):
    """What stands in the form: the kind of the list, whose it is, the prefixes as they were typed, or a
    country with those of its prefixes that are meant (none: all of it), and why.
    """

    kind: str
    tenant: str
    prefixes: str
    country: str
    chosen: tuple[str, ...]
    words: str


def numbers(entry: Entry) -> str:
    """'33899…' or 'All of Cuba'; a prefix with its country where that was said."""
    place = words.country(entry.country) if entry.country else ""
    if not entry.prefix:
        return t("All of {country}", country=place)
    prefix = entry.prefix.removesuffix("…")  # as a privacy lens leaves it
    return f"{prefix}… ({place})" if place else f"{prefix}…"


def row(entry: Entry, zone: str) -> dict[str, Any]:
    """What a list shows of a line."""
    return {
        "key": entry.id,
        "numbers": {
            "text": numbers(entry),
            "color": COLOURS[entry.kind],
            "help": t("added by {name}", name=entry.by) if entry.by else "",
        },
        "whose": words.account(entry.tenant) if entry.tenant else t(EVERYONE),
        "words": entry.words or words.NO_VALUE,
        "added": words.short(entry.added, ZoneInfo(zone)),
    }


def fits(entry: Entry, search: str) -> bool:
    """Whether a line has these letters anywhere; its prefix is what a number begins with, or begins so."""
    wanted = search.strip().casefold()
    bare = wanted.removeprefix("+")
    if entry.prefix and bare and (entry.prefix.startswith(bare) or bare.startswith(entry.prefix)):
        return True
    place = words.country(entry.country) if entry.country else ""
    return any(
        wanted in text.casefold() for text in (place, entry.country, entry.tenant, entry.words, entry.by)
    )


def entries(typed: Typed, by: str, now: datetime) -> list[Entry]:
    """The lines that the form asks for. Raises CdrStatsError, one sentence, for what cannot be."""
    words = line(typed.words, LONGEST_WORDS + 1)
    if len(words) > LONGEST_WORDS:
        raise CdrStatsError(Sentence("Say why in up to {n} characters.", n=LONGEST_WORDS))
    wanted = typed.chosen or ("",)
    if not typed.country:
        wanted = tuple(dict.fromkeys(prefix_of(one) for one in SEPARATOR.split(typed.prefixes) if one))
        if not wanted:
            raise CdrStatsError(Sentence("Say which numbers: prefixes such as 33899, or a country."))
    return [Entry("", typed.tenant, typed.kind, prefix, typed.country, words, by, now) for prefix in wanted]


def before(text: str) -> tuple[str, ...]:
    """What is taken off numbers, as it was typed. Raises CdrStatsError, one sentence, for what cannot be."""
    return tuple(dict.fromkeys(before_of(one) for one in SEPARATOR.split(text) if one))


def added(new: int, there: int) -> str:
    """'2 lines added, 1 was there.'"""
    said = many("{n} line added.", "{n} lines added.", new)
    return f"{said} {many('{n} was there.', '{n} were there.', there)}" if there else said


class ListForm:
    """A dialog to add lines; `save` is given what stands in it."""

    def __init__(self, save: Callable[[Typed], None]) -> None:
        self.kind = pmui.Select(
            label=t("List"), options={t(said): kind for said, kind in KINDS.items()}, **SMALL
        )
        self.tenant = pmui.Select(label=t("Of"), options={t(EVERYONE): EVERYBODY}, **SMALL)
        self.manner = pmui.RadioButtonGroup(
            options={t(said): said for said in (BY_PREFIX, BY_COUNTRY)},
            value=BY_PREFIX,
            size="small",
            sx=BUTTONS,
        )
        self.prefixes = pmui.TextAreaInput(
            label=t("Prefixes, digits with the country code"), rows=2, max_length=4_000, **WIDE
        )
        self.countries = {words.country(code): code for code in countries.codes() if ranges(code)}
        self.country = pmui.AutocompleteInput(
            label=t("Country"), options=list(self.countries), min_characters=1, case_sensitive=False,
            search_strategy="includes", visible=False, **WIDE
        )  # fmt: skip
        self.chosen = pmui.MultiChoice(
            label=t("Some of its prefixes (none: the whole country)"), visible=False, **WIDE
        )
        self.words = pmui.TextInput(label=t("Why"), max_length=LONGEST_WORDS, **WIDE)
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        self.manner.param.watch(lambda _: ready(self._turned), "value")
        self.country.param.watch(lambda _: ready(self._offer), "value")
        save_it = main_button(t("Add"), lambda: save(self.value()))
        parts = (self.kind, self.tenant, self.manner, self.prefixes, self.country, self.chosen, self.words)
        self.dialog = pmui.Dialog(
            pn.Column(*parts, self.said, save_it, sizing_mode="stretch_width", margin=0),
            title=t("Add numbers to a list"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="sm",
        )

    def open(self, kind: str, accounts: Sequence[str]) -> None:
        """Show it, empty, for a list."""
        self.kind.value = kind
        own = {words.account(name): name for name in accounts if name}
        self.tenant.options = {t(EVERYONE): EVERYBODY, **own}
        self.tenant.value = EVERYBODY
        for widget in (self.prefixes, self.words):
            widget.param.update(value="", value_input="")
        self.country.value = ""
        self.said.object = ""
        self.dialog.open = True

    def value(self) -> Typed:
        """What stands in the form."""
        by_country = self.manner.value == BY_COUNTRY
        return Typed(
            self.kind.value,
            self.tenant.value or EVERYBODY,
            "" if by_country else self.prefixes.value_input or "",
            self._code() if by_country else "",
            tuple(self.chosen.value or ()) if by_country else (),
            self.words.value_input or "",
        )

    def answer(self, problem: str) -> None:
        """Say what is wrong, or close."""
        self.said.object = said(problem, False) if problem else ""
        self.dialog.open = bool(problem)

    def _code(self) -> str:
        return self.countries.get(self.country.value or "", "")

    def _turned(self) -> None:
        by_country = self.manner.value == BY_COUNTRY
        self.prefixes.visible = not by_country
        self.country.visible = self.chosen.visible = by_country

    def _offer(self) -> None:
        self.chosen.options = list(ranges(self._code()))
        set_value(self.chosen, [])


def titles() -> dict[str, str]:
    """The title of each list by its kind."""
    return {kind: t(title) for title, kind in KINDS.items() if kind in lists.KINDS}
