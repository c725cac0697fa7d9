"""A timeline as plain facts. Runs inside the child; what comes out is JSON and nothing else."""

import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from benchmarks.editorial.formats import exact
from benchmarks.editorial.gate import Row, Unfit, row

OURS = "circletake"  # our own metadata
MAX_CLIPS = 5_000
_HALF = 0.02  # of a frame: rounding of a writer, not a place between frames


def facts(timeline: Any) -> Row:
    """Give a cut as JSON: name, rate, start, clips in order of record, what is wrong, notes.

    Raises:
        Unfit: there is no picture clip, or no rate that anybody works at.
    """
    found, rate = ordered(timeline)
    scribe = _Scribe(rate)
    start = timeline.global_start_time
    rows = [scribe.clip(track, clip, timeline) for track, clip in found]
    for number, each in enumerate(rows, start=1):
        each["number"] = number
    wrong = [
        each | {"clip": f'clip {one["number"]} "{one["name"]}"'}
        for one in rows
        for each in one.pop("wrong")
    ]
    return {
        "name": timeline.name or "",
        "rate": [rate.numerator, rate.denominator],
        "start": scribe.frames(start) if start is not None else 0,
        "clips": rows,
        "wrong": wrong,
        "metadata": _ours(timeline.metadata),
        "notes": list(dict.fromkeys(scribe.notes)),
    }


def ordered(timeline: Any) -> tuple[list[tuple[int, Any]], Fraction]:
    """Give (track, clip) of every picture clip by record and track, and the cut's rate.

    Clips are numbered in this order, here and where takes are put into them.
    """
    found = list(_clips(timeline))
    if not found:
        raise Unfit(row("no picture clip", "a cut with at least one", "empty"))
    if len(found) > MAX_CLIPS:
        raise Unfit(row(f"{len(found)} clips", f"at most {MAX_CLIPS}", "too_many"))
    rate = _rate(timeline, [clip for _, clip in found])

    def place(one: tuple[int, Any]) -> tuple[float, int]:
        track, clip = one
        span = clip.transformed_time_range(clip.trimmed_range(), timeline.tracks)
        return span.start_time.to_seconds(), track

    return sorted(found, key=place), rate


def _clips(timeline: Any) -> Iterator[tuple[int, Any]]:
    pictures = [t for t in timeline.tracks if _is_picture(t)]
    for number, track in enumerate(pictures, start=1):
        for clip in track.find_clips():
            yield number, clip


def _is_picture(track: Any) -> bool:
    return getattr(track, "kind", "Video") in {otio.schema.TrackKind.Video, ""}


def _rate(timeline: Any, clips: list[Any]) -> Fraction:
    said = timeline.global_start_time
    rates = Counter(clip.trimmed_range().duration.rate for clip in clips)
    written = said.rate if said is not None and said.rate > 1 else rates.most_common(1)[0][0]
    found = exact(written)
    if found is None:
        expected = "a rate that timecode knows: 24000/1001, 24, 25, 30000/1001, 30, 48, 50, 60"
        raise Unfit(row(f"{written:g} frames per second", expected, "rate", field="rate"))
    return found


class _Scribe:
    """Writes clips down at one rate."""

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self.notes: list[str] = []

    def frames(self, time: Any) -> int:
        frames: int = round(time.value_rescaled_to(float(self._rate)))
        return frames

    def clip(self, track: int, clip: Any, timeline: Any) -> Row:
        trimmed, media = clip.trimmed_range(), clip.media_reference
        first, length = self._span(trimmed, clip)
        place = clip.transformed_time_range(trimmed, timeline.tracks)
        available = self._available(media)
        if available is not None and available[0] == available[1] and length > 1:
            available = None  # a still is held for as long as the cut wants
        found: Row = {
            "name": clip.name or "",
            "track": track,
            "used": [first, first + length - 1],
            "record": self.frames(place.start_time),
            "available": available,
            "overlap": self._overlap(clip),
            "reel": _reel(clip, media),
            **_media(media),
            "speed": _speed(clip),
            "remarks": [self._remark(m) for m in clip.markers],
            "shot": _ours(clip.metadata).get("shot", ""),
            "slot": _slot(_ours(clip.metadata)),
            "enabled": bool(clip.enabled),
        }
        cdl, wrong = _cdl(clip)
        found["cdl"] = cdl
        found["wrong"] = [*wrong, *_lacking(found)]
        return found

    def _span(self, trimmed: Any, clip: Any) -> tuple[int, int]:
        raw = trimmed.start_time.value_rescaled_to(float(self._rate))
        if exact(trimmed.start_time.rate) != self._rate:
            said = f"{trimmed.start_time.rate:g} frames per second"
            self.notes.append(f'"{clip.name}" counts at {said}: conformed to the cut\'s rate')
        elif abs(raw - round(raw)) > _HALF:
            self.notes.append(f'"{clip.name}" begins between frames, at {raw:g}: rounded')
        return round(raw), max(1, self.frames(trimmed.duration))

    def _available(self, media: Any) -> list[int] | None:
        span = media.available_range if media is not None else None
        if span is None or span.duration.value <= 0:
            return None
        first = self.frames(span.start_time)
        return [first, first + self.frames(span.duration) - 1]

    def _overlap(self, clip: Any) -> list[int]:
        """Say how many frames beyond the cut the dissolves beside a clip show."""
        if not isinstance(clip.parent(), otio.schema.Track):
            return [0, 0]
        before, after = clip.parent().handles_of_child(clip)
        return [self.frames(side) if side is not None else 0 for side in (before, after)]

    def _remark(self, marker: Any) -> Row:
        said = marker.metadata.get("fcp_xml", {}).get("comment", "") if not marker.comment else ""
        return {
            "frame": self.frames(marker.marked_range.start_time),
            "name": marker.name or "",
            "comment": marker.comment or str(said or ""),
            "colour": str(marker.color or ""),
        }


def _lacking(found: Row) -> list[Row]:
    """Say where a clip shows frames that its media has not."""
    available, (first, last) = found["available"], found["used"]
    if available is None or found["speed"] != 1.0:
        return []
    short = [("head", available[0] - first), ("tail", last - available[1])]
    return [
        row(
            f"a {side} handle of -{frames} frames: {first}-{last} of {available[0]}-{available[1]}",
            "a source range inside the available range of its media",
            "negative_handle",
            field=f"handles.{side}",
        )
        for side, frames in short
        if frames > 0
    ]


def _reel(clip: Any, media: Any) -> str:
    for holder in (clip, media):
        if holder is None:
            continue
        told = holder.metadata.get("cmx_3600", {}).get("reel") or holder.metadata.get("reel")
        if told:
            return str(told)
    return ""


def _media(media: Any) -> Row:
    if isinstance(media, otio.schema.ImageSequenceReference):
        base = str(media.target_url_base or "")
        slash = "" if not base or base.endswith("/") else "/"
        number = f"%0{max(1, media.frame_zero_padding)}d"
        name = f"{base}{slash}{media.name_prefix}{number}{media.name_suffix}"
        return {"media": name, "sequence_start": int(media.start_frame)}
    if isinstance(media, otio.schema.ExternalReference):
        return {"media": str(media.target_url or ""), "sequence_start": None}
    return {"media": "", "sequence_start": None}


def _speed(clip: Any) -> float:
    speed = 1.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.FreezeFrame):
            speed = 0.0
        elif isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= float(effect.time_scalar)
    return speed if math.isfinite(speed) else 1.0


def _cdl(clip: Any) -> tuple[Row | None, list[Row]]:
    told = clip.metadata.get("cdl")
    sop: Any = told.get("asc_sop") if hasattr(told, "get") else None
    if not hasattr(sop, "get"):
        return None, []
    try:
        found = {key: [float(v) for v in sop[key]] for key in ("slope", "offset", "power")}
        saturation = float(told.get("asc_sat", 1.0))
    except (KeyError, TypeError, ValueError):
        found, saturation = {}, math.nan
    numbers = [*(n for three in found.values() for n in three), saturation]
    fit = len(numbers) == 10 and all(map(math.isfinite, numbers)) and saturation >= 0
    if not fit or min(found["slope"]) < 0 or min(found["power"]) <= 0:
        expected = "slope 0 or more, offset, power above 0 (three each), saturation 0 or more"
        return None, [row(str(told)[:120], expected, "cdl", field="cdl")]
    return {**found, "saturation": saturation}, []


def _slot(ours: Row) -> list[int] | None:
    found = ours.get("slot", "").split("-")
    return [int(n) for n in found] if len(found) == 2 and all(map(str.isdigit, found)) else None


def _ours(metadata: Any) -> Row:
    told = metadata.get(OURS)
    if not hasattr(told, "items"):
        return {}
    return {str(k): str(v) for k, v in told.items() if isinstance(v, str | int | float)}
