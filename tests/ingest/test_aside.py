"""Work aside: one piece after the other, each result and each error had once, where it is waited for."""

import threading

import pytest

from ingest.aside import Aside


def test_what_is_done_aside_is_had_once() -> None:
    aside = Aside[str]()
    assert aside.wait() is None
    aside.start(lambda: threading.current_thread().name)
    assert aside.wait() == "aside"
    assert aside.wait() is None


def test_it_goes_on_beside_who_began_it() -> None:
    aside, begun, gone_on = Aside[bool](), threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return gone_on.wait(30)

    aside.start(work)
    assert begun.wait(30)
    gone_on.set()
    assert aside.wait()


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    aside = Aside[int]()
    aside.start(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        aside.wait()
    assert aside.wait() is None
