"""A scene-referred plate becomes the 8-bit picture that a model accepts, with its record."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.domain.rendering import Loss, Rendering, Showing
from benchmarks.grading import names, record, transform
from benchmarks.pictures.pixels import Pixels, png
from router.decoding.decode import Values

MID = (0.02, 2.0)  # as exposed: from three stops under mid grey to three and a half over
PRIMARIES = {
    "ACEScg": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
    "ACES2065-1": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "Linear Rec.709 (sRGB)": (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329),
}
LOOKED_AT = 300_000  # pixels of a plate whose way back is measured
_SAME = 0.002  # of primaries

Floats = transform.Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture for a model."""

    picture: bytes  # PNG, 8 bits, the record in a text chunk
    pixels: Pixels  # (height, width, 3)
    rendering: Rendering
    ctf: str  # the whole way, without a config

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]


def shown(plate: Values, showing: Showing, sha256: str) -> Shown:
    """Show a plate; equal plates and showings give equal bytes.

    Raises:
        BadInput: a name of colour that its config does not have.
    """
    of = names.checked(showing)
    own = of.getColorSpace(showing.source_space).getName()
    showing = replace(showing, source_space=own)
    way = transform.processor(showing)
    codes = coded(transform.applied(way, plate.pixels))
    rendering = Rendering(
        showing=showing,
        config_id=of.getCacheID(),
        processor_id=way.getCacheID(),
        ocio=str(names.library().__version__),
        source_sha256=sha256,
        loss=loss(plate.pixels, codes, showing),
        notes=(*plate.probe.notes, *_doubts(plate, own)),
    )
    return Shown(
        picture=record.inside(png(codes), rendering),
        pixels=codes,
        rendering=rendering,
        ctf=transform.ctf(way, showing),
    )


def coded(values: Floats) -> Pixels:
    """Round display values in 0..1 to 8 bits."""
    return np.asarray(np.rint(np.clip(values, 0.0, 1.0) * 255.0), np.uint8)


def loss(plate: Floats, codes: Pixels, showing: Showing) -> Loss:
    """Measure what comes back of a plate, in the working space, against the plate itself.

    Of a large plate evenly spread pixels are sent back, and the brightest one.
    """
    gain, working = np.float32(2.0**showing.exposure), showing.colours.working_space
    there: Any = names.config(showing.colours.config).getProcessor(showing.source_space, working)
    white = (codes == 255).any(axis=2)
    picked = _spread(codes)
    before = transform.applied(there, plate.reshape(1, -1, 3)[:, picked]) * gain
    shown_as = codes.reshape(1, -1, 3)[:, picked].astype(np.float32) / np.float32(255)
    after = transform.applied(transform.processor(showing, back=True, to=working), shown_as) * gain
    below = shown_as.max(axis=2, keepdims=True) < 1
    middle = (before >= MID[0]) & (before <= MID[1]) & below
    stops = np.abs(np.log2(np.maximum(after[middle], 1e-6) / before[middle]))
    return Loss(
        median_stops=round(float(np.median(stops)), 5) if stops.size else None,
        p99_stops=round(float(np.percentile(stops, 99)), 5) if stops.size else None,
        clipped=round(float(white.mean()), 6),
        brightest=round(float(transform.applied(there, plate).max() * gain), 4),
        brightest_back=round(float(after.max()), 4),
    )


def _spread(codes: Pixels) -> Any:
    """Choose pixels: all of a small picture, else about LOOKED_AT, and the brightest."""
    count = codes.shape[0] * codes.shape[1]
    step = max(1, count // LOOKED_AT) | 1  # odd, so that no column is always left out
    return np.append(np.arange(0, count, step), int(codes.sum(axis=2, dtype=np.int32).argmax()))


def _doubts(plate: Values, space: str) -> list[str]:
    """Say where the file's own tags are at odds with the space that was named."""
    tagged, named = plate.probe.primaries, PRIMARIES.get(space)
    if tagged is None or named is None or np.allclose(tagged, named, atol=_SAME):
        return []
    fits = [n for n, p in PRIMARIES.items() if np.allclose(tagged, p, atol=_SAME)]
    other = fits[0] if fits else "other primaries"
    return [f"the file is tagged with the primaries of {other}, and was read as {space}"]
