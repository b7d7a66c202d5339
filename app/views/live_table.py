"""The calls in progress as a table whose rows come, change and go; the browser ticks how long each lasts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
import param
from panel.custom import JSComponent

from app import words
from app.tongue import many, t
from assets.files import path
from store.lens import brief
from store.live import LiveCall
from store.record import milliseconds

SHOWN = 500
"""Rows in the browser; of more calls the newest are shown."""
STYLE = path("live.css").read_text(encoding="utf-8")

Row = dict[str, Any]


class LiveTable(JSComponent):
    """A row a call. `put` gives all calls of the moment; the browser is sent what differs from the last time,
    as `delta`, and all of them as `rows` the first time. Text is never read as markup.
    """

    rows = param.List(default=[])
    delta = param.Dict(default={})
    now = param.Integer(default=0, doc="the server's clock, in ms since 1970: browsers' clocks may be wrong")

    words = param.Dict(default={}, doc="the heads of the columns, their hints, and the two states")

    _esm = path("live.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, **params: Any) -> None:
        said = {
            "caller": t("From"),
            "destination": t("To"),
            "country": t("Country"),
            "account": t("Account"),
            "switch": t("Switch"),
            "since": t("Since"),
            "lasts": t("For"),
            "talks": t("Talks"),
            "ringing": t("ringing"),
            "talking": t("talking"),
            "lasts_help": t("Since the call began, ringing included"),
            "talks_help": t("Since it was answered; a dash where nobody saw when"),
        }
        super().__init__(words=said, **params)  # type: ignore[no-untyped-call]
        self._held: dict[str, Row] | None = None

    def put(self, rows: Iterable[Row], now: datetime) -> None:
        """Show these calls; rows are made by `row_of`."""
        wanted = {row["id"]: row for row in rows}
        before, self._held = self._held, wanted
        self.now = milliseconds(now)
        if before is None:
            self.rows = list(wanted.values())
            return
        put = [row for name, row in wanted.items() if before.get(name) != row]
        drop = [name for name in before if name not in wanted]
        if put or drop:
            self.delta = {"put": put, "drop": drop}


def row_of(source: str, switch: str, call: LiveCall, now: datetime, zone: ZoneInfo) -> Row:
    """What the browser needs of a call; a start on another day has its day."""
    since, today = call.since.astimezone(zone), now.astimezone(zone).date()
    help = f"{brief(call.destination)} = {brief(call.number)}"
    if call.legs != 1:
        help = many("{numbers}, {n} leg", "{numbers}, {n} legs", call.legs, numbers=help)
    return {
        "id": f"{source}|{call.id}",
        "since": milliseconds(call.since),
        "answered": milliseconds(call.answered) if call.answered else 0,
        "talking": call.talking,
        "clock": f"{since:%H:%M:%S}" if since.date() == today else words.stamp(since, zone),
        "caller": brief(call.caller) or words.NO_VALUE,
        "destination": brief(call.destination) or words.NO_VALUE,
        "country": words.country(call.country),
        "account": words.account(call.account),
        "switch": switch,
        "help": help,
    }


def newest(calls: Iterable[tuple[str, str, LiveCall]], most: int = SHOWN) -> list[tuple[str, str, LiveCall]]:
    """The calls (source, switch, call) that began last, at most so many."""
    return sorted(calls, key=lambda one: (one[2].since, one[2].id), reverse=True)[:most]
