"""spec_checks: is the file what was asked for, and free of mechanical faults?

    spec_checks.passed = checks passed / checks made          share, 0..1, higher is better

Checked against the brief's `spec`, each only where it is asked: `width`, `height` (pixels, exact),
`aspect` ("16:9" or a number, 2 %: providers round rasters to multiples of 64), `fps` (0.01),
`seconds` (one and a half frames or 2 %), `least_seconds` (cut and handles; half a frame), `frames`
(exact), `codec`, `audio` (true or false).
Always checked: no black frame; for a clip also no frozen stretch and no duplicated frames. What is
allowed of these can be said: `max_black_frames` (0), `max_frozen_seconds` (0.5), `max_duplicates`
(share, 0.1; an animation on twos needs 0.5).

Range 0..1. Blind to everything that the picture shows. Source: delivery specifications; no paper.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction
from evaluators.metric import Metric, Output, Reading, Readings
from evaluators.views import Views
from evaluators.vision.motion import STILL, changes, stands_still
from router.decoding.decode import Probe

ASPECT_TOLERANCE = 0.02
FPS_TOLERANCE = 0.01
BLACK = 10  # code value that 99 % of a black frame's pixels stay under
MOVING = 1.0  # mean change in code values from which on the picture moves
KNOWN = {"width", "height", "aspect", "fps", "seconds", "frames", "codec", "audio", "box"} | {
    "ref_box",
    "feather",
    "least_seconds",
    "max_black_frames",
    "max_frozen_seconds",
    "max_duplicates",
}

Array = np.ndarray[Any, Any]
Check = dict[str, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Make every check that the spec asks for, and the mechanical ones."""
    probe, spec = views.probe, brief.spec
    change = changes(views.luma)
    checks = [*_asked(probe, spec), *_mechanical(views, spec, change)]
    passed = sum(c["passed"] for c in checks)
    evidence: dict[str, Any] = {"checks": checks, "frozen": stands_still(change)}
    if unknown := sorted(set(spec) - KNOWN):
        evidence["not_checked"] = unknown
    reading = Reading(
        value=passed / len(checks),
        n_used=len(checks),
        n_expected=len(checks),
        evidence=evidence,
    )
    return {"spec_checks.passed": reading}


def _asked(probe: Probe, spec: Mapping[str, Any]) -> Iterator[Check]:
    exact = {"width": probe.width, "height": probe.height, "frames": probe.frames}
    for name, found in exact.items():
        if name in spec:
            yield _check(name, found, spec[name], passed=found == int(spec[name]))
    if "aspect" in spec:
        shown = probe.width * probe.pixel_aspect / probe.height
        passed = abs(shown / ratio(spec["aspect"]) - 1) <= ASPECT_TOLERANCE
        yield _check("aspect", round(shown, 4), spec["aspect"], passed=passed)
    if "fps" in spec:
        passed = abs(probe.fps - float(spec["fps"])) <= FPS_TOLERANCE
        yield _check("fps", round(probe.fps, 3), spec["fps"], passed=passed)
    if "seconds" in spec:
        expected = float(spec["seconds"])
        slack = max(0.02 * expected, 1.5 / probe.fps if probe.fps else 0.0)
        passed = abs(probe.seconds - expected) <= slack
        yield _check("seconds", round(probe.seconds, 3), expected, passed=passed)
    yield from _long_enough(probe, spec)
    for name, text in (("codec", probe.codec), ("audio", probe.audio)):
        if name in spec:
            yield _check(name, text, spec[name], passed=text == spec[name])


def _long_enough(probe: Probe, spec: Mapping[str, Any]) -> Iterator[Check]:
    if "least_seconds" in spec and not probe.still:
        least = float(spec["least_seconds"])
        slack = 0.5 / probe.fps if probe.fps else 0.0
        passed = probe.seconds >= least - slack
        yield _check("least_seconds", round(probe.seconds, 3), least, passed=passed)


def _mechanical(views: Views, spec: Mapping[str, Any], change: Array) -> Iterator[Check]:
    luma, fps = views.luma, views.probe.fps
    black = [views.first + int(i) for i in np.flatnonzero(_black(luma))]
    allowed = spec.get("max_black_frames", 0)
    yield _check(
        "black_frames", len(black), allowed, passed=len(black) <= allowed, frames=black[:8]
    )
    if len(luma) < 2:
        return
    start, length = longest_run(change < STILL)
    seconds = round(length / fps, 3) if fps else 0.0
    longest = spec.get("max_frozen_seconds", 0.5)
    yield _check(
        "frozen_seconds", seconds, longest, passed=seconds <= longest, frames=[views.first + start]
    )
    share = round(float(repeated(change).mean()), 4)
    most = spec.get("max_duplicates", 0.1)
    yield _check("duplicate_frames", share, most, passed=share <= most)


def repeated(change: Array) -> Array:
    """Mark frames that repeat the last one while the picture moves on before or after."""
    padded = np.pad(change, 1)
    beside = np.maximum(padded[:-2], padded[2:])
    return np.asarray((change < STILL) & (beside > MOVING))


def _check(name: str, found: Any, expected: Any, *, passed: bool, **where: Any) -> Check:
    return {"check": name, "found": found, "expected": expected, "passed": bool(passed), **where}


def _black(luma: Array) -> Array:
    pixels = luma.reshape(len(luma), -1)
    return np.asarray((pixels > BLACK).mean(axis=1) <= 0.01)


def longest_run(true: Array) -> tuple[int, int]:
    """Give start and length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], true.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(lengths.argmax())
    return int(edges[::2][best]), int(lengths[best])


def ratio(text: Any) -> float:
    """Read "16:9" or 1.78."""
    left, _, right = str(text).partition(":")
    return float(left) / float(right or 1)


METRIC = Metric(
    name="spec_checks",
    version="1",
    needs=frozenset({"probe", "luma"}),
    outputs=(Output(name="spec_checks.passed", unit="share", direction=Direction.HIGHER),),
    deterministic=True,
    measure=measure,
    over_range=True,
)
