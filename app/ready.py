"""What a person does waits until their browser has the whole page."""

from collections.abc import Callable

import panel as pn


def ready(work: Callable[[], object]) -> None:
    """Do it now, or as soon as the browser says that its page is built; at once without a session.

    A page takes clicks a moment before that. Panel 1.9.4 believes until then that the page was not sent yet,
    and throws away what is drawn (`panel.io.document.hold`), so that the click would have had no effect.
    """

    def done() -> None:
        work()

    pn.state.onload(done)
