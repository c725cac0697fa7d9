"""Read each format of a cut into one timeline. Runs inside the child: the only OTIO readers."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from benchmarks.editorial import gate
from benchmarks.editorial.gate import Unfit, row

SUFFIXES = (".otio", ".otioz", ".edl", ".xml", ".fcpxml", ".aaf")
RATES = tuple(
    [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
    + [Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 120)]
)
_NEAR = 0.006  # 23.98 is 24000/1001
# Whatever a reader of foreign text raises: its own errors, and what Python raises on odd values.
_STUMBLES = (otio.exceptions.OTIOError, ValueError, KeyError, TypeError, IndexError, AttributeError,
             NotImplementedError, ArithmeticError, UnboundLocalError, SyntaxError)  # fmt: skip
DROPPING = (Fraction(30000, 1001), Fraction(60000, 1001))  # timecode skips numbers at these
_CODE = re.compile(r"(\b\d\d:\d\d:\d\d):(\d\d\b)")
_LINE = re.compile(r"line (\d+)")


def read(path: Path, rate: Fraction | None) -> Any:
    """Give the timeline in a file.

    Args:
        path: by its suffix one of SUFFIXES.
        rate: of an EDL, which does not say it.

    Raises:
        Unfit: it is no cut that can be read; says where and why.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise Unfit(row(kind or "no suffix", f"one of {' '.join(SUFFIXES)}", "format"))
    if kind in {".otio", ".otioz"}:
        return _native(gate.text_of(path) if kind == ".otio" else gate.zipped(path))
    if kind == ".aaf":
        gate.bytes_of(path, gate.MAX_BINARY)
        return _timeline(_asked(lambda: otio.adapters.read_from_file(str(path), "AAF")))
    text = gate.text_of(path)
    if kind == ".edl":
        return _edl(text, rate)
    gate.xml_fit(text)
    name = "fcpx_xml" if "<fcpxml" in text[:2000] else "fcp_xml"
    return _timeline(_asked(lambda: otio.adapters.read_from_string(text, name)))


def exact(rate: float) -> Fraction | None:
    """Give the exact rate that a written one means; None for one that nobody works at."""
    near = min(RATES, key=lambda known: abs(float(known) - rate))
    return near if abs(float(near) - rate) < _NEAR else None


def _native(text: str) -> Any:
    gate.json_fit(text)
    known = otio.core.type_version_map()
    gate.schemas_fit(text, known)
    try:
        found = otio.adapters.read_from_string(text, "otio_json")
    except _STUMBLES as error:
        strange = gate.strangers(text, known) if "type" in str(error).lower() else ()
        raise Unfit(*(strange or [_said(error)])) from error
    return _timeline(found)


def _edl(text: str, rate: Fraction | None) -> Any:
    if rate is None:
        expected = "the rate of this cut, with --fps: an EDL does not carry it"
        raise Unfit(row("nothing", expected, "rate", field="fps"))
    skips = rate in DROPPING
    gate.edl_fit(text, round(rate), drop=skips)
    fit = _dropped(text) if skips else text
    timeline = _timeline(
        _asked(lambda: otio.adapters.read_from_string(fit, "cmx_3600", rate=float(rate)))
    )
    _from_record_time(timeline)
    return timeline


def _dropped(text: str) -> str:
    """Write drop-frame timecodes with the semicolon that says so; many exports leave it to FCM."""
    lines, drop = [], False
    for line in text.splitlines():
        said = line.strip().upper()
        drop = said.endswith(": DROP FRAME") if said.startswith("FCM") else drop
        lines.append(_CODE.sub(r"\1;\2", line) if drop else line)
    return "\n".join(lines) + "\n"


def _from_record_time(timeline: Any) -> None:
    """Put an EDL's markers, which stand at record times, on the frames of their sources."""
    for track in timeline.tracks:
        base = None
        if track.source_range is not None:
            base = otio.opentime.RationalTime(0, 1) - track.source_range.start_time
            timeline.global_start_time = timeline.global_start_time or base
            track.source_range = None
        for clip in track.find_clips(shallow_search=True):
            begins = clip.range_in_parent().start_time + (base or otio.opentime.RationalTime(0, 1))
            for marker in clip.markers:
                at = marker.marked_range
                source = clip.source_range.start_time + (at.start_time - begins)
                if not clip.source_range.contains(source):
                    # Some programs write the source's time here; what fits neither is the start.
                    source = at.start_time
                    if not clip.source_range.contains(source):
                        source = clip.source_range.start_time
                marker.marked_range = otio.opentime.TimeRange(source, at.duration)


def _asked(reader: Any) -> Any:
    try:
        return reader()
    except RecursionError as error:
        raise Unfit(row("nesting without end", "a cut that ends", "too_deep")) from error
    except _STUMBLES as error:
        raise Unfit(_said(error)) from error


def _said(error: Exception) -> gate.Row:
    text = " ".join(str(error).split()) or type(error).__name__
    line = _LINE.search(text)
    found = text if isinstance(error, otio.exceptions.OTIOError | ValueError) else (
        f"content that the reader stumbles on ({type(error).__name__}: {text})"
    )  # fmt: skip
    expected = "a cut as its application exports it"
    return row(found, expected, "unreadable", line=int(line[1]) if line else None)


def _timeline(found: Any) -> Any:
    """Take the one timeline of a file; libraries of clips and bins have none."""
    if isinstance(found, otio.schema.Timeline):
        return found
    if isinstance(found, otio.schema.SerializableCollection):
        inside = [each for each in found if isinstance(each, otio.schema.Timeline)]
        if len(inside) == 1:
            return inside[0]
        expected = "one timeline: export a single sequence"
        raise Unfit(row(f"{len(inside)} timelines", expected, "timelines"))
    raise Unfit(row(type(found).__name__, "one timeline", "timelines"))
