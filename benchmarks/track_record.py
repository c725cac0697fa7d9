"""What stored takes say about each model on one task: how fast it was, and what it kept.

A model's recipes count together here: the question is whom to ask, not how. Simulated takes and
real ones never stand in one record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling, Verdict
from router.domain.take import Source

Shares = dict[str, dict[tuple[str, str], list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """By catalogue key; a model that nothing is stored for is absent."""

    latencies: Mapping[str, tuple[float, ...]]  # seconds from asking to answer, one a take
    kept: Mapping[str, tuple[float, ...]]  # share of must-lines that were kept, one a shot


def track_record(cases: Iterable[Case], task: str, *, simulated: bool) -> TrackRecord:
    """Read the record of a task from campaigns.

    Only generated takes count, and only must-lines that passed or failed: what could not be
    measured is missing. Takes of a shot are averaged, so that a shot is one trial.
    """
    latencies: dict[str, list[float]] = {}
    shares: Shares = {}
    for case in cases:
        for trial, take in case.own_takes():
            if trial.earlier:
                continue  # what a chain of models came to is no record of one of them
            generated = take.source is Source.GENERATED and take.simulated is simulated
            if not generated or case.shot(trial).task != task:
                continue
            latencies.setdefault(take.model, []).append(take.latency_s)
            share = kept_share(case.verdicts.get(take.id, ()))
            if share is not None:
                by_shot = shares.setdefault(take.model, {})
                by_shot.setdefault((trial.pack, trial.shot), []).append(share)
    return TrackRecord(
        latencies={key: tuple(seconds) for key, seconds in latencies.items()},
        kept={key: tuple(map(fmean, by_shot.values())) for key, by_shot in shares.items()},
    )


def kept_share(verdicts: Sequence[Verdict]) -> float | None:
    """Give the share of a take's decided must-lines that passed; None where none was decided."""
    decided = [
        v.ruling is Ruling.PASS
        for v in verdicts
        if v.line.must and v.ruling in {Ruling.PASS, Ruling.FAIL}
    ]
    return fmean(decided) if decided else None
