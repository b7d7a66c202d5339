"""The fraud rules as an admin sets them: a line each, with its switch and its limits."""

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
import param
from panel.custom import JSComponent

from alerts.fraud import RULES
from alerts.fraudform import limit_text, own_text
from app.ready import ready
from app.tongue import t
from app.views.fraud import STYLE
from assets.files import path
from store.fraud_rules import Choice

LONGEST = 100_000
"""Signs of what is typed into a field."""


class Typed(NamedTuple):
    """What stands in the line of a rule, and the version of the choice that it was typed over."""

    rule: str
    active: bool
    limit: str
    own: str
    version: int


class Answer(NamedTuple):
    """What came of saving a rule: a sentence, good or bad; the how-manieth answer it is, and how many of them
    were good.
    """

    words: str = ""
    good: bool = True
    heard: int = 0
    saved: int = 0

    def next(self, words: str, good: bool) -> "Answer":
        """The one after this."""
        return Answer(words, good, self.heard + 1, self.saved + good)


class RuleLines(JSComponent):
    """A line a rule; the button Save gives what is typed."""

    rows = param.List(default=[])
    words = param.Dict(default={}, doc="what it says itself, by name")

    _esm = path("fraudrules.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, save: Callable[[Typed], None], **params: Any) -> None:
        said = {
            "rule": t("Rule"),
            "limit": t("Limit"),
            "own": t("Limits of single accounts"),
            "of": t("Limit: {name}"),
            "accounts": t("Accounts: {name}"),
            "none": t("none, or 1000: 50, 2000: 10"),
            "save": t("Save"),
            "undo": t("Undo"),
        }
        super().__init__(words=said, sizing_mode="stretch_width", margin=0, **params)  # type: ignore[no-untyped-call]
        self._save = save

    def _handle_msg(self, data: Any) -> None:
        if (typed := heard(data)) is not None:
            ready(lambda: self._save(typed))


def heard(data: Any) -> Typed | None:
    """What a browser sends as it is typed; None for what is nothing of the kind."""
    if not isinstance(data, dict):
        return None
    rule, limit, own, version = (data.get(name) for name in ("key", "limit", "own", "version"))
    if not (isinstance(rule, str) and isinstance(limit, str) and isinstance(own, str)):
        return None
    if rule not in RULES or type(version) is not int:
        return None
    return Typed(rule, data.get("active") is True, limit[:LONGEST], own[:LONGEST], version)


def row(choice: Choice, answer: Answer) -> dict[str, Any]:
    """What the line of a rule shows."""
    rule = RULES[choice.rule]
    return {
        "key": choice.rule,
        "name": t(rule.label),
        "words": t(rule.words),
        "unit": t(rule.unit),
        "shipped": limit_text(rule.limit),
        "active": choice.active,
        "limit": limit_text(choice.limit),
        "own": own_text(choice.own),
        "version": choice.version,
        "said": t(answer.words),
        **{name: getattr(answer, name) for name in ("good", "heard", "saved")},
    }
