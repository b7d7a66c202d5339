"""The mail report: the figures of a day, a week or a month over what its owner may see."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from pymongo.client_session import ClientSession

from alerts import charts, speech
from alerts.judge import CRITICAL, WARNING
from alerts.letters import Told, line, link, told
from alerts.readers import by_lens
from alerts.tell import addressed, queue
from alerts.windows import PERIODS, Window, before, shown, week_before
from store import alarm_reports, alarms, calls, countries, mail_reports, queries, users
from store.database import Store
from store.errors import CdrStatsError
from store.lens import Lens, brief, through
from store.mail_reports import MailReport
from store.outbox import Letter
from store.people import sees, sees_switches
from store.scope import Scope
from store.sentence import Sentence

WORDS = {
    "day": ("Daily report", "day"),
    "week": ("Weekly report", "week"),
    "month": ("Monthly report", "month"),
}
COUNTRIES, CAUSES, LAST, ALARMS = 5, 8, 10, 20
TILES = (("Calls", "calls", ""), ("Minutes", "minutes", ""), ("ASR", "asr", "%"), ("ACD", "acd", "s"))
Figures = dict[str, float]


def send(store: Store, now: datetime, tell: Callable[[str], None]) -> int:
    """Queue the reports that are due, each period once; gives how many letters. One that cannot be made is
    told of and tried again, and holds no other up.
    """
    count = 0
    for kept in mail_reports.everything(store):
        report = narrowed(store, kept)
        window = due(report, now)
        if window is None or not report.emails:
            continue
        key = f"report {report.id} {window.since.isoformat()}"
        try:
            letters = _letters(store, report, key, window, now)
        except CdrStatsError as problem:
            told = {"name": repr(report.name), "problem": str(problem)}
            tell(Sentence("The mail report {name} cannot be made: {problem}", **told))
            continue

        def claim(session: ClientSession, id: str = report.id, until: datetime = window.until) -> bool:
            return mail_reports.sent(store, session, id, until)

        count += queue(store, letters, claim, now)
    return count


def send_now(store: Store, report: MailReport, now: datetime, note: Callable[[ClientSession], None]) -> int:
    """Queue the report of the last period that is over to its recipients, whatever was sent before and is
    due later; gives how many letters. `note` writes in their transaction. Asked for twice within a second it
    is queued once. Raises CdrStatsError where it has no recipient or cannot be made.
    """
    held = mail_reports.one(store, report.id)
    if held is None:
        raise CdrStatsError(Sentence("The mail report {name} was removed meanwhile.", name=repr(report.name)))
    asked = narrowed(store, held)
    key = f"report {held.id} asked for at {now:%Y-%m-%dT%H:%M:%S}"
    letters = _letters(store, asked, key, latest(asked, now), now)
    if not letters:
        raise CdrStatsError(
            Sentence("The mail report {name} has no address that it can be sent to.", name=repr(held.name))
        )

    def claim(session: ClientSession) -> bool:
        note(session)
        return True

    return queue(store, letters, claim, now)


def _letters(store: Store, report: MailReport, key: str, window: Window, now: datetime) -> list[Letter]:
    found: list[Letter] = []
    for lens, emails in by_lens(store, report.emails):
        found += addressed(store, key, compose(store, report, window, lens), emails, now)
    return found


def narrowed(store: Store, report: MailReport) -> MailReport:
    """The report as it is to be made now: of one that a user has asked for what they may see, to their
    address and in their zone; of a user who may not log in nothing, to nobody.
    """
    if not report.user:
        return report
    user = users.one(store, report.user)
    if user is None or not user.active:
        return report._replace(accounts=(), emails=())
    emails = (user.email,) if user.email else ()
    return report._replace(accounts=sees(user), switches=sees_switches(user), emails=emails, zone=user.zone)


def _scope(report: MailReport, window: Window) -> Scope:
    return Scope(window.since, window.until, report.zone, report.accounts, report.switches)


def due(report: MailReport, now: datetime) -> Window | None:
    """The last period that is over, when its hour has come and it was not sent; None otherwise. Of several
    that were missed only the last one is sent.
    """
    if not report.active:
        return None
    window = latest(report, now)
    if now < _hour(window.until, report):
        window = before(window, report.every, report.zone)
    return window if report.done is None or window.until > report.done else None


def latest(report: MailReport, now: datetime) -> Window:
    """The last period that is over at a moment: what a preview shows."""
    until = PERIODS[report.every].start(now, report.zone)
    return before(Window(until, until), report.every, report.zone)


def _hour(end: datetime, report: MailReport) -> datetime:
    """The hour of the report on the day that begins at the end of a period."""
    zone = ZoneInfo(report.zone)
    return datetime.combine(end.astimezone(zone), time(report.hour), zone).astimezone(UTC)


def compose(store: Store, report: MailReport, window: Window, lens: Lens | None = None) -> Told:
    """The letter of a period, seen through a lens. Raises QueryTimeout where its figures take too long."""
    scope = _scope(report, window)
    now = _figures(store, scope)
    moments, bars = _course(store, scope, report.every)
    picture = charts.course(moments, *bars, report.zone) if now["calls"] else None
    kind, _ = WORDS[report.every]
    span = speech.span(window.since, window.until, report.zone)
    subject = (
        f"{kind} {report.name}: {speech.figure(now['calls'])} calls, ASR {_shown(now, 'asr', '%')}, {span}"
    )
    tiles = _tiles(store, report, window, now)
    values = {
        "name": line(report.name),
        "mark": kind,
        "title": line(report.name) or kind,
        "span": f"{span} · all times {report.zone}",
        "tiles": tiles,
        "countries": _countries(store, report, scope, now),
        "causes": _causes(store, report, scope, now),
        "alarms": _alarms(store, report, window),
        "last": _last(store, scope, lens),
        "calls": link(store.settings, "explore", _shown_by(report, scope)),
    }
    return told(store.settings, "report", subject, values, {"course": picture} if picture else {})


def _figures(store: Store, scope: Scope) -> Figures:
    row = queries.totals(store, scope).iloc[0]
    return {
        "calls": float(row["calls"]),
        "minutes": float(row["billsec"]) / 60,
        "asr": float(row["asr"]),
        "acd": float(row["acd"]),
    }


def _tiles(store: Store, report: MailReport, window: Window, now: Figures) -> list[dict[str, Any]]:
    """The totals, each with its change against the period before and, of a day, a week before."""
    _, word = WORDS[report.every]
    compared = [(f"to the {word} before", before(window, report.every, report.zone))]
    if report.every == "day":
        compared.append(("to a week before", week_before(window, report.zone)))
    then = [(words, _figures(store, _scope(report, w))) for words, w in compared]
    return [
        {
            "label": label,
            "value": _shown(now, key, unit),
            "changes": [_change(now[key], was[key], unit, words) for words, was in then],
        }
        for label, key, unit in TILES
    ]


def _change(now: float, was: float, unit: str, words: str) -> str:
    """Percent of the one before; of what is in percent itself, the points between them."""
    if unit == "%":
        return f"{speech.figure(now - was, 'points', sign=True)} {words}"
    return speech.change(now, was, words)


def _shown(figures: Figures, key: str, unit: str) -> str:
    whole = round(figures[key]) if key in ("calls", "minutes") else figures[key]
    return speech.figure(whole, unit)


def _course(store: Store, scope: Scope, every: str) -> tuple[list[datetime], tuple[list[int], list[int]]]:
    zone = ZoneInfo(scope.zone)
    if every == "day":
        frame = queries.hours(store, scope)
        moments = [one.to_pydatetime() for one in frame["hour"]]
    else:
        frame = queries.days(store, scope)
        moments = [datetime.combine(day, time(), zone) for day in frame["day"]]
    return moments, (frame["calls"].tolist(), frame["answered"].tolist())


def _countries(store: Store, report: MailReport, scope: Scope, now: Figures) -> list[dict[str, str]]:
    frame = queries.countries(store, scope).head(COUNTRIES)
    return [
        {
            **_ranked(row, now),
            "name": line(countries.name(str(row["country"])), 60),
            "minutes": speech.figure(round(row["billsec"] / 60)),
            "asr": speech.figure(row["asr"], "%"),
            "link": link(store.settings, "explore", _shown_by(report, scope, country=row["country"])),
        }
        for row in _rows(frame)
    ]


def _causes(store: Store, report: MailReport, scope: Scope, now: Figures) -> list[dict[str, str]]:
    """The hangup causes, in percent of all calls."""
    frame = queries.hangup_causes(store, scope).sort_values("calls", ascending=False).head(CAUSES)
    return [
        {
            **_ranked(row, now),
            "name": line(row["hangup_cause"], 60),
            "link": link(store.settings, "explore", _shown_by(report, scope, cause=row["hangup_cause"])),
        }
        for row in _rows(frame)
    ]


def _ranked(row: dict[str, Any], now: Figures) -> dict[str, str]:
    return {
        "calls": speech.figure(row["calls"]),
        "share": speech.figure(100 * row["calls"] / now["calls"], "%"),
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _alarms(store: Store, report: MailReport, window: Window) -> list[dict[str, str]]:
    """The alarms that fired, of those that look at nothing beyond the report's accounts; none where it is
    of some switches alone.
    """
    fired = [
        one
        for state in (CRITICAL, WARNING)
        for one in alarm_reports.page(store, window.since, window.until, state=state, limit=200)
        if one.was != one.state
    ]
    if report.switches:
        fired = []
    elif report.accounts is not None:
        own = {a.alarm.id for a in alarms.everything(store) if _within(a.alarm.accounts, report.accounts)}
        fired = [one for one in fired if one.alarm in own]
    return [
        {
            "name": line(one.name, 80),
            "state": one.state,
            "value": speech.value(one.metric, one.value),
            "at": speech.moment(one.at, report.zone),
        }
        for one in sorted(fired, key=lambda one: one.at)[:ALARMS]
    ]


def _within(accounts: Sequence[str] | None, allowed: Sequence[str]) -> bool:
    return bool(accounts) and set(accounts or ()) <= set(allowed)


def _last(store: Store, scope: Scope, lens: Lens | None) -> list[dict[str, str]]:
    frame = through(lens, calls.page(store, scope, limit=LAST).rows)
    return [
        {
            "start": speech.short(row["start"].to_pydatetime(), scope.zone),
            "caller": line(brief(row["caller"]), 40),
            "destination": line(brief(row["destination"]), 40),
            "country": line(countries.name(str(row["country"])), 40),
            "talk": str(timedelta(seconds=round(row["billsec"]))),
        }
        for row in _rows(frame)
    ]


def _shown_by(report: MailReport, scope: Scope, **more: str) -> dict[str, list[str]]:
    """What shows these calls, as parameters of the pages' address."""
    account = {"account": list(report.accounts)} if report.accounts else {}
    switch = {"switch": list(report.switches)} if report.switches else {}
    one = {name: [text] for name, text in more.items()}
    return shown(scope.since, scope.until, report.zone) | account | switch | one
