"""Which part of a picture some words mean: by colour, by garment, by place, else the subject.

Heuristics, written down so that nobody takes them for recognition: a named colour selects pixels
near it; a garment narrows to the trunk under a face; sky and ground select a third; background
is all but the subject; left, right, top, bottom narrow any of them.
"""

import cv2
import numpy as np

from router.emulator.painter.subject import Subject, find
from router.emulator.painter.words import GARMENTS, Colour, colour_named, normal

CUT_AT = 240
"""Long side in pixels at which fore- and background are told apart."""


def select(picture: np.ndarray, words: str) -> np.ndarray:
    """Select the region that words mean.

    Args:
        picture: uint8 (H, W, 3) RGB.
        words: such as "the red coat on the left".

    Returns:
        float32 (H, W), 0..1.
    """
    text = normal(words)
    said = set(text.replace(",", " ").split())
    colour = colour_named(text)
    if colour is not None:
        chosen = _like(picture, colour)
        if said & set(GARMENTS.split()):
            chosen = chosen * _trunk(picture)
    elif said & {"sky", "ground", "floor", "road"}:
        rows = np.linspace(0, 1, picture.shape[0], dtype=np.float32)[:, None]
        part = 1 - rows if "sky" in said else rows
        chosen = np.broadcast_to(np.clip((part - 0.6) * 12, 0, 1), picture.shape[:2]).copy()
    elif "background" in said:
        chosen = 1 - foreground(picture)
    elif said & set(GARMENTS.split()):
        chosen = foreground(picture) * _trunk(picture)
    else:
        chosen = foreground(picture)
    return _narrowed(chosen, said)


def foreground(picture: np.ndarray) -> np.ndarray:
    """Tell the subject from the background with GrabCut on a small copy.

    Source: Rother, Kolmogorov, Blake: GrabCut, SIGGRAPH 2004.

    Returns:
        float32 (H, W), 0..1.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, CUT_AT / max(height, width))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = _guess(small, find(picture)[0], scale)
    cv2.setRNGSeed(0)  # GrabCut seeds its colour models from OpenCV's own generator
    below, above = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, labels, (0, 0, 0, 0), below, above, 2, cv2.GC_INIT_WITH_MASK)
    cut = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    soft = cv2.GaussianBlur(cv2.medianBlur(cut, 5), (0, 0), 0.8)
    large = (
        cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    )
    return np.clip((large - 0.5) * 2.5 + 0.5, 0, 1)


def _guess(small: np.ndarray, subject: Subject, scale: float) -> np.ndarray:
    """Mark what is surely and probably the subject: its core, and the body under a face."""
    height, width = small.shape[:2]
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    x, y, w = subject.x * scale, subject.y * scale, subject.width * scale
    if subject.face:
        body = (int(x - 1.9 * w), int(y - w), int(x + 1.9 * w), height)
        cv2.rectangle(labels, body[:2], body[2:], cv2.GC_PR_FGD, -1)
        cv2.rectangle(
            labels, (int(x - 0.7 * w), int(y + 1.6 * w)), (int(x + 0.7 * w), height), cv2.GC_FGD, -1
        )
        cv2.ellipse(labels, ((x, y), (0.8 * w, 1.2 * w), 0), cv2.GC_FGD, -1)
    else:
        cv2.ellipse(labels, ((x, y), (3.4 * w, 3.0 * w), 0), cv2.GC_PR_FGD, -1)
        cv2.ellipse(labels, ((x, y), (0.9 * w, 0.9 * w), 0), cv2.GC_FGD, -1)
    edge = max(2, width // 60)
    labels[: height // 2, :edge] = labels[: height // 2, -edge:] = cv2.GC_BGD
    labels[:edge] = cv2.GC_BGD
    return labels


def _like(picture: np.ndarray, colour: Colour) -> np.ndarray:
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    wanted = cv2.cvtColor(np.array([[colour]], np.float32), cv2.COLOR_RGB2LAB)[0, 0]
    chroma = cv2.magnitude(lab[..., 1], lab[..., 2])
    turn = np.arctan2(lab[..., 2], lab[..., 1]) - np.arctan2(wanted[2], wanted[1])
    off = np.abs((turn + np.pi) % (2 * np.pi) - np.pi)
    if np.hypot(wanted[1], wanted[2]) < 12:  # black, grey, white: by lightness, not by hue
        near = np.clip(1.6 - np.abs(lab[..., 0] - wanted[0]) / 16 - chroma / 25, 0, 1)
    else:
        near = np.clip(1.9 - off / 0.4, 0, 1) * np.clip((chroma - 9) / 8, 0, 1)
    out: np.ndarray = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 1.5)
    return out


def _trunk(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    subject = find(picture)[0]
    drop = 0.75 if subject.face else -0.2
    rows = np.arange(height, dtype=np.float32)[:, None]
    below = np.clip((rows - subject.y - drop * subject.width) / (0.2 * subject.width), 0, 1)
    return np.broadcast_to(below, (height, width)).copy()


def _narrowed(chosen: np.ndarray, said: set[str]) -> np.ndarray:
    height, width = chosen.shape
    across = np.linspace(0, 1, width, dtype=np.float32)[None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    for word, part in (
        ("left", 1 - across),
        ("right", across),
        ("top", 1 - down),
        ("bottom", down),
    ):
        if word in said:
            chosen = chosen * np.clip((part - 0.5) * 12, 0, 1)
    return chosen
