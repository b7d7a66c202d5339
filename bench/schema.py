"""The REST API asked by its own description, as each role, over a real port: no answer is a fault of the
server's, none is other than described, and none has anything of another.
"""

import logging
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from rich.table import Table

from bench.ground import console, ground
from store import api_keys
from store.batch import prepare
from store.ledger import commit
from tests.api.asking import Request, leaks, operations, requests, wrong
from tests.api.conftest import Place, now
from tests.api.ground import MARKS, ids, marked
from tests.browser.serving import Serving
from tests.cast import CAST
from tests.people import CAST as PEOPLE
from tests.people import invited

EXAMPLES = 60
"""Requests of an operation as one of the roles."""
OTHERS = ("Stan", "Alice", "Charlie")
ROLES = ("Ada", "Bob", *OTHERS)
"""Ada is admin, Stan staff of account 1000, which is Alice's; Bob has the marked calls and Charlie none."""
SLOWEST_MS = 2_000


@contextmanager
def place() -> Iterator[Place]:
    """A server with one of everything, where nobody is slowed down."""
    with ground(query_seconds=2.0) as opened:
        store = replace(opened, settings=opened.settings.model_copy(update={"api_per_minute": 1_000_000}))
        commit(store, prepare(CAST))
        people = {name: invited(store, name) for name in PEOPLE}
        keys = {name: api_keys.make(store, one, "bench", "write", 1, now()) for name, one in people.items()}
        serving = Serving(store, guest=None)
        serving.start()
        try:
            yield marked(Place(serving, store, people, keys))
        finally:
            serving.stop()


def walked(held: Place, who: str, method: str, path: str, slow: list[float]) -> tuple[Counter[int], set[str]]:
    """An operation asked as somebody: how often it answered with each hundred, and what was wrong."""
    found: Counter[int] = Counter()
    faults: set[str] = set()
    known = ids(held)

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests(method, path, known, MARKS))
    def walk(request: Request) -> None:
        begun = time.perf_counter()
        answer = held.ask(request.method, request.path, who, request.body, **request.headers)
        slow.append((time.perf_counter() - begun) * 1000)
        found[answer.status // 100] += 1
        if fault := wrong(method, path, answer):
            faults.add(f"{who} {request.method} {request.path[:200]} {str(request.body)[:300]}: {fault}")
        if who in OTHERS and (seen := leaks(request, answer, MARKS)):
            faults.add(f"{who} {request.method} {request.path[:200]} is shown {', '.join(seen)}, of another")

    walk()
    return found, faults


def show() -> None:
    """The table of all roles; ends with an error when an answer was wrong or took too long."""
    title = f"API asked by its description: {len(operations())} operations, {EXAMPLES} requests each"
    table = Table(title=title, title_justify="left")
    for column in ("who", "requests", "2xx", "3xx", "4xx", "5xx", "slowest ms", "wrong"):
        table.add_column(column, justify="left" if column == "who" else "right")
    bad: set[str] = set()
    # threads of the server draw random numbers while Hypothesis looks whether anybody did
    warnings.filterwarnings("ignore", message="Do not use the .random. module inside strategies")
    logging.getLogger("tornado.access").setLevel(logging.ERROR)  # each refusal is a line there
    with place() as held:
        for who in ROLES:
            counts: Counter[int] = Counter()
            wrongs: set[str] = set()
            slow = [0.0]
            for method, path in operations():
                found, faults = walked(held, who, method, path, slow)
                counts += found
                wrongs |= faults
            if max(slow) > SLOWEST_MS:
                wrongs.add(f"{who} waited {max(slow):,.0f} ms for an answer")
            hundreds = (f"{counts[hundred]:,}" for hundred in (2, 3, 4, 5))
            table.add_row(who, f"{counts.total():,}", *hundreds, f"{max(slow):,.0f}", f"{len(wrongs)}")
            bad |= wrongs
    console.print(table)
    console.print()
    if bad:
        raise SystemExit("\n".join(sorted(bad)[:40]))
