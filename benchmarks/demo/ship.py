"""The ship of the live-action pack: a drawn set out of focus, as behind an actor in close-up."""

from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.demo.pixels import Colour, Image, floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A lighting of the set and of the person in it; gains are linear, per channel."""

    wall: Colour
    floor: Colour
    lamps: tuple[Colour, ...]
    key: Colour  # gain of the side that the key light comes from
    fill: Colour  # gain of the other side
    key_left: bool = True
    porthole: bool = False
    seed: int = 1


BAY = Light(
    wall=(0.30, 0.36, 0.42), floor=(0.12, 0.14, 0.17), lamps=((0.75, 0.90, 1.0), (1.0, 0.86, 0.62)),
    key=(1.02, 1.0, 0.97), fill=(0.60, 0.66, 0.74), seed=4,
)  # fmt: skip
CUPOLA = Light(
    wall=(0.13, 0.15, 0.21), floor=(0.05, 0.06, 0.09), lamps=((0.35, 0.55, 1.0), (1.0, 0.60, 0.30)),
    key=(1.08, 0.92, 0.72), fill=(0.34, 0.42, 0.60), key_left=False, porthole=True, seed=9,
)  # fmt: skip
CORRIDOR = Light(
    wall=(0.16, 0.27, 0.28), floor=(0.06, 0.09, 0.10),
    lamps=((1.0, 0.72, 0.35), (0.45, 0.95, 0.90)),
    key=(0.96, 1.0, 0.98), fill=(0.76, 0.70, 0.62), seed=21,
)  # fmt: skip
ALARM = Light(
    wall=(0.38, 0.20, 0.13), floor=(0.14, 0.06, 0.05), lamps=((1.0, 0.45, 0.22), (1.0, 0.72, 0.40)),
    key=(1.10, 0.74, 0.52), fill=(0.62, 0.36, 0.30), seed=4,
)  # fmt: skip
GARDEN = Light(
    wall=(0.34, 0.40, 0.28), floor=(0.14, 0.18, 0.10),
    lamps=((0.95, 1.0, 0.72), (0.55, 0.85, 0.45)),
    key=(1.02, 1.02, 0.90), fill=(0.60, 0.64, 0.50), key_left=False, seed=33,
)  # fmt: skip


def plate(person: tuple[Image, Image], light: Light, size: tuple[int, int]) -> Image:
    """Put a placed person on the set: lit as the set is lit, with one grain over both."""
    colours, matte = person
    behind = background(light, size)
    weight = matte.sum(axis=0)
    middle = float((weight * np.arange(weight.size)).sum() / max(1e-6, float(weight.sum())))
    shaded = relit(colours, light, middle)
    wrap = cv2.GaussianBlur(1 - matte, (0, 0), 7.0) * matte  # the set's light around the edges
    shaded = shaded + 0.22 * wrap[..., None] * behind
    picture = behind + (shaded - behind) * matte[..., None]
    return grained(picture, light.seed)


def relit(colours: Image, light: Light, middle: float) -> Image:
    """Light a person from one side: linear gains from key to fill across column `middle`."""
    across = (np.arange(colours.shape[1], dtype=np.float32) - middle) / (0.11 * colours.shape[1])
    share = 1 / (1 + np.exp(np.clip(-across if light.key_left else across, -30, 30)))
    share = share.astype(np.float32)[None, :, None]
    gain = floats(light.key) * (1 - share) + floats(light.fill) * share
    return encoded(linear(colours) * gain)


def background(light: Light, size: tuple[int, int]) -> Image:
    """Draw the set out of focus: ribs, panels, lamps as discs of blur, perhaps a porthole."""
    width, height = size
    rng = np.random.default_rng(light.seed)
    fall = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    scene = floats(light.wall) * (1.15 - 0.75 * fall) + floats(light.floor) * fall * 0.6
    scene = np.repeat(scene, width, axis=1)
    for i in range(9):  # ribs that converge behind the person
        x = width * (0.5 + (i - 4) * 0.135 + rng.normal(0, 0.006))
        lean = (x - width / 2) * 0.32
        post = np.array(
            [[x - 9, -20], [x + 9, -20], [x + lean + 16, height + 20], [x + lean - 16, height + 20]]
        )
        tone = float(rng.uniform(0.45, 0.8))
        cv2.fillPoly(scene, [post.astype(np.int32)], [c * tone for c in light.wall], cv2.LINE_AA)
    for y in (0.20, 0.47, 0.74):
        top, low = int(y * height), int((y + 0.035) * height)
        cv2.rectangle(scene, (0, top), (width, low), [c * 1.35 for c in light.wall], -1)
    scene = cv2.GaussianBlur(scene, (0, 0), 9.0)
    scene = encoded(linear(scene) + _bokeh(light, size, rng))
    return _porthole(scene) if light.porthole else scene


def _porthole(scene: Image) -> Image:
    """Cut a large window with the limb of a planet, out of focus too."""
    height, width = scene.shape[:2]
    centre, radius = (int(0.80 * width), int(0.40 * height)), int(0.52 * height)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    space = np.zeros_like(scene) + floats((0.010, 0.014, 0.030))
    limb = np.hypot(columns - 1.16 * width, rows - 1.35 * height) - 1.05 * height
    day = 1 / (1 + np.exp(np.clip(limb / 12, -30, 30)))
    rim = np.exp(-(((limb - 10) / 26) ** 2))
    cloud = cv2.GaussianBlur(np.random.default_rng(3).random(rows.shape, np.float32), (0, 0), 26)
    cloud = np.clip((cloud - cloud.mean()) * 26 + 0.5, 0, 1)
    sea = floats((0.16, 0.36, 0.62)) + cloud[..., None] * floats((0.55, 0.48, 0.34))
    space = (
        space + (sea - space) * day[..., None] + rim[..., None] * floats((0.35, 0.62, 1.0)) * 0.7
    )
    hole = np.zeros((height, width), np.float32)
    cv2.circle(hole, centre, radius, 1.0, -1, cv2.LINE_AA)
    frame = np.zeros((height, width), np.float32)
    cv2.circle(frame, centre, radius + 16, 1.0, 26, cv2.LINE_AA)
    scene = (
        scene + (floats((0.30, 0.31, 0.34)) - scene) * cv2.GaussianBlur(frame, (0, 0), 4)[..., None]
    )
    soft = cv2.GaussianBlur(hole, (0, 0), 5)[..., None]
    return floats(scene + (np.clip(space, 0, 1) - scene) * soft)


def _bokeh(light: Light, size: tuple[int, int], rng: np.random.Generator) -> Image:
    """Draw small lamps as a lens out of focus shows them: discs with a bright rim."""
    width, height = size
    glow = np.zeros((height, width, 3), np.float32)
    for _ in range(26):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0.04, 0.8) * height))
        radius = int(rng.uniform(9, 24))
        left, top = max(0, centre[0] - radius - 4), max(0, centre[1] - radius - 4)
        under = glow[top : centre[1] + radius + 4, left : centre[0] + radius + 4]
        disc = np.zeros(under.shape[:2], np.float32)
        middle = (centre[0] - left, centre[1] - top)
        cv2.circle(disc, middle, radius, 1.0, -1, cv2.LINE_AA)
        cv2.circle(disc, middle, radius, 1.5, 2, cv2.LINE_AA)
        tint = floats(light.lamps[int(rng.integers(len(light.lamps)))])
        under += disc[..., None] * tint * float(rng.uniform(0.04, 0.30))
    return np.asarray(cv2.GaussianBlur(glow, (0, 0), 1.4))


def grained(picture: Image, seed: int) -> Image:
    """Lay film grain over a picture, strongest in the mid tones."""
    noise = np.random.default_rng(seed).normal(0, 1, picture.shape[:2]).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.7)
    tone = 4 * picture.mean(axis=2) * (1 - picture.mean(axis=2))
    return floats(np.clip(picture + (soft * (0.008 + 0.016 * tone))[..., None], 0, 1))


def linear(picture: Image) -> Image:
    """Take sRGB code values to linear light (IEC 61966-2-1)."""
    low, high = picture / 12.92, ((np.maximum(picture, 0.04045) + 0.055) / 1.055) ** 2.4
    return floats(np.where(picture <= 0.04045, low, high))


def encoded(light: Image) -> Image:
    """Take linear light to sRGB code values; what is too bright clips."""
    light = np.clip(light, 0, 1)
    high = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return floats(np.where(light <= 0.0031308, light * 12.92, high))
