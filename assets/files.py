"""Where the shipped files are."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def path(*names: str) -> Path:
    """The shipped file or folder of these names, for example `path("mail", "report.html")`.

    Raises FileNotFoundError with the path when nothing of that name is shipped.
    """
    found = HERE.joinpath(*names)
    if not found.exists():
        raise FileNotFoundError(f"no shipped file {found}; is the installation complete?")
    return found
