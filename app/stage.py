"""What runs beside a page: work that ends with its session, and drawing under the lock of its document."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import panel as pn
from panel.io.document import hold
from panel.io.state import set_curdoc

LOG = logging.getLogger(__name__)


class Stage:
    """The work and the document of one session."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._document = pn.state.curdoc
        self._closed = False
        self._served = self._document is not None and self._document.session_context is not None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the work run beside; it ends with the session. Without a running loop (a script), and when the
        session has ended meanwhile, nothing is done.
        """
        if self._closed:
            work.close()
            return
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            work.close()
            return
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            LOG.error("a refresh failed", exc_info=error)

    def close(self) -> None:
        """Drop everything that is under way; nothing is begun or drawn afterwards."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()

    async def drawn(self, draw: Callable[[], None]) -> None:
        """Draw under the lock of the session's document, as one message; without a session, at once.

        Raises CancelledError when the session has ended: Bokeh empties its models before it tells anybody.
        """
        document = self._document
        if document is None or not self._served:
            draw()
            return
        if document.session_context is None:
            raise asyncio.CancelledError
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def locked() -> None:
            if document.session_context is None:
                done.cancel()
                return
            try:
                with set_curdoc(document), hold(document):
                    draw()
            except Exception as error:  # the page: told to whoever waits, which logs it
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(None)

        document.add_next_tick_callback(locked)
        await done
