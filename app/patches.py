"""Three faults by which Panel 1.9.4 and panel-material-ui 0.16.6 keep every closed session in memory, one by
which HoloViews 1.23 keeps a core busy with it, and one by which closed pages fill the log, mended.

Imported once, by the server. A test opens sessions, closes them, collects and finds none; when it passes
without a patch, that patch can go.
"""

import logging
from typing import Any

import panel_material_ui as pmui
from holoviews.plotting.plot import Plot
from panel.custom import ReactiveESM
from panel.io.state import state
from panel.viewable import Child, Children, Viewable
from tornado.websocket import WebSocketClosedError


def _children(component: Any) -> list[Any]:
    """The components that a container holds, whatever the browser's model says."""
    held = []
    for name, parameter in component.param.objects("existing").items():
        if isinstance(parameter, Child | Children):
            value = getattr(component, name)
            held += value if isinstance(value, list) else [value]
    return [child for child in held if isinstance(child, Viewable)]


_cleanup_of_panel = ReactiveESM._cleanup


def _cleanup(self: Any, root: Any = None) -> None:
    """Panel: `ReactiveESM._cleanup` reads the model's children, which the end of the session has already
    emptied, so that they are never cleaned up and HoloViews' callbacks hold on to the whole session.
    """
    if root is not None:
        for child in _children(self):
            child._cleanup(root)
    _cleanup_of_panel(self, root)


class Page(pmui.Page):  # type: ignore[misc,name-defined]
    """panel-material-ui: `Page` subscribes to `pn.state.busy`, which is of the process, and never lets go.
    Nothing shows it here, and every event of every page would send it twice.
    """

    def __init__(self, **params: Any) -> None:
        tab = params["meta"].title if "meta" in params else None  # which is overwritten by that of the head
        super().__init__(**params)
        self._tab = tab
        watchers = self._param__private.ref_watchers
        for entry in [one for one in watchers if one[1].inst is state]:
            state.param.unwatch(entry[1])
            watchers.remove(entry)

    def server_doc(self, doc: Any = None, title: str | None = None, location: Any = True) -> Any:
        """Panel's; the tab has the title of the page in its reader's language, not the server's in none."""
        return super().server_doc(doc, self._tab or title, location)


def forget(context: Any) -> None:
    """Panel: `config.notifications` registers a model in `pn.state._views`, which only templates remove."""
    document = context._document
    for reference, (_, _, owner, _) in list(state._views.items()):
        if owner is document:
            del state._views[reference]


_refresh_of_holoviews = Plot.refresh
PAUSE_MS = 100


def _refresh(self: Any, **options: Any) -> None:
    """HoloViews 1.23: a plot whose page is not connected asks for the next tick again and again, with a
    core at full load; for ever when the page is gone. It waits a moment instead, and ends with its session.
    """
    document = self.document
    context = document and document.session_context
    if not context or self.renderer.mode != "server" or state._connected.get(document):
        _refresh_of_holoviews(self, **options)
    elif not (context.destroyed or self.__dict__.get("_waits")):
        self._waits = True
        document.add_timeout_callback(lambda: _refresh_later(self), PAUSE_MS)


def _refresh_later(plot: Any) -> None:
    plot._waits = False
    plot.refresh()


def _heard(record: logging.LogRecord) -> bool:
    """Panel: what is on its way to a page that closes fails in a task that nobody awaits, and asyncio logs
    that as an error of ours, with a traceback that holds the session.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def apply() -> None:
    """Put the patches in; a second time changes nothing."""
    if ReactiveESM._cleanup is not _cleanup:
        ReactiveESM._cleanup = _cleanup  # type: ignore[method-assign]
        Plot.refresh = _refresh
        state.on_session_destroyed(forget)
        logging.getLogger("asyncio").addFilter(_heard)
