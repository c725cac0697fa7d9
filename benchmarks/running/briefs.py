"""A take and its shot become a brief: what the take is measured against."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.planning.prompts import costume_of
from benchmarks.ports import Files
from evaluators.domain.brief import Brief, Castmate
from evaluators.domain.character import Character, Costume
from router.domain.media import MediaRef
from router.domain.take import Source, Take

EDITS = ("erase", "inpaint_cleanup")  # the plate stays, but for what is inside the matte
TARGETED = ("relight_colour_match", "style_transfer")  # judged against the look that is wanted
Place = Callable[[str, str], Path]
FEATHER = 16  # pixels around a matte that an edit may touch: the models grow it, and blend


def brief(row: int, take: Take, shot: Shot, pack: ShotPack, *, files: Files, place: Place) -> Brief:
    """Say what one take of a shot is measured against.

    Args:
        row: its number among others.
        take: what is measured.
        shot: where it belongs.
        pack: of the shot.
        files: of the pack.
        place: gives the path of stored media, by partner and sha-256.
    """
    path = place(take.partner, take.media.sha256)
    found = file_brief(row, path, shot, pack, files=files, place=place)
    known = {**found.known, path: take.media.sha256}
    return replace(found, take=take.id, flags=_flags(take), known=known)


def file_brief(
    row: int, path: Path, shot: Shot, pack: ShotPack, *, files: Files, place: Place
) -> Brief:
    """Say what any picture or clip is measured against, as a take of a shot."""
    character, costume = _subject(shot, pack)
    known: dict[Path, str] = {}

    def laid(ref: MediaRef) -> Path:
        known[there := place(pack.partner, ref.sha256)] = ref.sha256
        return there

    def paths(names: Iterable[str]) -> tuple[Path, ...]:
        found = (files.get(pack.file(name).sha256 or "") for name in names)
        return tuple(laid(ref) for ref in found if ref)

    props = [(p, path) for p in shot.props for path in paths(pack.character(p).references)]
    plate = reference(shot, files)
    matte, drawn_for = _input(shot, ("matte",), files), _input(shot, ("x.plate",), files)
    return Brief(
        row=row,
        take=str(path),
        path=path,
        refs=paths(character.references if character else ()),
        character=character.id if character else None,
        kind=character.kind if character else None,
        costume_refs=paths(costume.references if costume else ()),
        plate=laid(plate) if plate else None,
        mask=laid(matte) if matte else None,
        mask_of=laid(drawn_for) if matte and drawn_for else None,
        shot=shot.id,
        sequence=shot.sequence,
        order=shot.order,
        spec=spec(shot, pack, plate),
        cast=tuple(
            Castmate(character=c.id, kind=c.kind, refs=paths(c.references))
            for c in _others(shot, pack)
        ),
        props=tuple(path for _, path in props),
        prop_of=tuple(prop for prop, _ in props),
        known=known,
    )


def spec(shot: Shot, pack: ShotPack, plate: MediaRef | None) -> Mapping[str, Any]:
    """Say what the file must be: the shot's demand, not what a model happens to give."""
    if shot.task in EDITS and plate:
        return {"width": plate.width, "height": plate.height, "feather": FEATHER}
    width, height = pack.raster
    wanted: dict[str, Any] = {"aspect": shot.aspect or f"{width}:{height}", "framing": shot.framing}
    if shot.appearances and shot.appearances[0].screen_position:
        wanted["position"] = shot.appearances[0].screen_position
    if shot.task.endswith("_to_video"):
        wanted |= {"fps": pack.fps, "movement": shot.movement}
        if shot.used_frames:
            wanted["least_seconds"] = round(shot.used_frames / pack.fps, 6)
    return wanted


def _subject(shot: Shot, pack: ShotPack) -> tuple[Character | None, Costume | None]:
    """Give who must stay itself: the first character, else the first prop."""
    if shot.appearances:
        first = shot.appearances[0]
        return pack.character(first.character), costume_of(first, pack)
    return (pack.character(shot.props[0]) if shot.props else None), None


def _others(shot: Shot, pack: ShotPack) -> tuple[Character, ...]:
    """Give the characters beside the first one, each once."""
    names = list(dict.fromkeys(a.character for a in shot.appearances))
    return tuple(pack.character(name) for name in names[1:])


def reference(shot: Shot, files: Files) -> MediaRef | None:
    """Give the picture whose light and colour a take of the shot has to have."""
    if shot.task in TARGETED:
        return _input(shot, ("x.style",), files)
    return _input(shot, ("x.plate", "x.lookdev"), files)


def _input(shot: Shot, types: tuple[str, ...], files: Files) -> MediaRef | None:
    found = (f for t in types if (f := shot.input(t)))
    return next((ref for f in found if (ref := files.get(f.sha256 or ""))), None)


def _flags(take: Take) -> tuple[str, ...]:
    known = {"simulated": take.simulated, "imported": take.source is Source.IMPORTED}
    return tuple(name for name, true in known.items() if true)
