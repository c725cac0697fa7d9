"""The planted order of the models shows in faces and colours, measured from outside."""

import importlib.util
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.color import deltaE_ciede2000, rgb2lab

from router.emulator.painter.still import Job, paint
from router.emulator.profiles import load

dlib: Any = pytest.importorskip("dlib", reason="dlib is not installed")
ORDER = (
    ("stability.sd3-5-large-v1:0", "image_to_image"),
    ("stability.stable-image-ultra-v1:1", "image_to_image"),
    ("stability.stable-image-style-guide-v1:0", "style_guide"),
)
SEEDS = (11, 12, 13)


@pytest.fixture(scope="module")
def embed() -> Any:
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("face weights are not installed")
    folder = Path(spec.submodule_search_locations[0]) / "models"
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(
        str(folder / "dlib_face_recognition_resnet_model_v1.dat")
    )

    def embedding(picture: np.ndarray) -> np.ndarray | None:
        boxes, scores, _ = detector.run(picture, 0, 0.0)
        if not boxes:
            return None
        box = max(zip(scores, boxes, strict=True), key=lambda found: found[0])[1]
        return np.array(network.compute_face_descriptor(picture, points(picture, box)))

    return embedding


def taken(model: str, operation: str, picture: np.ndarray, seed: int) -> np.ndarray:
    job = Job(
        operation=operation,
        prompt="a portrait of an astronaut by day",
        negative="",
        seed=seed,
        size=(768, 768),
        images={"image": picture},
        mask=None,
        options={"strength": 0.5},
    )
    return paint(job, load(None)[model])


def far(one: np.ndarray, other: np.ndarray) -> float:
    means = [
        rgb2lab(cv2.resize(p, (128, 128), interpolation=cv2.INTER_AREA)).mean((0, 1))
        for p in (one, other)
    ]
    return float(deltaE_ciede2000(*means))


@pytest.mark.slow
def test_identity_and_colour_separate_the_models_in_the_planted_order(embed: Any) -> None:
    person = np.asarray(data.astronaut())
    own = embed(cv2.resize(person, (768, 768), interpolation=cv2.INTER_CUBIC))
    identity, colour = [], []
    for model, operation in ORDER:
        shots = [taken(model, operation, person, seed) for seed in SEEDS]
        faces = [face for shot in shots if (face := embed(shot)) is not None]
        assert len(faces) >= 2
        identity.append(float(np.mean([np.linalg.norm(face - own) for face in faces])))
        colour.append(float(np.mean([far(person, shot) for shot in shots])))
    assert 0.10 < identity[0] < 0.28 < identity[1] < 0.45 < identity[2] < 0.70, identity
    assert 0.5 < colour[0] < 3.2 < colour[1] < 7 < colour[2] < 16, colour
