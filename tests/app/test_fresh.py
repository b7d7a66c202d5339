"""A page is old as soon as calls came in, and is drawn anew then, whatever was kept for it."""

import pytest

from app.board import Board
from app.cache import Flights
from app.filter import CallFilter
from app.views.totals import Totals
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.app.conftest import finished
from tests.app.test_views import ADA, NOW, call


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages share the version of the records for a moment; here each look asks."""
    monkeypatch.setattr("app.answers.FRESH", 0.0)


def add(store: Store, number: int) -> None:
    commit(store, prepare([call(number, 1, "FR", "1000")]))


def test_calls_that_came_in_are_noticed_and_drawn(store: Store) -> None:
    """The answers themselves would be kept for a minute."""
    add(store, 1)
    filter = CallFilter()
    board = Board(store, filter, ADA, Flights(seconds=60), clock=lambda: NOW)
    totals = Totals(filter)
    board.add(totals)
    board.first(30)
    assert "<b>1</b>" in totals.figure.object
    assert not finished(board._changed(True))
    add(store, 2)
    assert not finished(board._changed(False))
    assert finished(board._changed(True))
    finished(board.tick())
    assert "<b>2</b>" in totals.figure.object


def test_calls_that_are_known_make_no_page_old(store: Store) -> None:
    add(store, 1)
    board = Board(store, CallFilter(), ADA, Flights(seconds=60), clock=lambda: NOW)
    board.first(30)
    add(store, 1)
    assert not finished(board._changed(True))
