"""The simulated judge sees what is planted, and has the weaknesses that are planted in it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from router.emulator.judge import judgement, judges
from router.emulator.profiles import Profile

SCHEMA = {"properties": {"nonce": {}, "evidence": {}, "verdict": {"enum": ["B01", "C02", "tie"]}}}
LIST = {"properties": {"nonce": {}, "answers": {}}}


def scene(hue=0, spoilt=False):
    rng = np.random.default_rng(1)
    small = np.roll(rng.integers(60, 190, (6, 10, 3)), hue, axis=2).astype(np.uint8)
    pixels = np.kron(small, np.ones((40, 40, 1), np.uint8))
    if spoilt:
        pixels[40:200, 60:340] = (255, 0, 255)
    return pixels


def written(pixels):
    band = pixels.copy()
    band[100:140] = 0
    band[105:135, ::8] = band[105:135, 1::8] = band[105:135, 2::8] = 255
    return band


def block(label, pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    data = base64.b64encode(out.getvalue()).decode()
    return [{"text": f"{label}, picture 1 of 1."}, {"image": {"source": {"bytes": data}}}]


def asked(one, two, **profile):
    blocks = [{"text": "Nonce: abc123"}, *block("Reference", scene())]
    blocks += [*block("Take B01", one), *block("Take C02", two)]
    body = {"messages": [{"content": blocks}]}
    return judgement(body, SCHEMA, Profile(**profile), b"seed")


def test_it_sees_a_planted_drift_in_either_place_and_no_difference_where_there_is_none():
    assert asked(scene(), scene(hue=1))["verdict"] == "B01"
    assert asked(scene(hue=1), scene())["verdict"] == "C02"
    assert asked(scene(), scene())["verdict"] == "tie"
    assert asked(scene(spoilt=True), scene())["verdict"] == "C02"
    assert asked(scene(), scene(hue=1))["nonce"] == "abc123"


@pytest.mark.parametrize(
    ("weakness", "verdict"),
    [({"position_bias": 1.0}, "B01"), ({"dullness": 1.0}, "tie"), ({"obeys_text": 1.0}, "B01")],
)
def test_it_has_the_weakness_that_is_planted(weakness, verdict):
    assert asked(written(scene(spoilt=True)), scene())["verdict"] == "C02"
    said = asked(written(scene(spoilt=True)), scene(), **weakness)
    assert said["verdict"] == verdict
    assert said["text_in_picture"] == ["B01"]


def test_it_can_lose_the_nonce():
    assert asked(scene(), scene(), nonce_loss=1.0)["nonce"] != "abc123"


def test_it_says_no_to_what_the_shot_does_not_tell_of():
    text = (
        "Nonce: abc123\n<shot>\nA lighthouse keeper waits.\n</shot>\n"
        "<questions>\nq1: Is the keeper seen?\nq2: Is a giraffe seen?\n</questions>"
    )
    body = {"messages": [{"content": [{"text": text}, *block("Take", scene())]}]}
    said = judgement(body, LIST, Profile(), b"seed")
    assert [(a["id"], a["answer"]) for a in said["answers"]] == [("q1", "yes"), ("q2", "no")]
    assert judges(LIST)
    assert not judges({"properties": {"score": {}}})
