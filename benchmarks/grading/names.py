"""Names of colour: a built-in OpenColorIO config by its full name, and what it knows."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from benchmarks.domain.rendering import CONFIG, ON_DISPLAY, Colours, Graded, Showing
from router.domain.errors import BadInput

PINNED = re.compile(r"ocio://(cg|studio)-config-v[0-9.]+_aces-v[0-9.]+_ocio-v[0-9.]+")
LINEAR, LOG = "scene-linear", "log"
FLOATING = (
    "-latest and default are another config in every release of OpenColorIO, and a picture could "
    f"not be made again: a full name such as {CONFIG}"
)


def library() -> Any:
    """Give OpenColorIO; raises BadInput where it is not installed."""
    try:
        import PyOpenColorIO
    except ImportError as error:
        expected = "OpenColorIO: pip install 'circletake[pipeline]'"
        raise BadInput(field="installation", found=str(error), expected=expected) from error
    return PyOpenColorIO


@cache
def config(name: str, field: str = "config") -> Any:
    """Open a built-in config.

    Raises:
        BadInput: a name that is not pinned, or that this OpenColorIO does not have.
    """
    ocio = library()
    if not PINNED.fullmatch(name):
        loose = "latest" in name or "default" in name
        expected = FLOATING if loose else f"a built-in config by its full name, such as {CONFIG}"
        raise BadInput(field=field, found=name, expected=expected)
    known = [f"ocio://{c[0]}" for c in ocio.BuiltinConfigRegistry().getBuiltinConfigs()]
    if name not in known:
        raise BadInput(field=field, found=name, expected=nearest(name, known))
    return ocio.Config.CreateFromFile(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """Name what a mistyped name may have meant, nearest first."""
    every = list(dict.fromkeys(known))
    folded = {k.casefold(): k for k in reversed(every)}
    close = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.4)
    said = [folded[c] for c in close] or every[:6]
    return f"one of {len(every)}, nearest: {', '.join(said)}"


def spaces(of: Any) -> list[str]:
    """List the colour spaces of a config."""
    return [str(name) for name in of.getColorSpaceNames()]


def space(of: Any, name: str, field: str) -> Any:
    """Give a colour space by name or alias; raises BadInput with the nearest names."""
    found = of.getColorSpace(name)
    if found is None:
        raise BadInput(field=field, found=name, expected=nearest(name, spaces(of)))
    return found


def encoding(colours: Colours, name: str) -> str:
    """Say what a space's values are: scene-linear, log, sdr-video or data."""
    return str(space(config(colours.config), name, "colour_space").getEncoding())


def wrong(colours: Colours) -> Iterator[BadInput]:
    """Find the names of a pack's colour block that its config does not know."""
    try:
        of = config(colours.config)
    except BadInput as bad:
        yield bad
        return
    try:
        working = space(of, colours.working_space, "working_space")
        if working.getEncoding() != LINEAR:
            linear = [n for n in spaces(of) if of.getColorSpace(n).getEncoding() == LINEAR]
            expected = f"a scene-linear space, {nearest(colours.working_space, linear)}"
            found = f"{colours.working_space} ({working.getEncoding()})"
            yield BadInput(field="working_space", found=found, expected=expected)
    except BadInput as bad:
        yield bad
    displays = list(of.getDisplays())
    if colours.model_display not in displays:
        expected = nearest(colours.model_display, displays)
        yield BadInput(field="model_display", found=colours.model_display, expected=expected)
        return
    views = list(of.getViews(colours.model_display))
    if colours.model_view not in views:
        expected = f"for {colours.model_display} {nearest(colours.model_view, views)}"
        yield BadInput(field="model_view", found=colours.model_view, expected=expected)


def checked(showing: Showing) -> Any:
    """Give the config of a showing all of whose names exist.

    Raises:
        BadInput: the first name that does not, or a source that is no picture's colour.
    """
    for bad in wrong(showing.colours):
        raise bad
    of = config(showing.colours.config)
    source = space(of, showing.source_space, "space")
    if source.isData():
        expected = "the space of a picture's colours"
        raise BadInput(field="space", found=f"{showing.source_space} (data)", expected=expected)
    if showing.grade is not None:
        _invertible(showing.grade)
        if showing.grade.space != ON_DISPLAY:
            space(of, showing.grade.space, "grade_space")
    return of


def _invertible(grade: Graded) -> None:
    if min(*grade.slope, *grade.power, grade.saturation) <= 0:
        found = f"slope {grade.slope}, power {grade.power}, saturation {grade.saturation:g}"
        expected = "slope, power and saturation above 0: a take has to come back through it"
        raise BadInput(field="grade", found=found, expected=expected)
