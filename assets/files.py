"""Where the shipped files are."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def news() -> str:
    """The text of CHANGELOG: beside the packages in a checkout, among these files where it is installed."""
    places = (HERE / "CHANGELOG.md", HERE.parent / "CHANGELOG.md")
    return next((place.read_text(encoding="utf-8") for place in places if place.is_file()), "")


def path(*names: str) -> Path:
    """The shipped file or folder of these names, for example `path("mail", "report.html")`.

    Raises FileNotFoundError with the path when nothing of that name is shipped.
    """
    found = HERE.joinpath(*names)
    if not found.exists():
        raise FileNotFoundError(f"no shipped file {found}; is the installation complete?")
    return found
