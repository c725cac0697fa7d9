"""A canvas of depth layers: shapes get form from one key light, an ambient light and the air."""

from dataclasses import dataclass

import cv2
import numpy as np

from router.emulator.painter.words import Colour

Point = tuple[float, float] | np.ndarray
FINE = 2
"""Shapes are drawn this many times larger and averaged down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light of a scene; colours are sRGB 0..1 and may exceed 1."""

    key: Colour
    ambient: Colour
    rim: Colour
    air: Colour
    side: float
    """Where the key comes from: -1 left … 1 right."""
    height: float
    """How high the key stands: 0 horizon … 1 overhead."""
    density: float
    """How much of the air's colour a thing at depth 1 takes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A picture in the making: float32 (H, W, 3) RGB 0..1, and the light in it."""

    rgb: np.ndarray
    light: Light
    rng: np.random.Generator

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a shape is painted."""

    colour: Colour
    form: float = 0.12
    """Roundness: blur of the relief, as a share of the shape's shorter side."""
    depth: float = 0.0
    rim: float = 0.35
    soft: float = 0.0
    """Blur of the outline in pixels."""
    opacity: float = 1.0
    gloss: float = 0.0
    texture: float = 0.03


def curve(points: np.ndarray, steps: int = 10) -> np.ndarray:
    """Run a closed Catmull-Rom curve through points (N, 2)."""
    before, after = np.roll(points, 1, 0), np.roll(points, -1, 0)
    beyond = np.roll(points, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None, None]
    run = (
        2 * points
        + (after - before) * t
        + (2 * before - 5 * points + 4 * after - beyond) * t**2
        + (3 * points - before - 3 * after + beyond) * t**3
    ) / 2
    out: np.ndarray = run.transpose(1, 0, 2).reshape(-1, 2)
    return out


def ellipse(centre: Point, rx: float, ry: float, turn: float = 0.0) -> np.ndarray:
    """Give the outline of an ellipse, turned by some radians."""
    x, y = float(centre[0]), float(centre[1])
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    across, down = rx * np.cos(angle), ry * np.sin(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + across * cos - down * sin, y + across * sin + down * cos], 1)


def cover(
    size: tuple[int, int], outlines: list[np.ndarray], margin: int, *, rings: bool = False
) -> tuple[tuple[slice, slice], np.ndarray] | None:
    """Draw outlines as one antialiased mask: their union; with `rings`, what an odd number covers.

    Returns:
        where it lies on the canvas, and the mask (float32, 0..1); None where nothing shows.
    """
    points = np.concatenate(outlines)
    low = np.maximum(np.floor(points.min(0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(points.max(0)).astype(int) + margin + 1, size)
    if (high - low).min() < 2:
        return None
    width, height = (high - low).tolist()
    large = np.zeros((height * FINE, width * FINE), np.uint8)
    shifted = [np.round((line - low) * FINE * 16).astype(np.int32) for line in outlines]
    for group in [shifted] if rings else [[line] for line in shifted]:
        cv2.fillPoly(large, group, 255, cv2.LINE_AA, 4)
    mask = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    where = (slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0])))
    return where, mask.astype(np.float32) / 255


def stamp(canvas: Canvas, outlines: list[np.ndarray], look: Look) -> None:
    """Paint outlines (pixels) as one lit shape."""
    found = cover(canvas.size, outlines, int(3 + 3 * look.soft))
    if found is None:
        return
    where, mask = found
    colour = _lit(canvas, mask, look, where)
    if look.soft:
        mask = _softened(mask, look.soft)
    alpha = (mask * look.opacity)[..., None]
    under = canvas.rgb[where]
    canvas.rgb[where] = under + (colour - under) * alpha


def _lit(canvas: Canvas, mask: np.ndarray, look: Look, where: tuple[slice, slice]) -> np.ndarray:
    light = canvas.light
    base = np.array(look.colour, np.float32)
    if look.form <= 0:
        shade = np.full((*mask.shape, 1), 0.75, np.float32) * np.array(light.key, np.float32)
        shade = shade * 0.6 + np.array(light.ambient, np.float32)
    else:
        shade = _shade(mask, look, light)
    if look.texture:
        shade = shade * (1 + look.texture * brush(canvas.size)[where][..., None])
    colour = base * shade
    haze = min(1.0, look.depth * light.density)
    return colour * (1 - haze) + np.array(light.air, np.float32) * haze


def _shade(mask: np.ndarray, look: Look, light: Light) -> np.ndarray:
    """Light a relief whose height rises from the outline to the middle."""
    across = max(2.0, float(np.sqrt(mask.sum())) * look.form)
    small = 8 if across > 28 else 4 if across > 14 else (2 if across > 6 else 1)
    relief = cv2.resize(mask, None, fx=1 / small, fy=1 / small, interpolation=cv2.INTER_AREA)
    sigma = across / small
    relief = 0.6 * cv2.GaussianBlur(relief, (0, 0), sigma) + 0.4 * cv2.GaussianBlur(
        relief, (0, 0), sigma / 2.5
    )
    gx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) * (sigma * 0.34)
    gy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) * (sigma * 0.34)
    length = np.sqrt(gx**2 + gy**2 + 0.16)
    side, up = light.side * 0.8, -(0.25 + 0.6 * light.height)
    facing = (0.4 * 0.55 - gx * side - gy * up) / length
    lambert = np.clip(facing * 0.85 + 0.15, 0, 1)
    edge = np.clip((gx * side * 1.3 - gy * 0.35) / length - 0.3, 0, 1) ** 1.5 * look.rim * 1.6
    spark = np.clip(facing, 0, 1) ** 14 * look.gloss
    key, ambient, rim = (np.array(c, np.float32) for c in (light.key, light.ambient, light.rim))
    shade = (lambert + 2.5 * spark)[..., None] * key + ambient + edge[..., None] * rim
    return cv2.resize(shade, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)


def shadow(canvas: Canvas, outlines: list[np.ndarray], soft: float, strength: float) -> None:
    """Darken softly under outlines."""
    tint(canvas, outlines, soft, strength, (0.05, 0.05, 0.08))


def tint(
    canvas: Canvas, outlines: list[np.ndarray], soft: float, strength: float, colour: Colour
) -> None:
    """Lay a soft transparent colour over an outline, or over the ring between two."""
    found = cover(canvas.size, outlines, int(3 * soft) + 2, rings=len(outlines) == 2)
    if found is None:
        return
    where, mask = found
    if soft > 0.3:
        mask = _softened(mask, soft)
    alpha = (mask * strength)[..., None]
    under = canvas.rgb[where]
    canvas.rgb[where] = under + (np.array(colour, np.float32) - under) * alpha


def _softened(mask: np.ndarray, sigma: float) -> np.ndarray:
    """Blur; a wide blur is done small, where nobody sees the difference."""
    if sigma <= 6:
        return cv2.GaussianBlur(mask, (0, 0), sigma)
    small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return cv2.resize(small, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)


def glow(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    """Add light around a point."""
    width, height = canvas.size
    reach = int(radius * 3)
    x0, x1 = max(0, int(x) - reach), min(width, int(x) + reach + 1)
    y0, y1 = max(0, int(y) - reach), min(height, int(y) + reach + 1)
    if x1 <= x0 or y1 <= y0:
        return
    step = max(1, int(radius / 6))
    across = np.arange(x0, x1, step, dtype=np.float32)[None] + (step - 1) / 2 - np.float32(x)
    down = np.arange(y0, y1, step, dtype=np.float32)[:, None] + (step - 1) / 2 - np.float32(y)
    far = np.sqrt(across**2 + down**2) / np.float32(radius)
    fall = (np.exp(-(far**2) * 1.6) + 0.25 * np.exp(-far * 1.8)) * np.clip(3 - far, 0, 1)
    light = fall.astype(np.float32)[..., None] * np.array(colour, np.float32)
    wide = cv2.resize(light, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    canvas.rgb[y0:y1, x0:x1] += wide[: y1 - y0, : x1 - x0]


def stroke(points: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Give the outline of a line (N, 2) whose half width changes along it (N)."""
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    reach = normal * widths[:, None]
    return np.concatenate([points + reach, (points - reach)[::-1]])


_brushes: dict[tuple[int, int], np.ndarray] = {}


def brush(size: tuple[int, int]) -> np.ndarray:
    """Give the brush work of a canvas: slanted soft noise, deviation 1, the same each time."""
    if size not in _brushes:
        noise = np.random.default_rng(7).standard_normal(
            (size[1] // 2, size[0] // 2), dtype=np.float32
        )
        kernel = np.eye(13, dtype=np.float32)[::-1] / 13
        field = cv2.GaussianBlur(cv2.filter2D(noise, -1, kernel), (0, 0), 0.8)
        field = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
        if len(_brushes) >= 12:
            _brushes.clear()
        _brushes[size] = field / field.std()
    return _brushes[size]


def clouds(size: tuple[int, int], rng: np.random.Generator, stretch: float = 2.0) -> np.ndarray:
    """Draw fractal noise, float32 (H, W), about 0..1."""
    width, height = size
    field = np.zeros((height // 4 + 1, width // 4 + 1), np.float32)
    cells, weight = 3, 1.0
    for _ in range(5):
        grid = rng.random(
            (cells + 2, max(3, int(cells * width / height / stretch) + 2)), np.float32
        )
        field += weight * cv2.resize(grid, field.shape[::-1], interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * 0.5
    level: np.ndarray = (field - field.min()) / (np.ptp(field) + 1e-6)
    return cv2.resize(level.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
