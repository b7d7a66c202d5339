"""Finding the browser that the other tests here drive."""

from pathlib import Path

import pytest

from tests.browser.install import VARIABLE, NoBrowser, find


def program(folder: Path, name: str) -> Path:
    """An empty file that counts as a program."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.touch(mode=0o755)
    return file


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "chrome"])
def test_a_browser_on_the_path_is_found_under_any_of_its_names(tmp_path: Path, name: str) -> None:
    browser = program(tmp_path / "bin", name)
    assert find({"PATH": str(browser.parent)}) == browser


def test_the_browser_that_the_user_names_comes_first(tmp_path: Path) -> None:
    named, other = program(tmp_path, "mine"), program(tmp_path / "bin", "chromium")
    assert find({VARIABLE: str(named), "PATH": str(other.parent)}) == named


def test_a_named_browser_that_is_not_there_is_an_error_and_not_replaced_by_another(tmp_path: Path) -> None:
    other = program(tmp_path / "bin", "chromium")
    with pytest.raises(NoBrowser, match=f"{VARIABLE} is '/nowhere/chromium'.*correct it or unset it"):
        find({VARIABLE: "/nowhere/chromium", "PATH": str(other.parent)})
