"""One take, all metrics: what a worker does."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluators import metrics as shelf
from evaluators.cache import Cache, cache_at, key_of, spelled
from evaluators.depth import stated
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Score, Scored, Status, Tier, Used
from evaluators.flags import flags_of
from evaluators.group import Across, Memory
from evaluators.metric import Metric, Reading, missing
from evaluators.ranging import Ranges
from evaluators.together import all_across, belongs
from evaluators.views import SAMPLES, Gallery, Views
from router.decoding.decode import Decoder, Unreadable
from router.plugins import load, names

ENGINE = "2"  # version of the views: sampling, sizes, colour conversions
LIGHT_VIEWS = frozenset({"probe", "luma"})  # what may be looked at in HDR footage

log = logging.getLogger("circletake.evaluators")


def all_metrics() -> tuple[str, ...]:
    """Name every metric that there is, without importing one."""
    return names(shelf)


def metric(name: str) -> Metric:
    """Load one metric; raises UnknownName and lists the known ones."""
    found: Metric = load(shelf, name, "metrics").METRIC
    return found


class Measurer:
    """A decoder, a gallery and the chosen metrics; one per process."""

    def __init__(
        self, metrics: tuple[str, ...] | None = None, cache: Path | Cache | None = None
    ) -> None:
        """Choose metrics by name (None = all) and, if wanted, a tenant's cache or its folder."""
        self._metrics = tuple(metric(n) for n in metrics or all_metrics())
        self._across = tuple(a for a in all_across() if a.beside in self.names)
        self._cache = cache_at(cache)
        self.decoder = Decoder()
        self._gallery = Gallery(self.decoder, cache=self._cache)

    @property
    def names(self) -> tuple[str, ...]:
        """Name the chosen metrics."""
        return tuple(m.name for m in self._metrics)

    def close(self) -> None:
        """End the decoder."""
        self.decoder.close()

    def score(self, brief: Brief, *, flags: tuple[str, ...] = ()) -> Scored:
        """Measure one take; whatever is wrong with it becomes scores with a reason.

        Args:
            brief: the take and what it is measured against.
            flags: known about the take beforehand, e.g. duplicate.
        """
        sha = self._gallery.sha256(brief.path)
        keys, memories = self._keys(brief, sha, self._gallery.sha256, self._editions())
        known = self._known(keys) if sha else {}
        todo = [m for m in self._metrics if m.name not in known]
        kept = self._remembered(memories) if sha else {}
        owed = [a for a in self._across if a.name in memories and a.name not in kept]
        ranges = Ranges(
            cache=self._cache if sha else None,
            brief=brief,
            sha256=sha,
            keys=keys,
            metrics=self._metrics,
            read=_score,
        )
        found = ranges.known()
        used = found.used
        measured: dict[str, tuple[Score, ...]] = {}
        fresh: dict[str, Memory] = {}
        if todo or owed or not found.settled:
            views = self._opened(owed, brief)
            measured, fresh = _measured(todo, owed, views, brief)
            if isinstance(views, Views) and not found.settled:
                used = ranges.measured(views, _one)
        if sha:
            self._remember(fresh, memories)
        for done, scores in measured.items():
            known[done] = scores
            if self._cache and sha and not any(s.status is Status.FAILED for s in scores):
                self._cache.put(keys[done], [asdict(s) for s in scores])
        return self._told(brief, sha, known, kept={**kept, **fresh}, flags=flags, used=used)

    def recalled(self, briefs: Iterable[Brief]) -> Iterator[Scored]:
        """Give what was measured of takes, and remembered, without opening or fetching a file.

        The files are those of `Brief.known`. A take of which any number or memory is not there is
        left out. The used range is not looked for.
        """
        editions = self._editions()
        for brief in briefs:
            sha = brief.known.get(brief.path)
            if sha is None:
                continue
            keys, memories = self._keys(brief, sha, brief.known.get, editions)
            known, kept = self._known(keys), self._remembered(memories)
            if known.keys() == keys.keys() and kept.keys() == memories.keys():
                yield self._told(brief, sha, known, kept=kept)

    def _told(
        self,
        brief: Brief,
        sha: str | None,
        known: Mapping[str, tuple[Score, ...]],
        *,
        kept: Mapping[str, Memory],
        flags: tuple[str, ...] = (),
        used: Used | None = None,
    ) -> Scored:
        scores = tuple(s for m in self._metrics for s in known[m.name])
        return Scored(
            row=brief.row,
            take=brief.take,
            sha256=sha,
            shot=brief.shot,
            flags=flags_of(scores, known=(*brief.flags, *flags)),
            scores=scores,
            used=used,
            kept=kept,
        )

    def _editions(self) -> Mapping[str, object]:
        """Say of each metric what it would measure with now: versions, detector, weights."""
        every: tuple[Metric | Across, ...] = (*self._metrics, *self._across)
        return {m.name: m.key for m in every}

    def _keys(
        self,
        brief: Brief,
        sha: str | None,
        sha256_of: Callable[[Path], str | None],
        editions: Mapping[str, object],
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Give what a take's scores are kept under, and its memories; by metric."""
        about = _about(brief, sha256_of)
        meets = self._across if belongs(brief) else ()
        numbers, memories = (
            {n: key_of("scores", ENGINE, n, editions[n], sha, last=about) for n in names}
            for names in (self.names, [a.name for a in meets])
        )
        return numbers, memories

    def _known(self, keys: Mapping[str, str]) -> dict[str, tuple[Score, ...]]:
        if self._cache is None:
            return {}
        stored = {name: self._cache.get(key) for name, key in keys.items()}
        return {n: tuple(_score(row) for row in rows) for n, rows in stored.items() if rows}

    def _remembered(self, keys: Mapping[str, str]) -> dict[str, Memory]:
        """Give what group metrics kept of the take when it was measured before."""
        if self._cache is None:
            return {}
        stored = {name: self._cache.get(key) for name, key in keys.items()}
        return {name: memory for name, memory in stored.items() if memory is not None}

    def _remember(self, fresh: Mapping[str, Memory], keys: Mapping[str, str]) -> None:
        if self._cache is None:
            return
        for name, memory in fresh.items():
            if memory:  # else it broke: the next run tries again
                self._cache.put(keys[name], dict(memory))

    def _opened(self, owed: list[Across], brief: Brief) -> Views | Unreadable:
        """Decode once; with one sampled frame where no metric looks at more."""
        heavy = any(not m.needs <= LIGHT_VIEWS for m in self._metrics)
        return self._gallery.fresh(brief.path, samples=SAMPLES if owed or heavy else 1)


def _about(brief: Brief, sha256_of: Callable[[Path], str | None]) -> tuple[str, str]:
    """Spell what a take is measured against, for its keys: pictures by content, and words."""
    pictures = {
        "refs": brief.refs,
        "costume_refs": brief.costume_refs,
        "plate": (brief.plate,) if brief.plate else (),
        "mask": (brief.mask,) if brief.mask else (),
        "mask_of": (brief.mask_of,) if brief.mask_of else (),
        "props": brief.props,
    }
    hashes = {k: [sha256_of(p) for p in paths] for k, paths in pictures.items()}
    said = {
        "kind": brief.kind,
        "character": brief.character,
        "spec": dict(brief.spec),
        "cast": [(m.character, m.kind, [sha256_of(p) for p in m.refs]) for m in brief.cast],
        "prop_of": brief.prop_of,
    }
    return spelled(hashes), spelled(said)


def _measured(
    todo: list[Metric], owed: list[Across], views: Views | Unreadable, brief: Brief
) -> tuple[dict[str, tuple[Score, ...]], dict[str, Memory]]:
    """Give scores by metric, and what group metrics keep."""
    if isinstance(views, Unreadable):
        broken = missing(Status.FAILED, f"unreadable take: {views.reason}", frame=views.frame)
        return {m.name: m.scores(broken, brief) for m in todo}, {}
    kept = {a.name: _kept(a, views, brief) for a in owed}
    return {m.name: _one(m, views, brief) for m in todo}, kept


def _one(metric: Metric, views: Views, brief: Brief) -> tuple[Score, ...]:
    if views.probe.transfer != "sdr" and not metric.needs <= LIGHT_VIEWS:
        return metric.scores(missing(Status.FAILED, "HDR not tone-mapped"), brief)
    try:
        return stated(metric.scores(metric.measure(views, brief), brief), metric, views.probe)
    except Exception:
        log.exception("a metric broke", extra={"metric": metric.name})
        broken: Reading = missing(Status.FAILED, "the metric broke; the log says where")
        return metric.scores(broken, brief)


def _kept(metric: Across, views: Views, brief: Brief) -> Memory:
    if views.probe.transfer != "sdr":
        return {"missing": "HDR not tone-mapped"}
    try:
        return metric.keep(views, brief)
    except Exception:
        log.exception("a group metric broke", extra={"metric": metric.name})
        return {}


def _score(row: dict[str, Any]) -> Score:
    return Score(
        **{
            **row,
            "direction": Direction(row["direction"]),
            "status": Status(row["status"]),
            "tier": Tier(row["tier"]),
        }
    )
