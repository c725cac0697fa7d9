"""The service answers as it describes itself, whatever it is asked; for longer: `make bench`."""

import pytest

from tests import described


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    with described.owned(tmp_path_factory.mktemp("home")) as url:
        return described.asked(url, seconds=10, seed=1)


def test_nothing_that_the_description_allows_breaks_the_service(seen):
    assert seen.cases > 30  # hundreds, on a machine with nothing else to do
    assert not [status for status in seen.statuses if status >= 500 and status != 503]


def test_every_answer_is_one_that_the_description_tells_of(seen):
    assert seen.faults == {}
