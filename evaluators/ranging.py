"""The used range of a take: found, measured through what was computed for the whole, and kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evaluators.cache import Cache, key_of
from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Status, Used
from evaluators.metric import Metric
from evaluators.part import Part
from evaluators.used_range import RULE, said, used_range
from evaluators.views import Views

WITHOUT_SAMPLES = frozenset({"probe", "luma", "motion"})  # views that every stretch has
One = Callable[[Metric, Views, Brief], tuple[Score, ...]]
Read = Callable[[dict[str, Any]], Score]


@dataclass(frozen=True, slots=True)
class Known:
    """What the cache says of a used range."""

    settled: bool  # the range is known, be it that there is none
    used: Used | None  # with scores, where all of them are known


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """The used range of one take under one brief."""

    cache: Cache | None  # None = nothing is kept
    brief: Brief
    sha256: str | None
    keys: Mapping[str, str]  # of the scores of the whole take, by metric
    metrics: Sequence[Metric]
    read: Read  # of a kept score

    def known(self) -> Known:
        """Look into the cache."""
        kept = self.cache.get(self._key()) if self.cache else None
        if kept is None:
            return Known(settled=False, used=None)
        if not kept:
            return Known(settled=True, used=None)
        used = Used(**kept)
        if used.is_whole:
            return Known(settled=True, used=used)
        rows = self.cache.get(self._scores_key(used)) if self.cache else None
        if rows is None:
            return Known(settled=False, used=None)
        return Known(settled=True, used=self._with(used, tuple(map(self.read, rows))))

    def measured(self, views: Views, one: One) -> Used | None:
        """Find the range and measure it."""
        used = used_range(views, self.brief)
        if self.cache:
            bare = {} if used is None else asdict(used)
            bare.pop("scores", None)
            self.cache.put(self._key(), bare)
        if used is None or used.is_whole:
            return used
        part = Part(views, used.first, used.last)
        chosen = [m for m in self.metrics if m.over_range and _can(m, part)]
        scores = tuple(s for m in chosen for s in one(m, part, self.brief))
        if self.cache and not any(s.status is Status.FAILED for s in scores):
            self.cache.put(self._scores_key(used), [asdict(s) for s in scores])
        return self._with(used, scores)

    def _with(self, used: Used, scores: tuple[Score, ...]) -> Used:
        return replace(used, scores=said(scores, used.first, used.last, used.chosen))

    def _key(self) -> str:
        brief = self.brief
        wanted = [brief.used, brief.used_by, brief.spec.get("least_seconds")]
        return key_of("used range", RULE, self.sha256, wanted)

    def _scores_key(self, used: Used) -> str:
        return key_of("used scores", sorted(self.keys.values()), used.first, used.last)


def _can(metric: Metric, part: Part) -> bool:
    """Say whether a stretch holds what a metric looks at; else the whole take's score stands."""
    if metric.needs <= WITHOUT_SAMPLES:
        return True
    return bool(part.face_positions if "faces" in metric.needs else part.frames)
