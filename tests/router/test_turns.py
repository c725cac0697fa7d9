"""One studio's dear questions are worked on one at a time; nobody else's wait for them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from router.api.turns import TooManyDear, Turns


def test_a_studio_has_one_at_work_two_that_wait_and_no_more():
    turns, done, all_in = Turns(patience_s=30.0), Event(), Barrier(2)

    def asks(*, first: bool) -> str:
        with turns.one("lantern"):
            if first:
                all_in.wait(10)
                done.wait(10)
            return "answered"

    with ThreadPoolExecutor(4) as people:
        first = people.submit(asks, first=True)
        all_in.wait(10)
        waiting = [people.submit(asks, first=False) for _ in range(2)]
        while turns._lines["lantern"].people < 3:
            pass
        with pytest.raises(TooManyDear) as told, turns.one("lantern"):
            pass
        with turns.one("harbour"):  # another studio's is not kept waiting
            pass
        done.set()
        assert [f.result(10) for f in (first, *waiting)] == ["answered"] * 3
    assert (told.value.http_status, told.value.retry_after_s) == (429, 2)


def test_patience_ends_and_nothing_is_left_behind():
    turns = Turns(patience_s=0.01)
    with turns.one("lantern"), pytest.raises(TooManyDear), turns.one("lantern"):
        pass
    assert not turns._lines


def test_a_question_that_breaks_gives_its_turn_back():
    turns = Turns(patience_s=0.01)
    with pytest.raises(ZeroDivisionError), turns.one("lantern"):
        _ = 1 / 0
    with turns.one("lantern"):
        assert turns._lines["lantern"].people == 1
