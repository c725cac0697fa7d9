"""Plates with a person: a public-domain portrait, cut out, put on a drawn set and lit for it.

The portrait is an official photograph by NASA, in the public domain, which scikit-image carries. It
plays a fictional character here.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.demo.pixels import Image, another_take, floats, photograph

_ROWS = 336  # below, the suit bears names of real people
# Head, collar and shoulders, traced by hand on the photograph at twice its size.
_TRACED = (
    (40, 672), (52, 640), (75, 600), (90, 550), (120, 500), (160, 466), (215, 424), (236, 408),
    (228, 378), (245, 338), (275, 312), (310, 299), (372, 296), (366, 264), (350, 262), (334, 240),
    (318, 214), (307, 172), (310, 130), (330, 96), (374, 76), (400, 55), (450, 33), (500, 39),
    (550, 61),
    (586, 94), (604, 148), (601, 196), (582, 232), (556, 262), (540, 273), (531, 284), (521, 320),
    (512, 352), (560, 384), (590, 420), (608, 456), (612, 474), (640, 486), (662, 505), (686, 540),
    (702, 580), (714, 624), (724, 672),
)  # fmt: skip
_SLEEVES = 206  # first row of the sleeves
_INNER = 5  # pixels from the edge of the cloth to the matte of the suit
_BAND = 5.0  # pixels on both sides of the traced line in which the matte is found


def cut_out() -> tuple[Image, Image]:
    """Cut the person out of the photograph: her own colours, and how much of each pixel is her."""
    photo = floats(photograph("astronaut")[:_ROWS]) / 255
    mask = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(np.array(_TRACED) / 2).astype(np.int32)], 255)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5)
    distance = np.where(mask > 0, inside, -outside).astype(np.float32)
    front = _spread(photo, distance > _BAND)
    back = _spread(photo, distance < -_BAND)
    away = front - back
    apart = (away**2).sum(axis=2)
    share = ((photo - back) * away).sum(axis=2) / np.maximum(apart, 1e-4)
    traced = np.clip(distance / 2 + 0.5, 0, 1)
    trust = np.clip(apart / 0.06, 0, 1)  # where both colours are alike, the traced line decides
    trust[_SLEEVES:] = 0  # and in front of the striped cloth behind the sleeves
    found = np.clip(share * trust + traced * (1 - trust), 0, 1)
    matte = np.where(distance > _BAND, 1, np.where(distance < -_BAND, 0, found))
    matte = cv2.GaussianBlur(floats(matte), (0, 0), 0.6)
    own = np.where(matte[..., None] > 0.98, photo, 0.6 * front + 0.4 * np.minimum(photo, front))
    return floats(own), np.clip(matte * 1.06 - 0.03, 0, 1)


def _spread(photo: Image, known: Image) -> Image:
    """Carry known colours into the unknown band: a blur that counts known pixels only."""
    weight = floats(known)
    out = photo.copy()
    for sigma in (12.0, 6.0, 3.0):
        total = cv2.GaussianBlur(weight, (0, 0), sigma)
        mean = cv2.GaussianBlur(photo * weight[..., None], (0, 0), sigma)
        enough = total > 0.02
        out[enough] = (mean / np.maximum(total, 1e-6)[..., None])[enough]
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """Where the person stands in the picture."""

    scale: float  # pixels of the plate for one of the photograph
    face: tuple[float, float]  # where the face is, as shares of width and height
    turned: bool = False  # mirrored


def posed(person: tuple[Image, Image], take: int) -> tuple[Image, Image]:
    """Give the person in another take: eyes, mouth and cloth a little elsewhere, the same face."""
    moved = another_take(np.dstack(person), take, reach=0.9, feature=18.0)
    return np.ascontiguousarray(moved[..., :3]), np.ascontiguousarray(moved[..., 3])


def suit(person: tuple[Image, Image]) -> tuple[Image, Image]:
    """Give the cut-out again with a matte of the orange cloth only, well inside its edges.

    A take is framed a little differently from its plate, and the matte must still lie on cloth.
    """
    own, matte = person
    orange = floats((own[..., 0] > 0.40) & (own[..., 0] - own[..., 2] > 0.28))
    orange[:_SLEEVES] = 0
    closed = cv2.morphologyEx(orange, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    core = cv2.erode(opened, np.ones((2 * _INNER + 1, 2 * _INNER + 1), np.uint8))
    return own, floats(cv2.GaussianBlur(core, (0, 0), 0.8)) * matte


_FACE = (222.0, 112.0)  # middle of the face in the photograph, pixels


def placed(
    person: tuple[Image, Image], framing: Framing, size: tuple[int, int]
) -> tuple[Image, Image]:
    """Put the cut-out where the framing wants it, in a picture of `size` (width, height)."""
    own, matte = person
    x, y = _FACE
    if framing.turned:
        own, matte, x = own[:, ::-1], matte[:, ::-1], own.shape[1] - 1 - x
    width, height = size
    s = framing.scale
    move = np.array(
        [[s, 0, framing.face[0] * width - s * x], [0, s, framing.face[1] * height - s * y]]
    )
    colours = cv2.warpAffine(
        own, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    cover = cv2.warpAffine(matte, move, size, flags=cv2.INTER_LINEAR)
    return np.clip(colours, 0, 1), np.clip(cover, 0, 1)
