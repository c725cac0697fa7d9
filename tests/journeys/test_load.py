"""A service under load for a moment: nobody's wish is lost, and every answer is a declared one.

`python -m tests.bench --service 600` does it for long; there the milliseconds count, too.
"""

import pytest

from tests.bench import house, luck, service

pytestmark = pytest.mark.slow
SECONDS = 8.0


def test_a_crowd_gets_declared_answers_and_every_accepted_wish_ends_and_is_paid_once(tmp_path):
    with house.opened(tmp_path) as here:
        run = service.loaded(here, SECONDS, killed_each_s=4.0)
    assert run.kills >= 1
    assert run.book.undeclared == run.rush.undeclared == {}
    assert run.wishes.accepted > 0
    assert (run.wishes.without_end, run.wishes.paid_twice, run.wishes.amiss) == (0, 0, 0)
    assert run.events > 0
    named = {figure.name: figure for figure in service.figures(run, "a moment")}
    assert len(named) == 9


def test_histories_are_invented_for_as_long_as_one_likes():
    found = list(luck.histories(2))
    assert all(figure.is_met for figure in found)
    assert [figure.beside.split()[0] for figure in found] == ["2", "2"]
