"""The `sample` command harms nothing: no file, and no store with calls of one's own."""

from pathlib import Path
from typing import Any

import pytest

from app.commands.serve import Sample, prepared
from store import calls, catalog
from store.batch import prepare
from store.database import Store
from store.errors import CdrStatsError
from store.ledger import commit
from store.scope import Scope
from tests.app.conftest import Run
from tests.cast import CAST, at

SMALL = ("sample", "--days", "2", "--calls", "50", "--until", "2026-11-20")
EVER = Scope(at(-99_999), at(99_999))


def test_a_file_that_is_there_stays_unless_it_is_forced(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("mine", encoding="utf-8")
    done = run(*SMALL, "--out", path, code=1)
    assert done.stderr == f"{path} is there already: give another name, or --force to write over it.\n"
    assert path.read_text(encoding="utf-8") == "mine"
    run(*SMALL, "--out", path, "--force")
    assert path.read_text(encoding="utf-8").count("\n") == 51


def test_made_up_calls_do_not_mix_with_real_ones_unless_it_is_forced(run: Run, store: Store) -> None:
    commit(store, prepare(CAST))
    done = run(*SMALL, "--store", code=1)
    assert done.stderr.startswith("The store has calls of Lyon, Paris, and made-up calls would be counted")
    assert done.stdout == ""
    assert calls.number(store, EVER).calls == len(CAST)
    run(*SMALL, "--store", "--force")
    assert calls.number(store, EVER).calls == len(CAST) + 50


def test_a_store_of_samples_takes_more_of_them(run: Run, store: Store) -> None:
    for seed in ("1", "2"):
        run(*SMALL, "--store", "--seed", seed)
    assert calls.number(store, EVER).calls == 100
    assert len(catalog.switches(store)) > 1


def test_a_demo_is_made_once_and_told_in_words(store: Store, tmp_path: Path, capsys: Any) -> None:
    wanted = Sample(1, 1, 7, "2026-11-20T00:00:00+00:00")
    for _ in range(2):
        assert prepared(store, tmp_path / "demo.json", wanted) == wanted._replace(whole=True)
    assert capsys.readouterr().out.splitlines() == [
        "Making up 1 call of 1 day; this is done once.",
        "1 call is in the store, 1 of them new.",
        "Judging them by the alarms and the fraud rules.",
    ]
    with pytest.raises(CdrStatsError, match="holds a demo of 1 day, 1 call, seed 7: ask for the same"):
        prepared(store, tmp_path / "demo.json", wanted._replace(days=2))


def test_a_sample_goes_into_a_file_and_the_store_at_once(run: Run, store: Store, tmp_path: Path) -> None:
    run(*SMALL, "--store", "--out", tmp_path / "calls.csv")
    assert calls.number(store, EVER).calls == 50
    assert (tmp_path / "calls.csv").is_file()
