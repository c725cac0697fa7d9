"""How long measuring takes, beside the least that it can take on the same machine."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path

from evaluators.domain.brief import Brief
from evaluators.measuring import Measurer
from evaluators.views import Gallery
from evaluators.vision.faces import models
from router.decoding.decode import Decoder, Unreadable
from router.domain.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """CPU seconds of this process and its decoder, and seconds on the wall."""

    floor_cpu_s: float  # one decode, one flow pass, one face pass on 8 frames
    floor_wall_s: float
    measured_cpu_s: float  # all metrics
    measured_wall_s: float

    @property
    def ratio(self) -> float:
        """CPU of the metrics in units of the floor."""
        return self.measured_cpu_s / self.floor_cpu_s


def against_floor(brief: Brief, *, rounds: int = 3) -> Timing:
    """Time all metrics on one take against the floor; best of some rounds, everything warm.

    The take is the second one of its shot: what is known of references and plate is kept.

    Raises:
        BadInput: the take cannot be read.
    """
    models()
    floors, takes = [], []
    for _ in range(rounds):
        floors.append(_floor(brief.path))
        takes.append(_all(brief))
    floor, take = min(floors), min(takes)
    return Timing(
        floor_cpu_s=floor[0],
        floor_wall_s=floor[1],
        measured_cpu_s=take[0],
        measured_wall_s=take[1],
    )


def _floor(path: Path) -> tuple[float, float]:
    with Decoder() as decoder:
        decoder.probe(path)
        start = _now(decoder)
        views = Gallery(decoder).fresh(path)
        if isinstance(views, Unreadable):
            raise BadInput(field="take", found=str(path), expected=views.reason)
        _ = views.motion, views.faces
        return _since(start, decoder)


def _all(brief: Brief) -> tuple[float, float]:
    measurer = Measurer()
    try:
        measurer.score(brief)  # the first take of a shot: references and plate are known then
        start = _now(measurer.decoder)
        measurer.score(brief)
        return _since(start, measurer.decoder)
    finally:
        measurer.close()


def _now(decoder: Decoder) -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime + decoder.cpu_seconds(), time.perf_counter()


def _since(start: tuple[float, float], decoder: Decoder) -> tuple[float, float]:
    cpu, wall = _now(decoder)
    return cpu - start[0], wall - start[1]
