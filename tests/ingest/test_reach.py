"""What is made of a source on a page or by the REST API reaches no secret of the program, nor any file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.connector import Improper
from ingest.sources import configure, drafted
from store import sources
from store.database import Store
from store.secrets import reveal

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ESL = {"host": "10.0.0.5", "port": 8021, "password": "ClueCon"}
Keep = Callable[..., None]


@pytest.fixture
def keep(store: Store) -> Keep:
    """Keeps a source named pbx, from afar unless said otherwise."""

    def kept(kind: str, options: dict[str, Any], origin: str = "api", within: Store = store) -> None:
        configure(within, "pbx", kind, "paris", "UTC", options, origin, NOW)

    return kept


@pytest.mark.parametrize("origin", ["page", "api"])
def test_no_variable_of_the_program_is_named_from_afar(origin: str, keep: Keep, store: Store) -> None:
    with pytest.raises(Improper, match="type the secret itself") as refused:
        keep("freeswitch_esl", ESL | {"password": "env:CDR_STATS_SECRET_KEY"}, origin)
    assert refused.value.field == "options.password"
    assert sources.get(store, "pbx") is None
    keep("freeswitch_esl", ESL | {"password": "env:PBX"}, "command")


@pytest.mark.parametrize("elsewhere", [{"host": "10.6.6.6"}, {"port": 6666}, {"user": "eve@pbx"}])
def test_a_kept_secret_goes_nowhere_else(elsewhere: dict[str, Any], keep: Keep, store: Store) -> None:
    keep("freeswitch_esl", ESL)
    changed = ESL | {"password": ""} | elsewhere
    with pytest.raises(Improper, match="asks elsewhere than before"):
        keep("freeswitch_esl", changed)
    # neither when it is only looked whether it would do
    with pytest.raises(Improper, match="asks elsewhere than before"):
        drafted(store, "pbx", "freeswitch_esl", "paris", "UTC", changed, "page")
    keep("freeswitch_esl", changed | {"password": "typed again"})
    # where it asks as before the secret stays
    keep("freeswitch_esl", changed, "page")
    held = sources.get(store, "pbx")
    assert held and reveal(store.settings, held["secrets"]["password"]) == "typed again"


def test_a_source_of_the_settings_is_changed_there_alone(keep: Keep, store: Store) -> None:
    keep("freeswitch_esl", ESL, "settings")
    with pytest.raises(Improper, match="change it there"):
        keep("freeswitch_esl", ESL | {"password": "other"}, "page")
    with pytest.raises(Improper, match="change it there"):
        drafted(store, "pbx", "freeswitch_esl", "paris", "UTC", ESL, "page")


def options(kind: str, path: Path) -> dict[str, Any]:
    """Of a source of this kind that reads this path."""
    return {
        "file": {"path": str(path)},
        "mapping": {"path": "/var/log/calls.csv", "mapping": str(path)},
        "folder": {"path": str(path)},
        "sql": {"address": f"sqlite:///{path}", "mapping": "start=a destination=b"},
    }[kind]


@pytest.mark.parametrize("kind", ["file", "mapping", "folder", "sql"])
def test_the_program_s_own_files_are_no_source(
    kind: str, keep: Keep, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "settings" / "cdr-stats.toml"
    told.parent.mkdir()
    told.write_text("")
    monkeypatch.setenv("CDR_STATS_CONFIG", str(told))
    hidden = tmp_path / "calls.csv"
    hidden.symlink_to(store.settings.data / "secrets.key")
    # themselves, what holds them, a way around, and a link to them
    own = [store.settings.data / "secrets.key", store.settings.data.parent, told, hidden]
    for path in [*own, tmp_path / "other" / ".." / "settings" / "cdr-stats.toml"]:
        with pytest.raises(Improper, match="the program's own files"):
            keep("file" if kind == "mapping" else kind, options(kind, path))
    with pytest.raises(Improper, match="stays within its folder"):
        keep("folder", {"path": "/var/spool/cdr", "pattern": "../../etc/*"})


@pytest.mark.parametrize("host", ["%2Ftmp%2Fmongodb-27017.sock", "%2ftmp%2fa.sock", "x:y@db,%2Ftmp%2Fa.sock"])
def test_the_program_s_own_database_is_no_source(host: str, keep: Keep) -> None:
    told = {"address": f"mongodb://{host}/cdr_stats", "collection": "users"}
    with pytest.raises(Improper, match="name a host"):
        keep("freeswitch_mongodb", told)


@pytest.mark.parametrize("kind", ["file", "folder", "sql"])
def test_with_folders_in_the_settings_no_other_file_is_read(kind: str, keep: Keep, store: Store) -> None:
    held = replace(store, settings=store.settings.model_copy(update={"source_folders": ["/var/log/pbx"]}))
    with pytest.raises(Improper, match=r"below /var/log/pbx \(source_folders\) alone"):
        keep(kind, options(kind, Path("/etc/passwd")), within=held)
    with pytest.raises(Improper, match="source_folders"):
        keep(kind, options(kind, Path("/var/log/pbx/../../../etc/passwd")), within=held)
    keep(kind, options(kind, Path("/var/log/pbx/calls")), within=held)
    # the command line and the settings are for who may read them anyway
    keep(kind, options(kind, Path("/etc/passwd")), "command", within=held)
