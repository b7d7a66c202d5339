"""The listeners: the kinds of sources that send by themselves, by the name they have in the settings. They
stand among the connectors too, where a look and `again` are had of them, but are served and not read.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ingest import listener
from store.database import Store

Serve = Callable[[Store, str, Callable[[], bool]], AbstractContextManager[Any]]
"""`serve(store, name, stop)` listens for the source of this name in a thread of its own, until its context
ends; it raises SourceProblem when it cannot, and refuses politely what arrives once `stop` says so. Who
changes the source serves it anew.
"""

LISTENERS: dict[str, Serve] = {
    "freeswitch_post": listener.serving,
}
