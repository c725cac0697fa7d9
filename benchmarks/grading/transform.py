"""From scene-referred values to display code values and back, by OpenColorIO.

source space -> working space -> exposure -> grade -> view. Foreign files never come here: values
come out of the decode jail, and configs are built in.
"""

from typing import Any

import numpy as np

from benchmarks.domain.rendering import ON_DISPLAY, Graded, Showing
from benchmarks.grading import names

CTF = "Color Transform Format"
BRIGHTEST = 65504.0  # of a half float

Floats = np.ndarray[Any, np.dtype[np.float32]]


def processor(showing: Showing, *, back: bool = False, to: str | None = None) -> Any:
    """Build the way of a showing; raises BadInput for names that do not exist.

    Args:
        showing: plate to picture.
        back: the other way.
        to: the way ends (or, backwards, starts) at this space instead of the plate's own.
    """
    ocio = names.library()
    of = names.checked(showing)
    source = to or showing.source_space
    names.space(of, source, "space")
    said, ways = showing.colours, ocio.GroupTransform()
    ways.appendTransform(ocio.ColorSpaceTransform(source, said.working_space))
    gain = 2.0**showing.exposure
    scale = [gain if i in {0, 5, 10} else float(i == 15) for i in range(16)]
    ways.appendTransform(ocio.MatrixTransform(scale))
    if showing.grade is not None and showing.grade.space != ON_DISPLAY:
        ways.appendTransform(ocio.ColorSpaceTransform(said.working_space, showing.grade.space))
        ways.appendTransform(_cdl(showing.grade))
        ways.appendTransform(ocio.ColorSpaceTransform(showing.grade.space, said.working_space))
    ways.appendTransform(
        ocio.DisplayViewTransform(
            src=said.working_space, display=said.model_display, view=said.model_view
        )
    )
    if showing.grade is not None and showing.grade.space == ON_DISPLAY:
        ways.appendTransform(_cdl(showing.grade))
    way = ocio.TRANSFORM_DIR_INVERSE if back else ocio.TRANSFORM_DIR_FORWARD
    return of.getProcessor(ways, way)


def _cdl(grade: Graded) -> Any:
    """A grade; on display values clamped as the ASC says, elsewhere not, for there is no 1."""
    ocio = names.library()
    made = ocio.CDLTransform()
    made.setSlope(list(grade.slope))
    made.setOffset(list(grade.offset))
    made.setPower(list(grade.power))
    made.setSat(grade.saturation)
    made.setStyle(ocio.CDL_ASC if grade.space == ON_DISPLAY else ocio.CDL_NO_CLAMP)
    return made


def applied(way: Any, values: Floats) -> Floats:
    """Send float32 (height, width, 3) through a processor; the argument is left as it is."""
    out = np.array(np.clip(values, -BRIGHTEST, BRIGHTEST), np.float32, order="C")
    way.getDefaultCPUProcessor().applyRGB(out)
    return np.nan_to_num(out, posinf=BRIGHTEST, neginf=-BRIGHTEST)


def ctf(way: Any, showing: Showing) -> str:
    """Write a processor as a CTF, which every OpenColorIO 2 replays without any config."""
    text: str = way.createGroupTransform().write(CTF, names.checked(showing))
    return text
