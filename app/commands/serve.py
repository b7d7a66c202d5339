"""`serve` and `demo`: the web server on your calls, or on invented ones in a data folder of their own."""

import json
import signal
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from app.commands.common import numbered, opened
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from app.viewer import Viewer
    from ingest.stories import Story
    from store.database import Store

LOCAL = ("127.0.0.1", "::1", "localhost")
DEMO = "demo"
PLAN = "demo.json"

Port = Annotated[
    int | None, typer.Option(help="Port of the web server; 0 takes a free one.", show_default=False)
]
Address = Annotated[
    str | None,
    typer.Option(help="Address to listen on; people log in, unless the settings say no.", show_default=False),
]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Show it in your browser.")]


class Sample(NamedTuple):
    """What the demo's calls were made from; `whole` tells that all of them are in the store."""

    days: int
    calls: int
    seed: int
    until: str
    whole: bool = False


def serve(port: Port = None, address: Address = None, show: Open = False) -> None:
    """Show the pages in the browser, until you press Ctrl-C; the first start prints an admin's password."""
    given = {name: value for name, value in (("port", port), ("address", address)) if value is not None}
    from app import viewer

    with opened(**given) as store:
        run(store, (), show, None if store.settings.login else viewer.EVERYBODY)


def demo(
    port: Port = None,
    address: Address = None,
    days: Annotated[int, typer.Option(help="How many days of traffic.")] = 90,
    calls: Annotated[int, typer.Option(help="How many calls.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same calls.")] = 7,
    show: Open = False,
) -> None:
    """Explore invented traffic with stories hidden in it; your own calls are not touched."""
    from app import viewer
    from store.settings import load

    folder = load().data / DEMO
    given = {name: value for name, value in (("port", port), ("address", address)) if value is not None}
    with opened(data=folder, mongo_uri=None, **given) as store:
        made = prepared(store, folder / PLAN, Sample(days, calls, seed, _last_hour()))
        run(store, hidden(made), show, viewer.DEMO)


def _last_hour() -> str:
    from ingest.sample import last_full_hour

    return last_full_hour(datetime.now(UTC)).isoformat()


def prepared(store: "Store", plan: Path, wanted: Sample) -> Sample:
    """What the demo's store holds: what it held before, if that was made with the same numbers, else the
    sample wanted.

    Raises CdrStatsError when it holds another one. An import that was interrupted is finished.
    """
    before = _read(plan)
    if before and before[:3] != wanted[:3]:
        raise CdrStatsError(
            f"{plan.parent} holds a demo of {numbered(before.days, 'day')}, "
            f"{numbered(before.calls, 'call')}, seed {before.seed}: ask for the same, or remove that folder."
        )
    sample = before or wanted
    if not sample.whole:
        plan.write_text(json.dumps(sample._asdict()), encoding="utf-8")
        _fill(store, sample)
        sample = sample._replace(whole=True)
        plan.write_text(json.dumps(sample._asdict()), encoding="utf-8")
    return sample


def _read(plan: Path) -> Sample | None:
    try:
        return Sample(**json.loads(plan.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _fill(store: "Store", sample: Sample) -> None:
    """Make the sample's calls and import them, showing how far that is."""
    from app.commands.files import import_sample
    from ingest.sample import write

    made = f"{numbered(sample.calls, 'call')} of {numbered(sample.days, 'day')}"
    print(f"Making up {made}; this is done once.", flush=True)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "demo.csv"
        write(file, *sample[:3], datetime.fromisoformat(sample.until))
        import_sample(store, file)
    print("Judging them by the alarms and the fraud rules.", flush=True)
    _judge(store, sample)


def _judge(store: "Store", sample: Sample) -> None:
    """Let alarms and rules find what is hidden in the sample, as a worker does day by day."""
    from alerts import arrived, shipped, watch

    until = datetime.fromisoformat(sample.until)
    shipped.install(store, until - timedelta(days=sample.days))
    for day in range(sample.days, -1, -1):
        watch.look(store, until - timedelta(days=day) + watch.GRACE)
    while arrived.look(store, until):
        pass


def hidden(sample: Sample) -> "tuple[Story, ...]":
    """The stories in the demo's calls."""
    from ingest.stories import stories

    return tuple(stories(*sample[:3], datetime.fromisoformat(sample.until)))


def run(store: "Store", stories: "tuple[Story, ...]", show: bool, guest: "Viewer | None") -> None:
    """Serve until a signal ends it, then close every session. Everybody is the `guest`, where one is named,
    and has to log in where none is; the first time an admin is made. Raises ServerError when the port cannot
    be had, and where it is open to others than this machine without a login.
    """
    from app.cache import Flights
    from app.pages.shell import Context
    from app.server import ServerError, make

    settings, flights = store.settings, Flights()
    if guest and not guest.read_only and settings.address not in LOCAL:
        raise ServerError(
            "Without a login the pages are for this machine alone: set login to true, or the address "
            f"{settings.address} to 127.0.0.1."
        )
    if settings.oidc and not settings.public_url and settings.address not in LOCAL:
        # else the address to come back to would be whatever a request says of it
        raise ServerError(
            f"Whoever logs in by {settings.oidc.label} is sent back to the pages: set public_url to the "
            "address under which browsers reach them."
        )
    _welcome(store, guest)
    context = Context(store, flights, stories)
    origins = tuple(settings.websocket_origins)
    server = make(context, settings.address, settings.port, origins, guest, warm=True)
    with _signals(server.io_loop):
        server.start()
        url = f"http://{_host(settings.address)}:{server.port}/"
        print(f"CDR-Stats is at {url} (Ctrl-C ends it).", flush=True)
        if show:
            webbrowser.open(url)
        server.io_loop.start()
    server.stop()
    flights.close()


def _welcome(store: "Store", guest: "Viewer | None") -> None:
    """Make the first admin, and print the password, which is kept nowhere else."""
    from store import users

    if guest is None and (password := users.first(store, datetime.now(UTC))):
        print("The first user is admin. The password is shown this once; `cdr-stats user passwd` changes it:")
        print(f"    {password}", flush=True)
    elif guest is None and not any(one.role == "admin" for one in users.everything(store)):
        print("Nobody is an admin yet: cdr-stats user add NAME role=admin", flush=True)


def _host(address: str) -> str:
    """What to type for an address; one that means every interface is reached as localhost."""
    name = "localhost" if address in ("", "0.0.0.0", "::", "127.0.0.1") else address
    return f"[{name}]" if ":" in name else name


@contextmanager
def _signals(loop: Any) -> Iterator[None]:
    """SIGINT and SIGTERM end the loop in order."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(*_: object) -> None:
        loop.add_callback_from_signal(loop.stop)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
