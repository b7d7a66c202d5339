"""What is said of a source, checked and kept; and a look whether it can be read as it is set."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest import reach
from ingest.connector import Field, Given, Improper, Look
from ingest.connectors import CONNECTORS
from ingest.importer import numberings
from ingest.live.pollers import POLLERS
from ingest.times import zone_of
from store import rejects, secrets, sources
from store.database import Document, Store
from store.errors import ImportProblem, SettingsError
from store.live import LiveCalls
from store.sentence import Sentence, listed

LARGEST = 2**53
"""Numbers of options are smaller, so that every database and program keeps them as they are."""


def kinds() -> dict[str, tuple[str, tuple[Field, ...]]]:
    """Every kind of source, those of records and those of calls in progress: what it is in words, and what
    it is asked for.
    """
    return {name: (found.words, found.fields) for name, found in (CONNECTORS | POLLERS).items()}


def fields_of(kind: str) -> tuple[Field, ...]:
    """What a source of this kind is asked for; raises SettingsError when there is no such kind."""
    known = kinds()
    if kind not in known:
        raise Improper(
            Sentence(
                "There is no kind of source {kind!r}; there are {known}.", kind=kind, known=", ".join(known)
            ),
            "kind",
        )
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
    version: int | None = None,
) -> None:
    """Add a source, or change the one of this name, which is then read on where it was.

    `options` are by the names of the kind's fields; a secret that is left out or empty stays what it was.
    `origin` is "page", "command", "api" or "settings". Raises SettingsError, one sentence, for what is wrong,
    and sources.Changed when the source has another version than this, where one is given.
    """
    known = sources.get(store, name)
    draft = drafted(store, name, kind, switch, zone, options, origin)
    config = {key: value for key, value in draft.items() if key != "_id"} | {"origin": origin}
    if known is None:
        rejects.ensure(store)
        sources.add(store, name, config, now)
    elif {key: known[key] for key in config} != config:
        if known["kind"] != kind:
            raise SettingsError(
                Sentence(
                    "The source {name} is of kind {known}; name the new one otherwise.",
                    name=name,
                    known=known["kind"],
                )
            )
        sources.change(store, name, config, now, version)


def drafted(
    store: Store, name: str, kind: str, switch: str, zone: str, options: Mapping[str, Any], origin: str
) -> Document:
    """A source as `configure` would keep it, checked and its secrets sealed, but not kept; `probe` takes it.
    Raises SettingsError; Improper too for what one that is made from afar may not reach.
    """
    known = sources.get(store, name)
    if not name.strip() or len(name) > 60:
        raise Improper(Sentence("A source needs a name of up to 60 characters."), "name")
    if not switch:
        words = Sentence(
            "The source {name} needs the name of the switch that its calls are counted by.", name=name
        )
        raise Improper(words, "switch")
    try:
        zone_of(zone or "UTC")
    except ImportProblem as problem:
        raise Improper(str(problem), "zone") from None
    hidden = [field.name for field in fields_of(kind) if field.kind == "secret"]
    kept = known["secrets"] if known and known["kind"] == kind else {}
    told = {key: value for key, value in options.items() if value or key not in kept}
    found = checked(kind, {**dict.fromkeys(kept, "kept"), **told})
    plain = {key: value for key, value in found.items() if key not in hidden}
    if origin in reach.FAR:
        paths = frozenset(field.name for field in fields_of(kind) if field.kind == "path")
        given = {key: str(told.get(key) or "") for key in hidden}
        reach.check(store.settings, name, plain, given, known, paths)
    sealed = {key: secrets.seal(store.settings, found[key]) for key in hidden if told.get(key)}
    return {
        "_id": name,
        "kind": kind,
        "switch": switch,
        "zone": zone,
        "options": plain,
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
    one = Sentence("1 call in progress")
    words = one if found.total == 1 else Sentence("{n} calls in progress", n=found.total)
    return Look(None, None, listed(". ", [words, found.note]) if found.note else words)


def told(look: Look, now: datetime) -> str:
    """A look in words, such as '12,431 rows, newest 4 s ago'."""
    one, n = Sentence("1 row"), look.rows
    rows = [] if n is None else [one if n == 1 else Sentence("{n} rows", n=n)]
    newest = [Sentence("newest {age} ago", age=age(now - look.newest))] if look.newest else []
    parts = [*rows, *newest, *([look.words] if look.words else [])]
    return listed(", ", parts) if parts else Sentence("still empty")


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
        words = Sentence(
            "A source of kind {kind} has no {name!r}; it has {known}.",
            kind=kind,
            name=unknown[0],
            known=", ".join(fields),
        )
        raise Improper(words, f"options.{unknown[0]}")
    found: dict[str, Any] = {}
    for name, field in fields.items():
        value = options.get(name, field.default)
        if value is None or (value == "" and field.default is None):
            raise Improper(
                Sentence(
                    "A source of kind {kind} needs {name}: {words}.",
                    kind=kind,
                    name=name,
                    words=_words(field),
                ),
                f"options.{name}",
            )
        found[name] = READ.get(field.kind, _text)(field, value)
    return found


def _words(field: Field) -> Sentence:
    """What a field is asked for, as it can be said in other languages."""
    return field.words if isinstance(field.words, Sentence) else Sentence(field.words)


def _text(field: Field, value: Any) -> Any:
    return value


def _path(field: Field, value: Any) -> str:
    try:
        return str(Path(value).expanduser().absolute())
    except (RuntimeError, TypeError, ValueError):  # the home of nobody
        raise Improper(
            Sentence("{name} is no path: {value!r}.", name=field.name, value=str(value)[:80]),
            f"options.{field.name}",
        ) from None


def _choice(field: Field, value: Any) -> Any:
    if value not in field.choices:
        words = Sentence(
            "{name} is one of {known}, not {value}.",
            name=field.name,
            known=", ".join(field.choices),
            value=repr(value),
        )
        raise Improper(words, f"options.{field.name}")
    return value


def _number(field: Field, value: Any) -> int:
    with suppress(ValueError):
        if abs(number := int(value)) < LARGEST:
            return number
    words = Sentence(
        "{name} ({words}) is a whole number, not {value}.",
        name=field.name,
        words=_words(field),
        value=repr(value),
    )
    raise Improper(words, f"options.{field.name}")


def _flag(field: Field, value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes", "on")


READ: dict[str, Callable[[Field, Any], Any]] = {
    "path": _path,
    "choice": _choice,
    "number": _number,
    "flag": _flag,
}
"""How an option of a kind of field is read."""
