"""Where the subject of a picture is: a face if one is found, else what stands out near the middle.

Heuristics: Viola-Jones frontal faces (OpenCV's cascade), else the centre of the colours that
differ from the border. An emulated model needs no better eye.
"""

import inspect
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

LOOK_AT = 400
"""Long side in pixels of the copy that is searched."""
_eyes = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A round region: centre and width in pixels; `face` says what kind it is."""

    x: float
    y: float
    width: float
    face: bool


def find(picture: np.ndarray) -> tuple[Subject, ...]:
    """Find up to four subjects, largest first; never none.

    Args:
        picture: uint8 (H, W, 3) RGB.
    """
    scale = min(1.0, LOOK_AT / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    least = max(24, min(grey.shape) // 10)
    boxes = _cascade().detectMultiScale(grey, 1.12, 5, minSize=(least, least))
    faces = sorted(map(tuple, boxes), key=lambda box: -box[2])[:4]
    if not faces:
        return (_stands_out(small, scale),)
    return tuple(
        Subject(x=(x + w / 2) / scale, y=(y + h / 2) / scale, width=w / scale, face=True)
        for x, y, w, h in faces
    )


def _cascade() -> cv2.CascadeClassifier:
    """Give each thread its own classifier: detection keeps state inside it."""
    if not hasattr(_eyes, "cascade"):
        folder = Path(inspect.getfile(cv2)).parent / "data"
        _eyes.cascade = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
    cascade: cv2.CascadeClassifier = _eyes.cascade
    return cascade


def _stands_out(small: np.ndarray, scale: float) -> Subject:
    lab = cv2.cvtColor(cv2.resize(small, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    lab = lab.astype(np.float32)
    border = np.concatenate(
        [lab[:4].reshape(-1, 3), lab[:, :4].reshape(-1, 3), lab[:, -4:].reshape(-1, 3)]
    )
    y, x = np.mgrid[:64, :64] / 63 - 0.5
    weight = np.linalg.norm(lab - np.median(border, axis=0), axis=2) + 2
    weight = weight * np.exp(-(x**2 + y**2) / 0.16)
    weight /= weight.sum()
    cx, cy = float((weight * x).sum()), float((weight * y).sum())
    height, width = small.shape[0] / scale, small.shape[1] / scale
    return Subject(
        x=(cx + 0.5) * width, y=(cy + 0.5) * height, width=0.38 * min(width, height), face=False
    )
