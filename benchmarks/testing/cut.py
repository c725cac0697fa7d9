"""A double of what an editor hands in: three shots and a gap, and the cut after it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from benchmarks.testing.pack import png

SHOTS = ("SQ010_SH0010", "SQ010_SH0020", "SQ010_SH0030")
GRADE = {
    "asc_sop": {"slope": [1.1, 1.0, 0.9], "offset": [0.01, 0.0, -0.01], "power": [1.0, 1.0, 1.0]},
    "asc_sat": 0.9,
}
HOUR = 86400


def span(first: int, last: int, rate: float = 24.0) -> Any:
    """Give a range of frames, the last one included."""
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, rate), time(last - first + 1, rate))


def clip(name: str, first: int, last: int, *, movie: bool = True, rate: float = 24.0) -> Any:
    """Give a clip of a plate with frames 1001 to 1064, a marker on its fourth frame, a grade."""
    made = otio.schema.Clip(name=name, source_range=span(first, last, rate))
    if movie:
        media = otio.schema.ExternalReference(target_url=f"file:///nowhere/{name}.mov")
    else:
        media = otio.schema.ImageSequenceReference(
            target_url_base=f"/nowhere/{name}/",
            name_prefix=f"{name}.",
            name_suffix=".png",
            start_frame=1001,
            frame_step=1,
            rate=rate,
            frame_zero_padding=4,
        )
    media.name = name
    media.available_range = span(1001, 1064, rate)
    made.media_reference = media
    marker = otio.schema.Marker(name="wire", color="RED", comment="take it out")
    marker.marked_range = span(first + 3, first + 3, rate)
    made.markers.append(marker)
    made.metadata["cdl"] = GRADE
    return made


def cut(*, movie: bool = True, rate: Fraction = Fraction(24)) -> Any:
    """Give 48 frames, 48 frames, a gap of 12, 40 frames; it begins at 01:00:00:00."""
    fps = float(rate)
    made = otio.schema.Timeline(name="Harbour reel 2")
    made.global_start_time = otio.opentime.RationalTime(3600 * round(rate), fps)
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    made.tracks.append(track)
    track.append(clip(SHOTS[0], 1009, 1056, movie=movie, rate=fps))
    track.append(clip(SHOTS[1], 1009, 1056, movie=movie, rate=fps))
    track.append(otio.schema.Gap(duration=otio.opentime.RationalTime(12, fps)))
    track.append(clip(SHOTS[2], 1012, 1051, movie=movie, rate=fps))
    return made


def recut() -> Any:
    """Give the cut with its first shot longer than its plate's handles, and a fourth shot."""
    made = cut(movie=False)
    made.tracks[0][0].source_range = span(1005, 1060)
    made.tracks[0].append(clip("SQ010_SH0040", 1009, 1038, movie=False))
    return made


def written(timeline: Any, path: Path, **options: Any) -> Path:
    """Write a cut in the format of its suffix."""
    names = {".otio": "otio_json", ".edl": "cmx_3600", ".xml": "fcp_xml", ".fcpxml": "fcpx_xml",
             ".aaf": "AAF"}  # fmt: skip
    otio.adapters.write_to_file(timeline, str(path), names[path.suffix], **options)
    return path


def plates(folder: Path, shot: str, first: int = 1001, last: int = 1064) -> None:
    """Lay a plate beside a cut, frame by frame."""
    place = folder / "plates" / shot
    place.mkdir(parents=True, exist_ok=True)
    for frame in range(first, last + 1):
        (place / f"{shot}.{frame}.png").write_bytes(png(320, 180, str(frame)))
