"""The notebooks are the manual for analysts, so each is run from top to bottom on a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ingest import sample
from ingest.importer import run
from ingest.recipe import Options
from store.database import open_store
from store.settings import Settings

CHECKOUT = Path(__file__).parent.parent
NOTEBOOKS = sorted(CHECKOUT.joinpath("notebooks").glob("*.ipynb"))
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with ten days of calls, as an analyst has one."""
    folder = tmp_path_factory.mktemp("analyst")
    sample.write(folder / "sample.csv", 10, 2_000, 7, UNTIL)
    with open_store(Settings(data=folder)) as store:
        run(store, folder / "sample.csv", Options())
        yield folder


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell raises; what the last figure shows is a map."""
    monkeypatch.setenv("CDR_STATS_DATA", str(data))
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=180, resources={"metadata": {"path": str(CHECKOUT)}}).execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "data" in out]
    assert any("Polygons" in out["data"].get("text/plain", "") for out in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_outputs(path: Path) -> None:
    """An executed notebook holds megabytes of script, and somebody's calls."""
    cells = nbformat.read(path, as_version=4).cells
    assert not [cell for cell in cells if cell.get("outputs")]
