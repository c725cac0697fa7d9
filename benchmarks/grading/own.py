"""A pack's own grades: a shot's CDL, laid on the picture that models see of its plate.

The grade is part of the recorded view, so a take loses it again on its way back. Where the file
does not say in which space its numbers act, that is ACEScct, in which ACES grades are made.
Source: ASC CDL 1.2; ACES S-2016-001 (ACEScct).
"""

from collections.abc import Mapping

from benchmarks.domain.pack import PackFile, Shot, ShotPack
from benchmarks.domain.rendering import ON_DISPLAY, Colours, Graded
from benchmarks.grading import grades, names
from router.domain.errors import BadInput

PLATE, GRADE = "x.plate", "cdl"
SPACE = "ACEScct"
SCENE = (names.LINEAR, names.LOG)  # encodings of OpenColorIO that a display does not show


def of_plates(pack: ShotPack) -> Mapping[str, Graded]:
    """Give sha256 of a plate → the grade of its shot; plates without one are not in it.

    Raises:
        BadInput: a grade cannot be read or has no way back, its space is unknown, or two shots
            show one plate in two ways.
    """
    found: dict[str, tuple[str, Graded | None]] = {}
    for shot in pack.shots:
        plate = shot.input(PLATE)
        if plate is None or plate.sha256 is None or pack.colours is None:
            continue
        if not _is_scene(plate, pack.colours):
            continue  # models see it as it is
        grade = _of_shot(shot, pack.colours)
        first, known = found.setdefault(plate.sha256, (shot.id, grade))
        if known != grade:
            expected = f"the grade of {first}, or a plate of its own"
            raise BadInput(
                field=f"{shot.id}: {plate.name}", found="another grade", expected=expected
            )
    return {sha256: grade for sha256, (_, grade) in found.items() if grade is not None}


def _is_scene(plate: PackFile, colours: Colours) -> bool:
    space = plate.colour_space
    return space is not None and names.encoding(colours, space) in SCENE


def _of_shot(shot: Shot, colours: Colours) -> Graded | None:
    file = shot.input(GRADE)
    return None if file is None else _graded(shot, file, colours)


def _graded(shot: Shot, file: PackFile, colours: Colours) -> Graded:
    every = grades.read(file.path)
    named = grades.chosen(file.path, shot.id if len(every) > 1 else None)
    space = file.colour_space or (ON_DISPLAY if named.on_display else SPACE)
    if space != ON_DISPLAY:
        names.space(names.config(colours.config), space, f"{shot.id}: {file.name} colour_space")
    made = grades.graded(named, space)
    _require_way_back(made, f"{shot.id}: {file.name}")
    return made


def _require_way_back(grade: Graded, field: str) -> None:
    """Refuse a grade that cannot be taken off again: a take would never come home."""
    if min(grade.slope) <= 0:
        raise BadInput(field=field, found="slope 0", expected="slopes above 0: no value comes back")
    if grade.saturation <= 0:
        expected = "saturation above 0: no colour comes back"
        raise BadInput(field=field, found="saturation 0", expected=expected)
