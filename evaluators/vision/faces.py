"""Faces in a picture: box, five points, 128 numbers. Embedded tier: nothing downloaded.

YuNet or HOG gives the box (`detectors`), the 5-point predictor and the ResNet by Davis King (public
domain) align and embed the face.
Photographic, roughly frontal faces only. King's network was trained on about 7,500 people, half of
them from VGG-Face and FaceScrub: expect it to be weaker on children and on dark skin. The weights
lie beside a package that is never imported, and are used only if their hash is the known one.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.vision.detectors import Box, detector
from evaluators.weights import NoWeights

Array = np.ndarray[Any, Any]

VERSION = "3"  # goes into the keys of stored embeddings
LONG_SIDE = 1280  # larger pictures are shrunk before the search
MIN_SIDE = 40  # pixels, in the searched picture: smaller faces have no identity
MOST = 6  # faces of one picture that are embedded, largest first
KNOWN_WEIGHTS = {
    "shape_predictor_5_face_landmarks.dat": (
        "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888"
    ),
    "dlib_face_recognition_resnet_model_v1.dat": (
        "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One face that is large and certain enough to have an identity."""

    box: tuple[int, int, int, int]  # x, y, width, height in the picture's pixels: brow to chin
    score: float  # of the detector
    clear: bool = True  # neither covered nor turned away: fit to be judged by
    # eyes, nose, corners of the mouth, in the picture's pixels; none where HOG found it
    points: tuple[tuple[float, float], ...] = ()
    embedding: tuple[float, ...]  # 128 numbers, Euclidean distance 0.6 = the usual limit


@dataclass(frozen=True, slots=True)
class _Models:
    points: Any
    embed: Any


@cache
def models() -> _Models:
    """Load predictor and network; raises NoWeights."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise NoWeights("face weights are not installed (package face_recognition_models)")
    folder = Path(spec.submodule_search_locations[0]) / "models"
    for name, known in KNOWN_WEIGHTS.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known:
                raise NoWeights(f"{name} is not the file that this metric was validated with")
    import dlib

    points, network = (str(folder / name) for name in KNOWN_WEIGHTS)
    return _Models(
        dlib.shape_predictor(points),
        dlib.face_recognition_model_v1(network),
    )


def find(rgb: Array, *, fine: bool = True) -> tuple[Face, ...]:
    """Find and embed the faces of uint8 (height, width, 3), largest first; may raise NoWeights.

    Args:
        rgb: the picture.
        fine: where nothing is found, search again for small faces, or for very large ones.
    """
    known = models()
    scale = min(1.0, LONG_SIDE / max(rgb.shape[:2]))
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    picture = rgb if scale == 1.0 else cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(picture)
    eye = detector()
    found = [f for f in eye.boxes(picture, fine=fine) if min(f[0][2:]) >= MIN_SIDE]
    found.sort(key=lambda one: -one[0][3])
    return tuple(
        Face(
            box=_in_full(box, scale),
            score=score,
            clear=score >= eye.clear_from,
            points=tuple((px / scale, py / scale) for px, py in points),
            embedding=_embedded(known, picture, box),
        )
        for box, score, points in found[:MOST]
    )


def _embedded(known: _Models, picture: Array, box: Box) -> tuple[float, ...]:
    import dlib

    x, y, width, height = box
    points = known.points(picture, dlib.rectangle(x, y, x + width - 1, y + height - 1))
    numbers = known.embed.compute_face_descriptor(picture, points)
    return tuple(float(v) for v in numbers)


def _in_full(box: Box, scale: float) -> Box:
    x, y, width, height = (round(v / scale) for v in box)
    return (x, y, width, height)
