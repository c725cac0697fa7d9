"""What a worker is there for, as a person says it."""

import pytest

from router.domain.errors import BadInput
from router.jobs.duty import duty_of, kind_of


@pytest.mark.parametrize(
    ("words", "listens", "measures"),
    [
        ((), None, {"cpu", "gpu"}),
        (("cpu",), None, {"cpu"}),
        (("gpu",), (), {"gpu"}),
        (("cpu", "gpu"), None, {"cpu", "gpu"}),
        (("take:us-west-2:luma-ray2",), ("take:us-west-2:luma-ray2",), set()),
        (("gpu", "take:local"), ("take:local",), {"gpu"}),
    ],
)
def test_a_worker_serves_what_it_was_started_for_and_nothing_else(words, listens, measures):
    duty = duty_of(words, 60)
    assert duty.listens == listens
    assert {kind for kind in ("cpu", "gpu") if duty.measures(kind)} == measures


def test_a_word_that_would_leave_a_worker_idle_is_refused():
    with pytest.raises(BadInput, match="queues: found gpus"):
        duty_of(["cpu", "gpus"], 60)


def test_a_kind_on_which_nobody_would_measure_is_refused():
    assert kind_of("gpu") == "gpu"
    with pytest.raises(BadInput, match="CIRCLETAKE_MEASURE: found tpu"):
        kind_of("tpu")
