"""A take comes back from display code values to the working space, as half-float OpenEXR.

The inverse of the view that the plate was shown through; exposure and grade are taken back. What
the view or the model drove to white or black has no way back, and is counted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.domain.rendering import Rendering
from benchmarks.grading import names, record, transform
from benchmarks.grading.plate import PRIMARIES
from router.decoding.decode import Decoded, Probe
from router.domain.errors import BadInput

EIGHT = "the frames of a clip of more than 8 bits were read in 8"
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A take in scene-linear values."""

    values: transform.Floats  # (height, width, 3)
    space: str
    bit_depth: int  # of the take
    white: float  # share of pixels with a channel at white
    black: float  # share of pixels all of whose channels are black
    ceiling: float  # the most that any value of this view can come back as, grey
    brightest: float
    negative: float  # share of values below 0
    notes: tuple[str, ...]


def returned(take: Decoded, rendering: Rendering, space: str | None = None) -> Returned:
    """Bring a still take back; `space`: where to, the record's working space unless said.

    Raises:
        BadInput: a clip, HDR, or a name of colour that the record's config does not have.
    """
    if not take.probe.still:
        found = f"a clip of {take.probe.frames} frames"
        raise BadInput(field="TAKE", found=found, expected="a still picture, or one frame of it")
    codes = take.deep[0] if take.deep else take.rgb[0]
    return brought(codes, take.probe, rendering, space)


def brought(codes: Array, probe: Probe, rendering: Rendering, space: str | None = None) -> Returned:
    """Bring one frame's code values (height, width, 3) back; raises BadInput as `returned`."""
    if probe.transfer != "sdr":
        found = f"HDR ({probe.transfer})"
        raise BadInput(field="TAKE", found=found, expected="a picture of the view in the record")
    top = np.iinfo(codes.dtype).max
    to = space or rendering.showing.colours.working_space
    home = transform.processor(rendering.showing, back=True, to=to)
    values = transform.applied(home, codes.astype(np.float32) / np.float32(top))
    shallow = codes.dtype == np.uint8 and probe.bit_depth > 8
    return Returned(
        values=values,
        space=to,
        bit_depth=8 if shallow else probe.bit_depth,
        white=float((codes == top).any(axis=2).mean()),
        black=float((codes == 0).all(axis=2).mean()),
        ceiling=float(transform.applied(home, np.ones((1, 1, 3), np.float32)).max()),
        brightest=float(values.max()),
        negative=float((values < 0).mean()),
        notes=(*probe.notes, *([EIGHT] if shallow else []), *_doubts(rendering)),
    )


def _doubts(rendering: Rendering) -> list[str]:
    """Say where this installation is another than the one that made the picture."""
    here, of = str(names.library().__version__), names.config(rendering.showing.colours.config)
    said = []
    if rendering.ocio != here:
        said.append(f"shown by OpenColorIO {rendering.ocio}, brought back by {here}")
    if rendering.config_id != of.getCacheID():
        said.append("the config of that name is not the one that the record was made with")
    return said


def write_exr(found: Returned, path: Path, rendering: Rendering) -> None:
    """Write half floats, tagged with space and record; raises BadInput where that fails."""
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    height, width = found.values.shape[:2]
    spec = oiio.ImageSpec(width, height, 3, oiio.HALF)
    spec.attribute("compression", "zip")
    spec.attribute("oiio:ColorSpace", found.space)
    spec.attribute("circletake:colour", record.text(rendering))
    if found.space in PRIMARIES:
        spec.attribute("chromaticities", "float[8]", PRIMARIES[found.space])
    out = oiio.ImageOutput.create("exr")
    if out is None:
        raise BadInput(field="out", found=oiio.geterror()[:160], expected="a writer of OpenEXR")
    halves = np.clip(found.values, -transform.BRIGHTEST, transform.BRIGHTEST)
    if not (out.open(str(path), spec) and out.write_image(halves) and out.close()):
        expected = "a place to write an OpenEXR to"
        raise BadInput(field="out", found=out.geterror()[:160], expected=expected)
