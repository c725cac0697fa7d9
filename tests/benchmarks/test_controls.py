"""Free arms: exact, repeatable, and true to what their names say."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.running.controls import Controls
from benchmarks.testing import doubles
from evaluators.mending.cdl import Cdl, apply, fit
from router import catalog
from router.domain.attempt import AttemptState
from router.domain.clearance import Clearance
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.domain.request import Input, Request
from router.media_folder import MediaFolder
from router.ports import Call, Delivered, Setback
from router.testing import doubles as routing
from router.testing.routing import open_router

CATALOGUE = catalog.load()
CLEAR = Clearance(permitted=("still_image",), expires_on=None, evidence_sha256="e" * 64)


@pytest.fixture(scope="module")
def controls(darkroom):
    return Controls(darkroom)


def call(operation, **pictures):
    inputs = tuple(
        Input(role=r, media=MediaRef(sha256=sha256_of(data), mime="image/png", size=len(data)))
        for r, data in pictures.items()
    )
    model = CATALOGUE["control-" + operation.replace("_", "-")]
    request = Request(
        partner="lantern",
        id="r",
        account="c",
        model=model.key,
        operation=operation,
        prompt="",
        clearance=CLEAR,
        inputs=inputs,
    )
    return Call(
        request=request, model=model, region="local", attempt="a", token="t", pictures=pictures
    )


PLATE = doubles.picture(90)
STYLE = doubles.picture(140)
REFERENCE = doubles.picture(30, width=200, height=200)
MATTE = doubles.matte()
CALLS = {
    "do_nothing": call("do_nothing", init_image=PLATE),
    "paste_reference": call("paste_reference", init_image=PLATE, reference=REFERENCE),
    "cdl_only": call("cdl_only", init_image=PLATE, style_image=STYLE),
    "classical_inpaint": call("classical_inpaint", init_image=PLATE, mask=MATTE),
}


def pixels(outcome, darkroom):
    return darkroom.picture(outcome.data).astype(int)


@pytest.mark.parametrize("name", CALLS)
def test_a_control_is_free_real_and_the_same_every_time(controls, name):
    first = controls.send(CALLS[name])
    assert isinstance(first, Delivered)
    assert controls.send(CALLS[name]) == first
    assert (first.simulated, first.seed, first.mime) == (False, None, "image/png")


def test_doing_nothing_gives_the_very_bytes_back(controls):
    assert controls.send(CALLS["do_nothing"]).data == PLATE
    assert controls.send(call("do_nothing", key_frame_start=STYLE)).data == STYLE


def test_the_reference_is_pasted_whole_and_the_plate_stays_around_it(controls, darkroom):
    made = pixels(controls.send(CALLS["paste_reference"]), darkroom)
    plate = darkroom.picture(PLATE).astype(int)
    reference = cv2.resize(
        darkroom.picture(REFERENCE), (360, 360), interpolation=cv2.INTER_CUBIC
    ).astype(int)
    assert np.array_equal(made[:, :140], plate[:, :140])
    assert np.array_equal(made[:, 140:500], reference)


def test_without_a_plate_the_reference_itself_is_the_take(controls, darkroom):
    made = pixels(controls.send(call("paste_reference", reference=REFERENCE)), darkroom)
    assert np.array_equal(made, darkroom.picture(REFERENCE))


def test_inpainting_changes_the_matte_and_nothing_else(controls, darkroom):
    made = pixels(controls.send(CALLS["classical_inpaint"]), darkroom)
    plate = darkroom.picture(PLATE).astype(int)
    inside = darkroom.picture(MATTE)[..., 0] > 127
    assert np.array_equal(made[~inside], plate[~inside])
    assert np.abs(made[inside] - plate[inside]).mean() > 10


def test_the_graded_plate_comes_nearer_to_its_target(controls, darkroom):
    made = pixels(controls.send(CALLS["cdl_only"]), darkroom)
    plate, target = (darkroom.picture(p).astype(int) for p in (PLATE, STYLE))

    def far(a):
        return np.abs(a.mean(axis=(0, 1)) - target.mean(axis=(0, 1))).max()

    assert far(made) < 0.1 * far(plate)


def test_a_picture_that_cannot_be_read_is_a_setback_with_a_reason(controls):
    broken = call("classical_inpaint", init_image=PLATE[:200], mask=MATTE)
    outcome = controls.send(broken)
    assert isinstance(outcome, Setback)
    assert (outcome.kind, outcome.code, outcome.billed) == ("rejected", "unreadable_input", False)
    assert outcome.reason


def test_doing_nothing_without_a_picture_is_a_setback(controls):
    assert controls.send(call("do_nothing")).code == "missing_input"


def scene(seed=1):
    return np.random.default_rng(seed).beta(2, 3, (60, 80, 3))


def test_a_cdl_is_the_published_formula():
    cdl = Cdl(slope=(1.1, 1, 0.9), offset=(0.02, 0, -0.01), power=(1, 0.9, 1.2), saturation=0.8)
    sop = np.clip(np.array([0.5, 0.4, 0.3]) * cdl.slope + cdl.offset, 0, 1) ** cdl.power
    luma = 0.2126 * sop[0] + 0.7152 * sop[1] + 0.0722 * sop[2]
    expected = luma + 0.8 * (sop - luma)
    assert apply(np.array([[[0.5, 0.4, 0.3]]]), cdl)[0, 0] == pytest.approx(expected)


def test_a_picture_fitted_to_itself_is_left_alone():
    assert apply(scene(), fit(scene(), scene())) == pytest.approx(scene(), abs=0.005)


@pytest.mark.parametrize(
    "planted",
    [
        Cdl(slope=(1.2, 1.0, 0.8)),
        Cdl(offset=(0.05, 0.02, 0.0)),
        Cdl(power=(0.8, 0.8, 0.8)),
        Cdl(slope=(0.7, 0.75, 0.8), power=(1.2, 1.1, 1.0)),
    ],
)
def test_a_planted_grade_is_found_again(planted):
    target = apply(scene(), planted)
    before = np.abs(scene() - target).mean()
    after = np.abs(apply(scene(), fit(scene(), target)) - target).mean()
    assert after < 0.15 * before


def test_a_flat_picture_is_moved_to_the_targets_level():
    flat = np.full((8, 8, 3), 0.2)
    made = apply(flat, fit(flat, np.full((8, 8, 3), 0.6)))
    assert made == pytest.approx(0.6, abs=0.01)


def test_a_control_that_was_cut_off_is_made_again(tmp_path, controls):
    """A question after a lost answer carries no pictures; a control needs them to be made again."""

    class Killed(BaseException):
        """The process ends here."""

    class Cut:
        def __init__(self):
            self.sends = 0

        def send(self, call):
            self.sends += 1
            if self.sends == 1:
                raise Killed
            return controls.send(call)

        poll = staticmethod(controls.poll)
        find = staticmethod(controls.find)

    control = CATALOGUE["control-do-nothing"]
    router = open_router(tmp_path, {"local": Cut()}, cap_musd=10**6, models=(control,))
    plate = MediaFolder(root=routing.settings(tmp_path).media).put(
        "north_light", PLATE, "image/png"
    )
    wanted = replace(
        routing.request(1, model=control.key),
        operation="do_nothing",
        seed=None,
        aspect=None,
        inputs=(Input(role="init_image", media=plate),),
    )
    (attempt,) = router.submit([wanted])
    with pytest.raises(Killed):
        router.advance(attempt.partner, attempt.id)
    assert router.advance(attempt.partner, attempt.id).state is AttemptState.SETTLED
