"""A listener is killed (-9) while reports are posted to it: whatever it answered 200 is in the store."""

import http.client
import threading
from collections.abc import Iterable
from datetime import UTC, datetime

from ingest.sources import configure
from store import calls
from store.database import Store
from store.scope import Scope
from store.verify import verify
from tests.ingest.freeswitch_reports import leg
from tests.ingest.listening import Listening, listening
from tests.ingest.posting import form, posted

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SENT, BEFORE, SENDERS = 400, 100, 8


def send(found: Listening, numbers: Iterable[int], kill_after: int = SENT) -> set[int]:
    """Post these reports from several threads, and kill the listener once so many are answered; gives those
    that were answered 200.
    """
    waiting, gate = iter(list(numbers)), threading.Lock()
    answered: set[int] = set()

    def sender() -> None:
        while True:
            with gate:
                number = next(waiting, -1)
            if number < 0:
                return
            try:
                status = posted(found.port, form(leg(number)))[0]
            except (OSError, http.client.HTTPException):
                continue
            with gate:
                answered.update({number} if status == 200 else ())
                if len(answered) == kill_after:
                    found.process.kill()

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answered


def stored(store: Store) -> set[int]:
    return {int(call.uuid.rpartition("-")[2]) for call in calls.stream(store, EVER)}


def test_what_was_answered_is_stored_though_the_listener_is_killed(store: Store, mongo_uri: str) -> None:
    configure(store, "fs", "freeswitch_post", "fs", "UTC", {"port": 0}, "command", NOW)
    environment = {
        "CDR_STATS_DATA": str(store.settings.data),
        "CDR_STATS_MONGO_URI": mongo_uri,
        "CDR_STATS_DATABASE": store.settings.database,
    }
    with listening(environment) as first:
        answered = send(first, range(SENT), BEFORE)
    assert BEFORE <= len(answered) < SENT
    assert answered <= stored(store)
    assert verify(store) == []
    # a switch keeps what was not answered, and sends it again
    with listening(environment) as second:
        again = send(second, set(range(SENT)) - answered)
    assert answered | again == set(range(SENT))
    assert stored(store) == set(range(SENT))
    assert verify(store) == []
