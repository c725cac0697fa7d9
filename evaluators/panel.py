"""Takes spread over processes, one thread each; the run goes on whatever a take does."""

import logging
import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cv2

from evaluators import weights
from evaluators.cache import Cache, file_sha256
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored, Status
from evaluators.measuring import Measurer, all_metrics, metric
from evaluators.metric import missing
from router.telling.log import handed_on

AHEAD = 2  # takes given to the pool beyond those in work

log = logging.getLogger("circletake.evaluators")

_mine: list[Measurer] = []  # of this worker process


def output_names() -> tuple[str, ...]:
    """Name every number that the metrics give; imports all of them."""
    return tuple(o.name for name in all_metrics() for o in metric(name).outputs)


def judge(
    briefs: Sequence[Brief],
    *,
    metrics: Sequence[str] | None = None,
    workers: int = 2,
    cache: Path | Cache | None = None,
    on_done: Callable[[Scored], None] | None = None,
) -> Iterator[Scored]:
    """Measure takes and give each one as soon as it is done; `row` says which it is.

    Args:
        briefs: one for each take.
        metrics: names of metric files; None = all.
        workers: processes; 0 measures in this one.
        cache: of one tenant, or its folder, for results by content; None = measure everything.
        on_done: told of each take before it is given.

    Raises:
        UnknownName: a metric that does not exist, before anything is measured.
    """
    chosen = tuple(metrics) if metrics is not None else all_metrics()
    for name in chosen:
        metric(name)
    twice = _twice(briefs)
    jobs = [(b, ("duplicate",) if b.row in twice else ()) for b in briefs]
    spread = _in_processes if workers else _here
    for scored in spread(jobs, chosen, cache, workers):
        if on_done:
            on_done(scored)
        yield scored


def recalled(
    briefs: Sequence[Brief], *, metrics: Sequence[str], cache: Path | Cache
) -> dict[int, Scored]:
    """Give row → what was measured of a take before, where all of it is there; opens no take.

    Args:
        briefs: one for each take, which say what they know of the content of its files.
        metrics: names of metric files.
        cache: of one tenant, or its folder.
    """
    measurer = Measurer(tuple(metrics), cache)
    try:
        return {scored.row: scored for scored in measurer.recalled(briefs)}
    finally:
        measurer.close()


Job = tuple[Brief, tuple[str, ...]]


def _here(
    jobs: Sequence[Job], metrics: tuple[str, ...], cache: Path | Cache | None, _workers: int
) -> Iterator[Scored]:
    measurer = Measurer(metrics, cache)
    try:
        for job in jobs:
            yield _safely(measurer, job)
    finally:
        measurer.close()


def _in_processes(
    jobs: Sequence[Job], metrics: tuple[str, ...], cache: Path | Cache | None, workers: int
) -> Iterator[Scored]:
    """Feed a pool. When a process dies, the takes in work are tried again, each in its own."""
    queue = list(jobs)
    while queue:
        suspects = yield from _until_a_death(queue, metrics, cache, workers)
        for job in suspects:
            yield _alone(job, metrics, cache)


def _until_a_death(
    queue: list[Job], metrics: tuple[str, ...], cache: Path | Cache | None, workers: int
) -> Generator[Scored, None, list[Job]]:
    flying: dict[Future[Scored], Job] = {}
    with _pool(min(workers, len(queue)), metrics, cache) as pool:
        try:
            while queue or flying:
                while queue and len(flying) < workers + AHEAD:
                    job = queue[0]
                    flying[pool.submit(_work, job)] = job
                    del queue[0]
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                    del flying[future]
        except BrokenProcessPool:
            return list(flying.values())
    return []


def _alone(job: Job, metrics: tuple[str, ...], cache: Path | Cache | None) -> Scored:
    with _pool(1, metrics, cache) as pool:
        try:
            return pool.submit(_work, job).result()
        except BrokenProcessPool:
            log.exception("a measuring process died", extra={"count": job[0].row})
    return _dead(job, metrics, "the process that measured this take died")


def _dead(job: Job, metrics: tuple[str, ...], reason: str) -> Scored:
    brief, flags = job
    broken = missing(Status.FAILED, reason)
    return Scored(
        row=brief.row,
        take=brief.take,
        sha256=None,
        shot=brief.shot,
        flags=tuple(sorted({*brief.flags, *flags})),
        scores=tuple(s for name in metrics for s in metric(name).scores(broken, brief)),
    )


def _pool(
    workers: int, metrics: tuple[str, ...], cache: Path | Cache | None
) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(metrics, cache, weights.folder(), handed_on()),
    )


def _start(
    metrics: tuple[str, ...],
    cache: Path | Cache | None,
    folder: Path,
    open_log: Callable[[], object],
) -> None:
    open_log()
    weights.use(folder)
    cv2.setNumThreads(1)
    _mine[:] = [Measurer(metrics, cache)]


def _work(job: Job) -> Scored:
    return _safely(_mine[0], job)


def _safely(measurer: Measurer, job: Job) -> Scored:
    brief, flags = job
    try:
        return measurer.score(brief, flags=flags)
    except Exception:
        log.exception("measuring broke", extra={"count": brief.row})
        return _dead(job, measurer.names, "measuring broke; the log says where")


def _twice(briefs: Sequence[Brief]) -> set[int]:
    """Rows whose bytes appear in more than one row; only files of equal size are hashed."""
    by_size: dict[int, list[Brief]] = defaultdict(list)
    for brief in briefs:
        if brief.path.is_file():
            by_size[brief.path.stat().st_size].append(brief)
    by_hash: dict[str, list[int]] = defaultdict(list)
    for same_size in by_size.values():
        for brief in same_size if len({b.row for b in same_size}) > 1 else ():
            by_hash[file_sha256(brief.path)].append(brief.row)
    return {row for rows in by_hash.values() if len(rows) > 1 for row in rows}
