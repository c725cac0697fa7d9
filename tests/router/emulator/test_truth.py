"""The emulator writes down what it planted, by the hash of the bytes that it gave away."""

import base64
import hashlib
import json

import pytest

from router.emulator.pictures import read
from router.emulator.profiles import Profile
from router.emulator.studio import PaintedStudio, Sitting
from router.emulator.truth import Truth

MODEL = "stability.sd3-5-large-v1:0"


def told(tmp_path, operation, profile, *, body=None, pictures=None):
    path = tmp_path / "planted.jsonl"
    studio = PaintedStudio({MODEL: profile}, Truth(path))
    sitting = Sitting(
        model=MODEL, operation=operation, body={"prompt": "a quay at dusk", **(body or {})}, seed=3,
        size=(192, 128), format="png", pictures=pictures or {},
    )  # fmt: skip
    data = base64.b64decode(studio.still(sitting))
    row = json.loads(path.read_text().splitlines()[-1])
    assert row["sha256"] == hashlib.sha256(data).hexdigest()
    assert (row["model"], row["operation"]) == (MODEL, operation)
    return row["planted"]


def test_a_picture_from_words_has_no_identity_to_plant_a_fault_in(tmp_path):
    planted = told(tmp_path, "text_to_image", Profile(identity_drift=0.7, blur=0.4))
    assert planted == {"colour_cast": 0.0, "blur": 0.4, "noise": 0.0}


@pytest.mark.parametrize(("strength", "share"), [(0.07, 0.2), (0.35, 1.0), (0.9, 1.0)])
def test_a_weak_request_strays_less_and_the_truth_says_so(tmp_path, picture, strength, share):
    planted = told(
        tmp_path, "image_to_image", Profile(identity_drift=0.5, noise=0.3, spill=0.9),
        body={"strength": strength}, pictures={"init_image": read(picture(), "init_image")},
    )  # fmt: skip
    assert planted["identity_drift"] == pytest.approx(0.5 * share)
    assert planted["noise"] == 0.3
    assert "spill" not in planted
