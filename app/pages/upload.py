"""Import: a file is uploaded, looked at, its columns are mapped, and its calls are stored; for admins."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn

from app import uploads
from app.board import LOST
from app.pages.frame import LOST as AWAY
from app.pages.plain import FORBIDDEN, Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.uploads import Upload, UploadProblem
from app.viewer import READ_ONLY, Viewer
from app.views import upload as view
from app.views.cards import card, main_button
from app.views.columns import STYLE, Columns
from app.views.parts import Rows
from app.words import number
from ingest import importer
from ingest.databases import import_any
from ingest.doctor import Diagnosis, diagnose
from ingest.importer import Incomplete, Progress, Report
from ingest.recipe import Options
from store import concurrency, imports
from store.database import Store
from store.errors import CdrStatsError
from store.sentence import Sentence

LOG = logging.getLogger(__name__)
SECONDS = 5.0
TOLD = 0.3
"""Seconds between two looks at how far an import is."""
SHOWN = 6
MAPPED = ("", "csv", "own")
"""The formats whose columns can be chosen: a header names them."""
PLAIN: dict[str, Any] = {
    "stylesheets": [".rows tr.fixed td { color: var(--ink); }"],
    "sizing_mode": "stretch_width",
    "margin": 0,
}
"""Rows that are read, not chosen, in ink."""
HINT = mark(
    "Text, plain or gzip, up to 1 GB. It is looked at first; nothing is stored before you press Import."
)
CHOOSE = mark("Choose the column of the {fields} under “How it is read”.")
BROKEN = mark("The import broke off, and the log of the server says why. Import again: nothing is doubled.")
UNREADABLE = mark("The file could not be looked at; the log of the server says why.")


class Outcome(NamedTuple):
    """What came of an import: a report, or the sentence why there is none or only one of a part."""

    report: Report | None
    problem: str


def ask(store: Store, viewer: Viewer) -> list[dict[str, Any]]:
    """The last imports."""
    return imports.latest(store, SHOWN)


def examined(store: Store, upload: Upload, options: Options) -> Diagnosis:
    """What the doctor says of a file; nothing is stored."""
    zones = {name: told.zone for name, told in store.settings.switches.items() if told.zone}
    with upload.read() as path:
        found = diagnose(path, options, importer.numberings(store), datetime.now(UTC), zones=zones)
    return found._replace(problem=upload.words(found.problem))


def imported(store: Store, upload: Upload, options: Options, told: Callable[[Progress], None]) -> Outcome:
    """Import a file; `told` hears each commit."""
    try:
        with upload.read() as path:
            report = import_any(store, path, options, told)
        concurrency.refresh(store)
    except Incomplete as problem:
        return Outcome(problem.report, upload.words(str(problem)))
    except CdrStatsError as problem:
        return Outcome(None, upload.words(str(problem)))
    return Outcome(report, "")


class Import:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.context, self.store = context, context.store
        self.zone = ZoneInfo(context.zone)
        self.plain: Plain[list[dict[str, Any]]] = Plain(context, "import", ask, self.show, SECONDS)
        self.upload: Upload | None = None
        self.found = Diagnosis("")
        self.looks, self.running = 0, False
        self.progress: Progress | None = None
        self.drop = view.Drop(
            self._begun, self._more, self._failed, words=t(HINT), sizing_mode="stretch_width", margin=0
        )
        self.columns = Columns(self._look)
        self.problem, self.facts, self.looked, self.rejected, self.source, self.outcome = (
            pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0) for _ in range(6)
        )
        self.calls = Rows(columns=view.CALLS, nothing=t("No call yet."), **PLAIN)
        self.history = Rows(columns=view.HISTORY, nothing=t("No import yet."), **PLAIN)
        self.button = main_button(t("Import"), self._import, icon="download", margin=(0, 0, 10, 0))
        self.cards = {
            "facts": card(t("What it is"), "five", [], self.facts),
            "form": card(t("How it is read"), "seven", [], self.columns.form),
            "calls": card(t("The first calls"), "whole", [], self.looked, self.calls),
            "rejected": card(t("Rows that would be rejected"), "whole", [], self.rejected),
            "import": card(t("Import it"), "five", [], self.button, self.outcome),
            "source": card(t("Read it by itself as it grows"), "seven", [], self.source),
        }
        self._hide()

    def page(self) -> Page:
        """The whole page."""
        uploads.sweep(self.store.settings.data)
        pn.state.on_session_destroyed(lambda _: self._forget())
        top = card(t("Import a file"), "whole", [], self.drop, self.problem)
        return self.plain.page(top, *self.cards.values(), card(t("Last imports"), "whole", [], self.history))

    def show(self, found: list[dict[str, Any]]) -> None:
        """Draw the answer of `ask`."""
        self.history.rows = view.history(found, self.zone)

    def _begun(self, name: str, size: int) -> int:
        """A file begins to come; the one before goes."""
        if not self.plain.allowed:
            raise UploadProblem(FORBIDDEN)
        if self.plain.viewer.read_only:
            raise UploadProblem(READ_ONLY)
        self._forget()
        self._hide()
        self.columns.rest(False)
        self.problem.object = self.outcome.object = ""
        self.drop.param.update(title=t(view.TITLE), words=t(HINT))
        self.upload = Upload(self.store.settings.data, name, size)
        return 0

    def _more(self, at: int, data: bytes) -> int | None:
        if not self.upload:
            raise UploadProblem(Sentence("The file is no longer there; choose it again."))
        self.upload.add(at, data)
        if not self.upload.complete:
            return self.upload.received
        self.drop.param.update(
            title=self.upload.name, words=t("{size}; choose another file", size=_size(self.upload.size))
        )
        self.columns.offer((), False)
        self._look()
        return None

    def _failed(self, problem: str) -> None:
        self._forget()
        self.problem.object = _problem(problem)

    def _hide(self) -> None:
        for one in self.cards.values():
            one.visible = False

    def _forget(self) -> None:
        """Remove the uploaded file, also when the session ends."""
        upload, self.upload = self.upload, None
        self.looks += 1
        if upload:
            upload.drop()

    def _options(self) -> Options:
        columns = self.columns
        switch = (columns.switch.value or "").strip()
        return Options(switch, zone=columns.zone.value or "", mapping=columns.mapping())

    def _look(self) -> None:
        """Look at the file as the form says; of several looks the last one counts."""
        if self.upload and not self.running:
            self.looks += 1
            self.plain.start(self._looking(self.looks, self.upload, self._options()))

    async def _looking(self, look: int, upload: Upload, options: Options) -> None:
        try:
            work = self.context.flights.aside(lambda: examined(self.store, upload, options))
            found = await asyncio.wrap_future(work)
        except UploadProblem:
            return
        except Exception:  # the page: as below
            LOG.exception("an upload could not be looked at")
            found = Diagnosis(upload.name, problem=UNREADABLE)
        if look == self.looks:
            await self.plain.drawn(lambda: self._draw(found))

    def _draw(self, found: Diagnosis) -> None:
        """Show what the doctor says."""
        self.found = found
        header = found.header if found.format in MAPPED and len(found.header) > 1 else ()
        self.columns.offer(header, not found.format)
        missing = self.columns.missing() if not found.format else []
        self.problem.object = _problem(
            t(CHOOSE, fields=t(" and of the ").join(missing)) if missing else found.problem
        )
        self.facts.object = view.facts(found)
        self.looked.object = view.looked(found) if found.format else ""
        self.calls.rows = view.call_rows(found.calls)
        self.rejected.object = view.rejected(found.rejects, found.rejected)
        self.source.object = view.source(found, self.upload.name) if found.format and self.upload else ""
        known, shown = bool(found.format), {"facts": bool(found.facts), "form": bool(found.format or header)}
        shown |= {"calls": known, "rejected": bool(found.rejects), "import": known, "source": known}
        for name, one in self.cards.items():
            one.visible = shown[name]
        self.button.disabled = not found.calls

    def _import(self) -> None:
        """Import the file as it is shown."""
        if self.plain.viewer.read_only:
            self.plain.say(READ_ONLY)
        elif self.upload and not self.running and self.found.format and self.plain.allowed:
            self._rest(True)
            self.progress = None
            self.outcome.object = view.progress(None)
            self.plain.start(self._importing(self.upload, self.found.options))

    async def _importing(self, upload: Upload, options: Options) -> None:
        def noted() -> Outcome:
            outcome = imported(self.store, upload, options, self._told)
            if outcome.report:
                words = f"{outcome.report.new:,} new calls"
                self.plain.note(self.store, Deed("import", "file", upload.name, words))
            return outcome

        work = asyncio.wrap_future(self.context.flights.aside(noted))
        try:
            while not (await asyncio.wait([work], timeout=TOLD))[0]:
                await self.plain.drawn(self._progress)
            outcome = await work
        except LOST:
            outcome = Outcome(None, AWAY)
        except Exception:  # the page: whatever goes wrong is logged, and the visitor sees a sentence
            LOG.exception("the import of an upload broke off")
            outcome = Outcome(None, BROKEN)
        await self.plain.drawn(lambda: self._done(outcome))

    def _told(self, now: Progress) -> None:
        self.progress = now

    def _progress(self) -> None:
        self.outcome.object = view.progress(self.progress)

    def _done(self, outcome: Outcome) -> None:
        """The file stays until the page is left or another one comes, to be imported anew if rows were
        rejected; else it goes at once.
        """
        self._rest(False)
        self.outcome.object = view.report(outcome.report, outcome.problem)
        if outcome.report and not outcome.problem and not outcome.report.rejected:
            self._forget()
            self.button.disabled = True
            self.columns.rest(True)
            self.drop.words = t("Imported; choose another file")

    def _rest(self, resting: bool) -> None:
        self.running = self.button.disabled = self.drop.resting = resting
        self.columns.rest(resting)


def _problem(sentence: str) -> str:
    return f'<p class="problem" style="margin-top: 10px">{escape(t(sentence))}</p>' if sentence else ""


def _size(size: int) -> str:
    return f"{number(size / 1e6, 1)} MB" if size >= 100_000 else f"{number(size / 1e3, 1)} kB"


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Import(context).page()
