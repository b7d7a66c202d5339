"""The tiles: calls, answered, talk minutes, ASR, ACD, NER, each with its change against the period before."""

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import NamedTuple

import pandas as pd
import panel as pn

from app import words
from app.filter import CallFilter
from app.periods import before, shifted
from app.theme import TILES
from app.tongue import mark, t
from app.views.view import Ask, View
from store import queries
from store.metrics import METRICS
from store.scope import Scope

POINTS, PERCENT = mark("{arrow} {size} points"), mark("{arrow} {size} %")


class Tile(NamedTuple):
    """One figure: its name, how it is said, whether more is better (None: neither), its definition, and
    whether its change is said in points, as that of a percentage is.
    """

    label: str
    value: Callable[[pd.Series], float]
    say: Callable[[float], str]
    good: bool | None
    help: str
    points: bool = False

    def change(self, new: float, old: float) -> float | None:
        """By how much it changed, in percent or in points; None where that says nothing."""
        return new - old if self.points else words.change(new, old)


def _metric(key: str, say: Callable[[float], str], good: bool | None) -> Tile:
    metric = METRICS[key]
    return Tile(metric.label, lambda row: float(row[key]), say, good, metric.definition, metric.unit == "%")


TILES_OF: tuple[Tile, ...] = (
    Tile(
        mark("Calls"),
        lambda row: float(row["calls"]),
        words.number,
        None,
        mark("Calls that started in this period, answered or not."),
    ),
    Tile(
        mark("Answered"),
        lambda row: float(row["answered"]),
        words.number,
        None,
        mark("Calls that were answered."),
    ),
    Tile(
        mark("Talk minutes"),
        lambda row: float(row["billsec"]) / 60,
        words.number,
        None,
        mark("Time from answer to end of all answered calls, in minutes; ringing is not counted."),
    ),
    _metric("asr", words.percent, True),
    _metric("acd", words.seconds, True),
    _metric("ner", words.percent, True),
)


AGAINST = mark("Change against {span}")
SAME_HOURS = mark("Change against {span}, the same hours of the period before")


class Totals(View):
    """One row of tiles. The change compares with the same length of time before, hour for hour while the
    period runs.
    """

    title = mark("Totals")

    def __init__(self, calls: CallFilter, counted: Callable[[int], None] = lambda _: None) -> None:
        self.counted = counted
        self.hint: tuple[str, datetime, datetime] | None = None
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """The totals, and those of the finished part of the period and of the same part of the period
        before.
        """
        scope = self.filter.scope(now)
        pair = self._pair(scope, now)
        return tuple(Ask(queries.totals, s) for s in (scope, *pair))

    def _pair(self, scope: Scope, now: datetime) -> tuple[Scope, ...]:
        since, until = before(scope.since, scope.until, self.filter.zone)
        self.hint = (AGAINST, since, until)
        if scope.until <= now:
            return scope, scope._replace(since=since, until=until)
        done = now.replace(minute=0, second=0, microsecond=0)
        if done <= scope.since:
            self.hint = None
            return ()
        zone = self.filter.zone
        days = (scope.since.astimezone(zone).date() - since.astimezone(zone).date()).days
        end = shifted(done, days, zone) if days else since + (done - scope.since)
        self.hint = (SAME_HOURS, since, end)
        return scope._replace(until=done), scope._replace(since=since, until=end)

    def draw(self) -> pn.pane.HTML:
        """The place of the tiles."""
        return pn.pane.HTML(tiles(None), stylesheets=[TILES], sizing_mode="stretch_width", margin=0)

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the tiles; without a comparison there is no change."""
        now, *pair = [frame.iloc[0] for frame in answers]
        done, then = pair or (None, None)
        self.figure.object = tiles(now, done, then, self._hint())
        self.counted(int(now["calls"]))

    def _hint(self) -> str:
        if self.hint is None:
            return ""
        template, since, until = self.hint
        return t(template, span=words.span(since, until, self.filter.zone))

    def card(self, width: str = "whole") -> pn.Column:
        """The tiles alone; each is a card."""
        self.note.visible = False
        return pn.Column(
            self.note,
            self.figure,
            css_classes=["tilecard", width],
            stylesheets=[TILECARD],
            sizing_mode="stretch_width",
            margin=0,
        )


TILECARD = ":host(.tilecard) { position: relative; } .note { inset: 0 !important; }"


def tiles(
    now: pd.Series | None, done: pd.Series | None = None, then: pd.Series | None = None, hint: str = ""
) -> str:
    """The tiles as HTML: of the totals `now`, with the change from `then` to `done` where both are given."""
    parts = []
    for tile in TILES_OF:
        value = words.NO_VALUE if now is None else tile.say(tile.value(now))
        change = None if done is None or then is None else tile.change(tile.value(done), tile.value(then))
        parts.append(
            f'<div class="tile" title="{escape(t(tile.help))}"><span>{escape(t(tile.label))}</span>'
            f"<b>{escape(value)}</b>{_change(change, tile, hint)}</div>"
        )
    return f'<div class="tiles">{"".join(parts)}</div>'


def _change(change: float | None, tile: Tile, hint: str) -> str:
    """The change as an arrow and its size, coloured where more is better or worse."""
    if change is None or change != change:
        return "<i>&nbsp;</i>"
    kind = "" if tile.good is None or abs(change) < 0.05 else ("up" if (change > 0) is tile.good else "down")
    arrow = "▲" if change > 0.05 else "▼" if change < -0.05 else "="
    size = words.number(min(abs(change), 9999), 0 if abs(change) >= 100 else 1)
    said = t(POINTS if tile.points else PERCENT, arrow=arrow, size=size)
    return f'<i class="{kind}" title="{escape(hint)}">{escape(said)}</i>'
