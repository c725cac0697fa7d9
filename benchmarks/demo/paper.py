"""Cut-paper animation by code: sheets of coloured paper, lit from one side, one above the other.

A picture is built from the back to the front. Each sheet has an antialiased outline, a grain of
fibres, a lighter edge towards the light and a soft shadow on what lies behind it; lamps add light.
Colours are sRGB in 0..1, light is added linearly; points are in units of the picture's height.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.demo.pixels import Colour, Image, Picture, code_values, floats

Points = Sequence[tuple[float, float]]
_SHIFT = 6  # sub-pixel bits of OpenCV's polygon filler
_OVER = 2  # drawn this much larger, then averaged


def colour(code: str) -> Colour:
    """Read #rrggbb."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A piece cut out: coverage 0..1 of a window of the large drawing."""

    x: int  # window's left and top, pixels
    y: int
    mask: Image
    span: tuple[float, float]  # first and last row of the uncropped piece, in the window

    @property
    def place(self) -> tuple[slice, slice]:
        """The window, as an index into the drawing."""
        rows, columns = self.mask.shape
        return slice(self.y, self.y + rows), slice(self.x, self.x + columns)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A picture in the making, seen through a camera that can move closer."""

    width: int  # pixels of the finished picture
    height: int
    zoom: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)  # point of the world in the middle of the picture
    seed: int = 0
    light: tuple[float, float] = (-0.6, -0.8)  # where the key light comes from
    picture: Image = field(init=False)
    fibres: Image = field(init=False)

    def __post_init__(self) -> None:
        """Lay an empty table and make the paper's grain once."""
        rows, columns = self.height * _OVER, self.width * _OVER
        self.picture = np.zeros((rows, columns, 3), np.float32)
        self.fibres = _fibres(rows, columns, self.seed)

    @property
    def unit(self) -> float:
        """Pixels (of the large drawing) in one unit of the world."""
        return self.height * _OVER * self.zoom

    def pixels(self, points: Points) -> NDArray[Any]:
        """Take points of the world to pixels of the large drawing."""
        middle = np.array([self.width * _OVER / 2, self.height * _OVER / 2])
        at = (np.asarray(points, np.float64) - self.centre) * self.unit + middle
        return np.asarray(at, np.float64)

    def outline(self, points: Points, *, smooth: bool = False) -> Cut:
        """Cut a closed outline."""
        at = self.pixels(rounded(points) if smooth else points)

        def fill(mask: NDArray[Any], fixed: NDArray[Any]) -> None:
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SHIFT)

        return self._cut(at, 2.0, fill)

    def disc(self, centre: tuple[float, float], radius: float, tall: float = 1.0) -> Cut:
        """Cut a disc, or an ellipse `tall` times as high as wide."""
        turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        ring = np.stack([np.cos(turn) * radius, np.sin(turn) * radius * tall], 1) + centre
        return self.outline([(x, y) for x, y in ring])

    def stroke(self, points: Points, width: float) -> Cut:
        """Cut a round brush stroke along points, of one width in world units."""
        thick = max(1, round(width * self.unit))

        def draw(mask: NDArray[Any], fixed: NDArray[Any]) -> None:
            cv2.polylines(mask, [fixed], isClosed=False, color=255, thickness=thick,
                          lineType=cv2.LINE_AA, shift=_SHIFT)  # fmt: skip

        return self._cut(self.pixels(rounded(points, closed=False)), thick + 2.0, draw)

    def _cut(
        self,
        at: NDArray[Any],
        margin: float,
        draw: Callable[[NDArray[Any], NDArray[Any]], None],
    ) -> Cut:
        rows, columns = self.picture.shape[:2]
        low = np.clip(np.floor(at.min(axis=0) - margin), 0, (columns, rows)).astype(int)
        high = np.clip(np.ceil(at.max(axis=0) + margin), 0, (columns, rows)).astype(int)
        mask = np.zeros((max(0, high[1] - low[1]), max(0, high[0] - low[0])), np.uint8)
        if mask.size:
            draw(mask, np.round((at - low) * 2**_SHIFT).astype(np.int32))
        top = (at.min(axis=0)[1] - low[1], at.max(axis=0)[1] - low[1])
        return Cut(x=int(low[0]), y=int(low[1]), mask=mask.astype(np.float32) / 255, span=top)

    def sheet(
        self,
        cut: Cut,
        paper: Colour,
        *,
        foot: Colour | None = None,
        shadow: float = 0.012,
        depth: float = 0.45,
        edge: float = 0.10,
        opacity: float = 1.0,
    ) -> None:
        """Lay a sheet of paper: its shadow first, then itself, shaded from `paper` to `foot`.

        `shadow` is the sheet's height over what lies behind it, in world units.
        """
        if not cut.mask.size:
            return
        if shadow > 0:
            self._cast(cut, shadow * self.unit, depth * opacity)
        first, last = cut.span
        ramp = (np.arange(cut.mask.shape[0]) - first) / max(1.0, last - first)
        blend = np.clip(ramp, 0, 1).astype(np.float32)[:, None, None]
        fill = floats(paper) * (1 - blend) + floats(foot or paper) * blend
        fill = fill * (1 + self.fibres[cut.place][..., None])
        fill = fill + edge * self._rim(cut.mask)[..., None]
        under = self.picture[cut.place]
        under += (np.clip(fill, 0, 1) - under) * (cut.mask * floats(opacity))[..., None]

    def glow(self, centre: tuple[float, float], radius: float, tint: Colour, power: float) -> None:
        """Add the light of a lamp: bright at the centre, falling off as in mist."""
        x, y = self.pixels([centre])[0]
        reach = 4 * radius * self.unit
        low, high = max(0, int(y - reach)), max(0, int(y + reach))
        left, right = max(0, int(x - reach)), max(0, int(x + reach))
        place = np.s_[low:high, left:right]
        rows, columns = self.picture[place].shape[:2]
        if not rows or not columns:
            return
        down = ((np.arange(low, low + rows, dtype=np.float32) - floats(y)) / reach) ** 2
        along = ((np.arange(left, left + columns, dtype=np.float32) - floats(x)) / reach) ** 2
        distance = down[:, None] + along  # squared; 1 at the rim
        fade = np.maximum(1 - distance, 0) ** 2
        halo = floats(power) * fade / (1 + 64 * distance)
        self.picture[place] = lit(self.picture[place], halo[..., None] * floats(tint))

    def mist(self, tint: Colour, amount: Image) -> None:
        """Lay mist over everything so far; amount 0..1 for each row, as a column."""
        thick = np.flatnonzero(amount[:, 0] > 0.002)
        if thick.size:
            rows = slice(thick[0], thick[-1] + 1)
            under = self.picture[rows]
            under += (floats(tint) - under) * amount[rows][..., None]

    def whole(self, *cuts: Cut) -> Image:
        """Give the union of cuts: coverage 0..1 of each pixel of the large drawing."""
        mask = np.zeros(self.picture.shape[:2], np.float32)
        for cut in cuts:
            mask[cut.place] = np.maximum(mask[cut.place], cut.mask)
        return mask

    def framed(self, cut: Cut, other: Cut) -> Image:
        """Give one cut in the window of another."""
        return self.whole(cut)[other.place]

    def rows(self) -> Image:
        """Give the height of each pixel in world units, as a column."""
        middle = self.height * _OVER / 2
        at = (np.arange(self.picture.shape[0]) - middle) / self.unit + self.centre[1]
        return at.astype(np.float32)[:, None]

    def finished(self, *, vignette: float = 0.25, grain: float = 0.012) -> Picture:
        """Average down to the finished size, with a breath of vignette and film grain: RGB."""
        small = cv2.resize(self.picture, (self.width, self.height), interpolation=cv2.INTER_AREA)
        rows, columns = np.mgrid[-1 : 1 : self.height * 1j, -1 : 1 : self.width * 1j]
        fall = 1 - vignette * np.clip((rows**2 + columns**2) / 2, 0, 1) ** 1.5
        noise = np.random.default_rng(self.seed + 1).normal(0, grain, small.shape)
        return code_values(small * fall[..., None] + noise)

    def averaged(self, mask: Image) -> Image:
        """Average a mask down to the finished size."""
        size = (self.width, self.height)
        return floats(cv2.resize(mask, size, interpolation=cv2.INTER_AREA))

    def _cast(self, cut: Cut, length: float, depth: float) -> None:
        blur = max(1.0, length * 0.7)
        pad = int(length + 3 * blur) + 1
        around = cv2.copyMakeBorder(cut.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
        shade = _blurred(_moved(around, self.light, length), blur)
        top, left = max(0, cut.y - pad), max(0, cut.x - pad)
        under = self.picture[top : cut.y + cut.mask.shape[0] + pad,
                             left : cut.x + cut.mask.shape[1] + pad]  # fmt: skip
        dy, dx = top - (cut.y - pad), left - (cut.x - pad)
        under *= 1 - depth * shade[dy : dy + under.shape[0], dx : dx + under.shape[1], None]

    def _rim(self, mask: Image) -> Image:
        moved = _moved(mask, self.light, max(1.5, 0.0022 * self.height * _OVER))
        return np.asarray(np.clip(mask - moved, 0, 1) - 0.6 * np.clip(moved - mask, 0, 1))


def _moved(mask: Image, light: tuple[float, float], length: float) -> Image:
    """Move a mask away from the light."""
    shift = np.array([[1, 0, -light[0] * length], [0, 1, -light[1] * length]])
    return np.asarray(cv2.warpAffine(mask, shift, (mask.shape[1], mask.shape[0])), np.float32)


def _blurred(mask: Image, sigma: float) -> Image:
    """Blur by a Gaussian; a wide one on a quarter of the size, where nobody sees the difference."""
    if sigma < 8:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32)
    rows, columns = mask.shape
    small = cv2.resize(mask, (columns // 4 + 1, rows // 4 + 1), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def lit(picture: Image, light: Image) -> Image:
    """Add light in (nearly) linear terms, gamma 2; what gets too bright rolls off."""
    linear = picture * picture + light
    return np.asarray(np.sqrt(linear / (1 + np.maximum(linear - 0.8, 0))), np.float32)


def rounded(points: Points, *, closed: bool = True, steps: int = 12) -> Points:
    """Pass a smooth curve through points (centripetal Catmull-Rom)."""
    at = np.asarray(points, np.float64)
    count = len(at)
    if count < 3:
        return points
    out: list[tuple[float, float]] = []
    for i in range(count if closed else count - 1):
        a, b, c, d = (
            at[(i + k) % count] if closed else at[min(max(i + k, 0), count - 1)]
            for k in (-1, 0, 1, 2)
        )
        for t in np.linspace(0, 1, steps, endpoint=False):
            curve = (
                2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            ) / 2  # fmt: skip
            out.append((float(curve[0]), float(curve[1])))
    if not closed:
        out.append((float(at[-1][0]), float(at[-1][1])))
    return out


def _fibres(rows: int, columns: int, seed: int) -> Image:
    """Give paper grain; another seed is another part of the same large sheet."""
    return np.roll(_sheet_of_paper(rows, columns), (seed * 131, seed * 197), (0, 1))


@lru_cache(maxsize=2)
def _sheet_of_paper(rows: int, columns: int) -> Image:
    """Make paper grain: fine tooth, longer fibres and slow unevenness, about ±0.1."""
    rng = np.random.default_rng(rows)
    tooth = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    fine = cv2.GaussianBlur(tooth, (0, 0), 1.0)
    long = cv2.GaussianBlur(tooth, (0, 0), sigmaX=9.0, sigmaY=0.8)
    coarse = rng.normal(0, 1, (rows // 24 + 2, columns // 24 + 2)).astype(np.float32)
    slow = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    parts = (0.028, fine), (0.022, long), (0.016, slow)
    return np.asarray(sum(w * p / p.std() for w, p in parts), np.float32)
