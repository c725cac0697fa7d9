"""Every fault of the wire, through the whole router: a stored end, a reason, exact money."""

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from router import catalog
from router.clock import SystemClock
from router.domain.attempt import AttemptState
from router.service import Router
from router.testing import doubles
from router.testing.routing import BRISK, open_router
from router.testing.wire import Wire, wired

P = "north_light"
MODELS = catalog.load()
STILL, CLIP = MODELS["stable-image-core"], MODELS["luma-ray2"]
SHORT = timedelta(milliseconds=200)
OPTIONS = replace(BRISK, back_off_base_s=0.01, job_deadline=SHORT, missing_grace=SHORT, tries=3)

SETTLED, REFUSED, FAILED = AttemptState.SETTLED, AttemptState.REFUSED, AttemptState.FAILED
UNKNOWN, LOST = AttemptState.UNKNOWN, AttemptState.LOST

PICTURES = [
    (None, SETTLED, ""),
    ("throttle", SETTLED, ""),
    ("unavailable", SETTLED, ""),
    ("not_ready", SETTLED, ""),
    ("expired_token", SETTLED, ""),
    ("slow", SETTLED, ""),
    ("wrong_size", SETTLED, ""),
    ("filter_prompt", REFUSED, "filtered"),
    ("filter_output", REFUSED, "filtered"),
    ("validation", FAILED, "validation"),
    ("no_access", FAILED, "no_access"),
    ("eol", FAILED, "gone"),
    ("truncated_base64", FAILED, None),
    ("empty_images", FAILED, None),
    ("not_an_image", FAILED, None),
    ("nan_seed", FAILED, None),
    ("internal", UNKNOWN, "internal"),
    ("model_timeout", UNKNOWN, "model_timeout"),
    ("model_error", UNKNOWN, "model_error"),
    ("drop_before", UNKNOWN, "connection_lost"),
    ("drop_after", UNKNOWN, "connection_lost"),
    ("truncated_body", UNKNOWN, "answer_cut"),
]
FILMS = [
    (None, SETTLED, ""),
    ("throttle", SETTLED, ""),
    ("internal", SETTLED, ""),
    ("drop_after", SETTLED, ""),
    ("job_failed", FAILED, "job_failed"),
    ("job_stuck", UNKNOWN, "deadline"),
    ("output_missing", LOST, "output_missing"),
]


@dataclass
class House:
    """A router on a running emulator."""

    wire: Wire
    router: Router

    def run(self, wanted):
        """Take one request to its end; gives the attempt and what the provider billed for it."""
        before = len(self.wire.emulator.billed())
        (attempt,) = self.router.submit([wanted])
        ended = self.router.advance(P, attempt.id)
        lines = self.wire.emulator.billed()[before:]
        return ended, sum(round(line["usd"] * 1_000_000) for line in lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with wired(folder / "wire", luma_concurrency=8) as wire:
        router = open_router(
            folder / "home",
            wire.backends,
            clock=SystemClock(),
            options=OPTIONS,
            models=(STILL, CLIP),
            cap_musd=10**9,
        )
        yield House(wire, router)
    shutil.rmtree(folder)


def film(number):
    consent = replace(doubles.request().clearance, permitted=("moving_image",))
    return replace(
        doubles.request(number, model=CLIP.key),
        operation="text_to_video",
        seconds=5,
        resolution="540p",
        seed=None,
        clearance=consent,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "state", "code"), PICTURES, ids=[str(p[0]) for p in PICTURES])
def test_a_picture_that_meets_a_fault_ends_with_a_reason_and_exact_money(house, fault, state, code):
    house.wire.fault(fault, "InvokeModel", seconds=0.01)
    number = [p[0] for p in PICTURES].index(fault)
    ended, billed = house.run(doubles.request(number, model=STILL.key))
    assert ended.state is state
    assert code is None or ended.code == code
    assert bool(ended.reason) == (state is not SETTLED)
    _money_is_exact(ended, billed)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "state", "code"), FILMS, ids=[str(f[0]) for f in FILMS])
def test_a_film_that_meets_a_fault_ends_with_a_reason_and_exact_money(house, fault, state, code):
    house.wire.fault(fault, "StartAsyncInvoke")
    number = 100 + [f[0] for f in FILMS].index(fault)
    ended, billed = house.run(film(number))
    assert (ended.state, ended.code) == (state, code)
    assert bool(ended.reason) == (state is not SETTLED)
    _money_is_exact(ended, billed)


@pytest.mark.slow
def test_what_was_dropped_on_the_way_back_is_found_in_the_log_and_settled(house):
    house.wire.fault("drop_after", "InvokeModel")
    ended, billed = house.run(doubles.request(200, model=STILL.key))
    house.router.reconcile(P)
    (now,) = house.router.attempts(P, requests=[ended.request])
    assert ended.state is UNKNOWN
    assert now.state is SETTLED
    assert now.spent_musd == billed


def _money_is_exact(ended, billed):
    if ended.state is UNKNOWN:
        assert ended.reserved_musd >= billed
        assert ended.spent_musd == 0
    else:
        assert (ended.reserved_musd, ended.spent_musd) == (0, billed)
