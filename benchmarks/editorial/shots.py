"""A shot of a pack as a cut tells it: frames, handles, plate, grade, the editor's notes."""

import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from benchmarks.domain.cut import Cdl, CutClip
from benchmarks.domain.unwritten import SAY_HERE
from benchmarks.editorial.recut import Place
from benchmarks.editorial.shelf import Plate
from benchmarks.packs.entries import MOVIE, PICTURE

Json = dict[str, Any]
# What a pack can run at, by its own word.
FPS = {
    Fraction(24000, 1001): "23.976", Fraction(24): "24", Fraction(25): "25",
    Fraction(30000, 1001): "29.97", Fraction(30): "30", Fraction(48): "48", Fraction(50): "50",
    Fraction(60000, 1001): "59.94", Fraction(60): "60",
}  # fmt: skip
_JOINERS = "\u200c\u200d"
_MOST = 4000  # characters of a text in a pack


def rate_of(word: str) -> Fraction | None:
    """Give the exact rate behind a word such as 23.976; None for one that no pack can have."""
    return next((rate for rate, known in FPS.items() if known == word), None)


def entry(shot: str, clip: CutClip, spot: Place, plate: Plate | None) -> Json:
    """Give the pack's entry of a shot: valid as it is, to be written on by a person."""
    sequence, _, name = shot.partition("_")
    inputs = [*_plate(shot, plate), *_grade(shot, clip)]
    seen = clean(clip.name) or shot
    made: Json = {
        "id": shot,
        "sequence": sequence,
        "shot": name,
        "order": clip.number * 10,
        "task": "image_to_video" if plate else "text_to_video",
        "description": f"{seen[:200]}: {clip.length} frames of the cut; {SAY_HERE}",
        "camera": {"framing": "MS"},
        "timing": {
            "cut_in": spot.used[0],
            "cut_out": spot.used[1],
            "head_handle": spot.handles[0],
            "tail_handle": spot.handles[1],
        },
        "inputs": inputs,
        "acceptance": [{"criterion": "Delivered as asked", "kind": "technical", "must": True}],
    }
    notes = "\n".join(_notes(clip))[:_MOST]
    if notes:
        made["director_notes"] = notes
    if not inputs:
        del made["inputs"]
    return made


def grade_name(shot: str) -> str:
    """Name the file of a shot's grade, inside the pack."""
    return f"colour/{shot}.cc"


def plate_name(shot: str, plate: Plate) -> str:
    """Name a plate inside the pack: element 1, version 1; %04d for the frame of a sequence."""
    suffix = PurePosixPath(plate.names[0]).suffix.lower()
    number = ".%04d" if plate.numbers else ""
    return f"plates/{shot}/{shot}_PL01_v001{number}{suffix}"


def is_taken(plate: Plate) -> bool:
    """Say whether a pack takes files of this kind as a plate."""
    return PurePosixPath(plate.names[0]).suffix.lower() in PICTURE | MOVIE


def grade(shot: str, cdl: Cdl) -> str:
    """Write a grade as an ASC ColorCorrection document (ASC CDL 1.2)."""

    def three(values: tuple[float, float, float]) -> str:
        return " ".join(f"{value:.10g}" for value in values)

    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ColorCorrection id="{shot}" xmlns="urn:ASC:CDL:v1.2">\n'
        f"  <SOPNode>\n    <Slope>{three(cdl.slope)}</Slope>\n"
        f"    <Offset>{three(cdl.offset)}</Offset>\n    <Power>{three(cdl.power)}</Power>\n"
        "  </SOPNode>\n"
        f"  <SatNode>\n    <Saturation>{cdl.saturation:.10g}</Saturation>\n  </SatNode>\n"
        "</ColorCorrection>\n"
    )


def clean(text: str) -> str:
    """Give an editor's text without what nobody can see, in the composed form of its letters."""
    seen = unicodedata.normalize("NFC", text)
    unseen = {"Cc", "Cs", "Cf", "Cn"}
    kept = (c if unicodedata.category(c) not in unseen or c in _JOINERS else " " for c in seen)
    return " ".join("".join(kept).split())


def _plate(shot: str, plate: Plate | None) -> Iterator[Json]:
    if plate is None:
        return
    made: Json = {"path": plate_name(shot, plate), "functional_type": "x.plate"}
    if plate.numbers:
        made["frame_range"] = list(plate.numbers)
    yield made


def _grade(shot: str, clip: CutClip) -> Iterator[Json]:
    if clip.cdl is not None:
        yield {"path": grade_name(shot), "functional_type": "cdl"}


def _notes(clip: CutClip) -> Iterator[str]:
    for remark in clip.remarks:
        said = ": ".join(t for t in (clean(remark.name), clean(remark.comment)) if t)
        colour = f" ({clean(remark.colour).lower()})" if remark.colour else ""
        yield f"Frame {remark.frame + clip.shift}{colour}: {said or 'marked'}"
    if clip.speed != 1.0:
        how = "held" if clip.speed == 0 else f"at {clip.speed:g} times its speed"
        yield f"In the cut its plate runs {how}."
