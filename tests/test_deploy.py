"""What is shipped for running the program: its commands, options and settings are those that there are."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped]

from app.cli import commands
from store.settings import CONFIG, PREFIX, Settings

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
VARIABLES = {CONFIG, *(PREFIX + name.upper() for name in Settings.model_fields)}


def service(unit: Path) -> dict[str, str]:
    """What a unit says of its service; of a name that stands there twice the last."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(unit)
    return dict(found["Service"])


def composed() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def parsed(words: list[str]) -> str:
    """The name of a command whose options are understood; nothing is run."""
    command: Any = typer.main.get_command(commands)
    name, found, rest = command.resolve_command(typer.Context(command), words)
    found.make_context(name, rest)
    return str(name)


def test_each_unit_runs_a_command_that_there_is_and_never_as_root() -> None:
    found = {unit.stem: service(unit) for unit in UNITS}
    assert {name: parsed(shlex.split(told["ExecStart"])[1:]) for name, told in found.items()} == {
        "cdr-stats-server": "serve",
        "cdr-stats-worker": "worker",
    }
    assert {told["User"] for told in found.values()} == {"cdr-stats"}
    assert {told["NoNewPrivileges"] for told in found.values()} == {"yes"}


def test_the_containers_run_commands_that_there_are() -> None:
    found = composed()["services"]
    assert {name: parsed(found[name]["command"]) for name in ("server", "worker")} == {
        "server": "serve",
        "worker": "worker",
    }


@pytest.mark.parametrize("name", ["server", "worker"])
def test_a_container_can_write_to_its_data_alone(name: str) -> None:
    found = composed()["services"][name]
    assert (found["read_only"], found["cap_drop"], found["volumes"]) == (True, ["ALL"], ["data:/data"])
    assert all(port.startswith("127.0.0.1:") for port in found.get("ports", []))


def test_every_variable_is_one_of_the_settings() -> None:
    files = [file for file in DEPLOY.rglob("*") if file.is_file()]
    named = {word for file in files for word in re.findall(r"\bCDR_STATS_[A-Z_]+", file.read_text("utf-8"))}
    assert named - VARIABLES == set()
    assert "CDR_STATS_MONGO_URI" in named


def test_everything_that_is_packed_goes_into_the_image() -> None:
    taken = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {f"!{room}" for room in ("app", "alerts", "ingest", "store", "assets", "pyproject.toml")} <= {
        *taken
    }
