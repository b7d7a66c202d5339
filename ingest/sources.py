"""What is said of a source, checked and kept; and a look whether it can be read as it is set."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.connector import Field, Given, Look
from ingest.connectors import CONNECTORS
from ingest.importer import numberings
from ingest.live.pollers import POLLERS
from ingest.times import zone_of
from store import rejects, secrets, sources
from store.database import Document, Store
from store.errors import SettingsError
from store.live import LiveCalls


def kinds() -> dict[str, tuple[str, tuple[Field, ...]]]:
    """Every kind of source, those of records and those of calls in progress: what it is in words, and what
    it is asked for.
    """
    return {name: (found.words, found.fields) for name, found in (CONNECTORS | POLLERS).items()}


def fields_of(kind: str) -> tuple[Field, ...]:
    """What a source of this kind is asked for; raises SettingsError when there is no such kind."""
    known = kinds()
    if kind not in known:
        raise SettingsError(f"There is no kind of source {kind!r}; there are {', '.join(known)}.")
    return known[kind][1]


def given_of(store: Store, source: Document) -> Given:
    """What the connector of a source is opened with, its secrets readable. Raises SettingsError."""
    options = {field.name: field.default for field in fields_of(source["kind"])}
    hidden = {name: secrets.reveal(store.settings, kept) for name, kept in source["secrets"].items()}
    return Given(
        source["_id"],
        source["switch"],
        source["zone"] or "UTC",
        {**options, **source["options"], **hidden},
        numberings(store),
    )


def configure(
    store: Store,
    name: str,
    kind: str,
    switch: str,
    zone: str,
    options: Mapping[str, Any],
    origin: str,
    now: datetime,
) -> None:
    """Add a source, or change the one of this name, which is then read on where it was.

    `options` are by the names of the kind's fields; a secret that is left out or empty stays what it was.
    `origin` is "page", "command" or "settings". Raises SettingsError, one sentence, for what is wrong.
    """
    known = sources.get(store, name)
    draft = drafted(store, name, kind, switch, zone, options)
    config = {key: value for key, value in draft.items() if key != "_id"} | {"origin": origin}
    if known is None:
        rejects.ensure(store)
        sources.add(store, name, config, now)
    elif {key: known[key] for key in config} != config:
        if known["kind"] != kind:
            raise SettingsError(f"The source {name} is of kind {known['kind']}; name the new one otherwise.")
        sources.change(store, name, config, now)


def drafted(
    store: Store, name: str, kind: str, switch: str, zone: str, options: Mapping[str, Any]
) -> Document:
    """A source as `configure` would keep it, checked and its secrets sealed, but not kept; `probe` takes it.
    Raises SettingsError.
    """
    known = sources.get(store, name)
    if not name.strip() or len(name) > 60:
        raise SettingsError("A source needs a name of up to 60 characters.")
    if not switch:
        raise SettingsError(f"The source {name} needs the name of the switch that its calls are counted by.")
    zone_of(zone or "UTC")
    hidden = [field.name for field in fields_of(kind) if field.kind == "secret"]
    kept = known["secrets"] if known and known["kind"] == kind else {}
    told = {key: value for key, value in options.items() if value or key not in kept}
    found = checked(kind, {**dict.fromkeys(kept, "kept"), **told})
    sealed = {key: secrets.seal(store.settings, found[key]) for key in hidden if told.get(key)}
    return {
        "_id": name,
        "kind": kind,
        "switch": switch,
        "zone": zone,
        "options": {key: value for key, value in found.items() if key not in hidden},
        "secrets": {**kept, **sealed},
    }


def probe(store: Store, source: Document, now: datetime) -> Look:
    """A look at a source as it is set, without reading it. Raises SourceProblem or SettingsError."""
    if source["kind"] in POLLERS:
        return looked(POLLERS[source["kind"]].poll(given_of(store, source), now))
    with CONNECTORS[source["kind"]].open(given_of(store, source)) as reader:
        return reader.look()


def looked(found: LiveCalls) -> Look:
    """What a switch that was asked for its calls in progress tells its admin."""
    words = "1 call in progress" if found.total == 1 else f"{found.total:,} calls in progress"
    return Look(None, None, f"{words}. {found.note}" if found.note else words)


def told(look: Look, now: datetime) -> str:
    """A look in words, such as '12,431 rows, newest 4 s ago'."""
    rows = [] if look.rows is None else ["1 row" if look.rows == 1 else f"{look.rows:,} rows"]
    newest = [f"newest {age(now - look.newest)} ago"] if look.newest else []
    return ", ".join([*rows, *newest, *([look.words] if look.words else [])]) or "still empty"


AGES = ((86_400, "days"), (3_600, "h"), (60, "min"))


def age(since: timedelta) -> str:
    """How long something is ago, in its largest unit: '4 s', '12 min', '3 h', '2 days'."""
    passed = max(0, int(since.total_seconds()))
    size, unit = next(((size, unit) for size, unit in AGES if passed >= 2 * size), (1, "s"))
    return f"{passed // size:,} {unit}"


def checked(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a source as its connector takes them; raises SettingsError, one sentence, for what is
    wrong.
    """
    fields = {field.name: field for field in fields_of(kind)}
    if unknown := [name for name in options if name not in fields]:
        raise SettingsError(f"A source of kind {kind} has no {unknown[0]!r}; it has {', '.join(fields)}.")
    found: dict[str, Any] = {}
    for name, field in fields.items():
        value = options.get(name, field.default)
        if value is None or (value == "" and field.default is None):
            raise SettingsError(f"A source of kind {kind} needs {name}: {field.words}.")
        if field.kind == "path":
            value = str(Path(value).expanduser().absolute())
        if field.kind == "choice" and value not in field.choices:
            raise SettingsError(f"{name} is one of {', '.join(field.choices)}, not {value!r}.")
        if field.kind == "number":
            try:
                value = int(value)
            except ValueError:
                raise SettingsError(f"{name} ({field.words}) is a whole number, not {value!r}.") from None
        if field.kind == "flag" and not isinstance(value, bool):
            value = str(value).lower() in ("1", "true", "yes", "on")
        found[name] = value
    return found
