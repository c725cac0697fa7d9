"""camera_move: did the camera do what the shot asks for?

One similarity (shift, growth, turn) is fitted to the optical flow between neighbouring frames, on a
grid, by RANSAC (Fischler, Bolles 1981), so that what moves in front of the camera is left out as
long as more of the picture stands. The moves add up to a path; a moving mean of one second divides
it into the move and its jitter. Pairs of frames that share no move are left out.

    camera_move  1 = the move that `spec.movement` asks for, 0 = another; higher is better
    .pan         percent of the width per second, positive = the camera looks or goes to the right
    .tilt        same, positive = up
    .zoom        percent per second, positive = closer
    .roll        degrees per second, positive = the camera turns clockwise
    .jitter      root mean square of the path without the move, percent of the width; lower is
                 better

`.pan` to `.roll` are means over the take; signed, no direction; zooms and turns read up to a
fifth too slow. The class takes each part's way
along the smooth path: below 0.5 a second it stands; a part counts if it has at least half of the
strongest one's speed. Asked words: static, pan, truck (sideways), tilt, crane (up or down), dolly
and zoom in or out. handheld, steadicam and orbit are not told apart by this: not_measured.

Blind to the difference between a pan and a truck, a dolly and a zoom (that is parallax), and to a
subject that fills most of the picture: it is then taken for the world. A still is not_applicable.
"""

from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.motion import Motion

STANDS = 0.5  # percent per second
PART = 0.5  # of the strongest part's speed
AGREED = 0.2  # share of the grid below which a pair of frames has no common move
PARTS = ("pan", "tilt", "zoom")
# What is asked for: which part, and which way (0 = either).
ASKED = {
    "static": ("static", 0),
    "pan": ("pan", 0),
    "truck": ("pan", 0),
    "tilt": ("tilt", 0),
    "crane": ("tilt", 0),
    "dolly_in": ("zoom", 1),
    "zoom_in": ("zoom", 1),
    "dolly_out": ("zoom", -1),
    "zoom_out": ("zoom", -1),
}

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Reduce the flow pass to a path, and the path to a move."""
    motion = views.motion
    if motion is None:
        return missing(Status.NOT_APPLICABLE, "a still picture")
    fps = views.probe.fps
    used = int((motion.agreed >= AGREED).sum())
    if fps <= 0 or not used:
        return missing(Status.NOT_MEASURED, "no move that most of the picture shares")
    path = _path(motion)
    smooth = _smooth(path, fps)
    shared = len(motion.agreed) / used  # a pair without a move of its own counts for neither
    speed = _speeds(smooth, fps) * shared
    mean = path[-1] / used * fps
    shake = path - smooth
    jitter = float(np.sqrt((shake[:, :2] ** 2).sum(axis=1).mean()))
    evidence = {
        "frame": views.first + int(np.hypot(*shake[:, :2].T).argmax()),
        "move": describe(speed, mean),
        "agreed": round(float(motion.agreed.mean()), 3),
    }
    count = len(motion.agreed)

    def reading(value: float) -> Reading:
        return Reading(value=float(value), n_used=used, n_expected=count, evidence=evidence)

    numbers = {"pan": mean[0], "tilt": mean[1], "zoom": mean[2], "roll": mean[3], "jitter": jitter}
    readings = {f"camera_move.{name}": reading(value) for name, value in numbers.items()}
    return {"camera_move": _agreement(brief, speed, mean, reading), **readings}


def _path(motion: Motion) -> Array:
    """Where the camera is at each frame: (frames, 4); the picture moves the other way.

    Between two frames that share no move (a cut, a white frame) it stands.
    """
    steps = motion.camera * np.array([-1.0, 1.0, 1.0, -1.0])
    steps[motion.agreed < AGREED] = 0.0
    return np.concatenate([np.zeros((1, 4)), np.cumsum(steps, axis=0)])


def _smooth(path: Array, fps: float) -> Array:
    """Moving mean of one second, or of what there is; ends are continued point-symmetrically."""
    half = min(max(1, round(fps / 2)), len(path) - 1)
    padded = np.pad(path, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    total = np.concatenate([np.zeros((1, path.shape[1])), np.cumsum(padded, axis=0)])
    return np.asarray((total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1))


def _speeds(smooth: Array, fps: float) -> Array:
    """Way per second along the smooth path, whichever way it goes: pan, tilt, zoom, roll."""
    return np.asarray(np.abs(np.diff(smooth, axis=0)).mean(axis=0) * fps)


def moving(speed: Array) -> tuple[str, ...]:
    """Name the parts of a move, strongest first; none where the camera stands."""
    strongest = max(speed[:3])
    found = [
        i for i in np.argsort(-speed[:3]) if speed[i] >= STANDS and speed[i] >= PART * strongest
    ]
    return tuple(PARTS[i] for i in found)


def describe(speed: Array, mean: Array) -> str:
    """Say what the camera does: static, pan right, zoom in and tilt up."""
    ways = {"pan": ("right", "left"), "tilt": ("up", "down"), "zoom": ("in", "out")}
    parts = [f"{p} {ways[p][int(mean[PARTS.index(p)] < 0)]}" for p in moving(speed)]
    return " and ".join(parts) or "static"


def _agreement(brief: Brief, speed: Array, mean: Array, reading: Any) -> Reading:
    asked = brief.spec.get("movement")
    if not asked:
        return missing(Status.NOT_APPLICABLE, "no movement asked for")
    if asked not in ASKED:
        return missing(Status.NOT_MEASURED, f"{asked} is not told apart from other moves")
    part, way = ASKED[asked]
    parts = moving(speed)
    if part == "static":
        agrees = not parts
    else:
        agrees = part in parts and (way == 0 or way * mean[PARTS.index(part)] > 0)
    found: Reading = reading(1.0 if agrees else 0.0)
    return found


METRIC = Metric(
    name="camera_move",
    version="2",
    needs=frozenset({"probe", "motion"}),
    outputs=(
        Output(name="camera_move", unit="share", direction=Direction.HIGHER),
        Output(name="camera_move.pan", unit="percent_width_per_second", direction=Direction.NONE),
        Output(name="camera_move.tilt", unit="percent_width_per_second", direction=Direction.NONE),
        Output(name="camera_move.zoom", unit="percent_per_second", direction=Direction.NONE),
        Output(name="camera_move.roll", unit="degrees_per_second", direction=Direction.NONE),
        Output(name="camera_move.jitter", unit="percent_width", direction=Direction.LOWER),
    ),
    deterministic=False,  # what fills the picture is taken for the world
    measure=measure,
    over_range=True,
)
