"""The rules of the house that no linter holds; each failure lists the places that break the rule."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from store.settings import describe

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("app", "alerts", "ingest", "store", "assets")
LONGEST_FILE = 300
LONGEST_TEST = 400
BINARY = {".sqlite", ".gz", ".ico", ".png", ".woff2"}


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository that match, those not yet committed too."""
    command = [
        "git",
        "-C",
        str(HOUSE),
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *patterns,
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [HOUSE / name for name in listed if (HOUSE / name).is_file()]


def texts(*patterns: str) -> Iterator[tuple[str, str]]:
    """Name and text of each matching file that is text."""
    for file in tracked(*patterns):
        if file.suffix not in BINARY:
            yield str(file.relative_to(HOUSE)), file.read_text(encoding="utf-8")


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of each Python file in the folders, of all without one."""
    for name, text in texts(*(f"{folder}/*.py" for folder in folders or (".",))):
        yield name, ast.parse(text)


def make_targets() -> list[str]:
    """The targets that `make help` shows."""
    return re.findall(r"^([a-z]+):.*## ", (HOUSE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def commands() -> list[str]:
    """The commands of `cdr-stats`."""
    spoken = typer.main.get_command(importlib.import_module("app.cli").commands)
    return sorted(getattr(spoken, "commands", {}))


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_come_from_this_checkout(room: str) -> None:
    """Their names are short, and another distribution could bring a package of the same name."""
    assert Path(str(importlib.import_module(room).__file__)) == HOUSE / room / "__init__.py"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_with_a_docstring_and_nothing_else(room: str) -> None:
    door = ast.parse((HOUSE / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(door)
    assert len(door.body) == 1


def test_imports_run_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=HOUSE, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_every_file_says_on_top_what_it_is_for() -> None:
    assert [name for name, tree in modules() if not ast.get_docstring(tree)] == []


def test_every_public_function_and_class_of_the_rooms_is_explained() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules(*ROOMS)
        for node in tree.body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_file_is_longer_than_one_idea() -> None:
    """A test's table may be longer than what it tests."""
    lengths = {name: text.count("\n") for name, text in texts("*.py")}
    bounds = {name: LONGEST_TEST if name.startswith("tests/") else LONGEST_FILE for name in lengths}
    assert {name: lines for name, lines in lengths.items() if lines > bounds[name]} == {}


@pytest.mark.parametrize(
    ("where", "pattern"),
    [
        # Work that is left is in the issues, not in the source.
        ("*.py", r"\b(TO[D]O|FIX[M]E)\b"),
        # The real database, mail server and browser start in seconds.
        ("*.py", r"\bunittest\.moc[k]\b|\bMagicMoc[k]\b"),
        # A test that waits for a time is slow on one machine and red on another: wait for the event.
        ("tests/*.py", r"\btime\.slee[p]\("),
        # A test that does not run proves nothing: only where a program is missing, which it says.
        ("tests/*.py :!tests/needs.py", r"\bpytest\.ski[p]\b|mark\.ski[p]|importorski[p]"),
        # What works only on the machine where it was written.
        ("*", r"(?<![\w.:/-])/(wor[k]|roo[t]|home/[a-z]+)/"),
        # Pages, fonts and scripts all come from the user's own machine.
        ("app/*", r"fonts\.(googleapi[s]|gstati[c])|cdn\.(jsdeliv[r]|boke[h]|holovi[z])|unpk[g]\.com"),
        # A button that is not made by cards.button is deaf to a click before the page is whole.
        ("app/*.py :!app/views/cards.py", r"\bpmui\.Butto[n]\("),
    ],
)
def test_nothing_forbidden_is_in_the_files(where: str, pattern: str) -> None:
    found = [
        f"{name}: {match.group()}"
        for name, text in texts(*where.split())
        for match in re.finditer(pattern, text)
    ]
    assert found == []


def test_the_readme_names_every_make_target() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert [target for target in make_targets() if f"make {target}" not in readme] == []


def test_the_readme_names_every_command() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert commands() != []
    assert [command for command in commands() if f"cdr-stats {command}" not in readme] == []


def test_the_readme_has_every_setting_as_it_is() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | `{env}` | {default} | {words} |" for name, default, env, words in describe()]
    assert [row for row in rows if row not in readme] == []


def test_the_changelog_begins_with_what_is_not_released_yet() -> None:
    assert "## Unreleased" in (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_lock_has_a_hash_for_every_package_and_no_address() -> None:
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    packages = [block for block in re.split(r"\n(?=[a-z0-9])", lock) if not block.startswith("#")]
    assert len(packages) > 100
    assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert "://" not in lock
