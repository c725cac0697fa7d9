"""Verdicts against the truth: takes with known planted faults, judged, then held beside what the
emulator says that it planted.

A fault is planted in full or not at all, so that the truth of a line is never a matter of taste.
Three readings of the same verdicts, all of them printed, so that none is chosen after the result:
`fail`, the word itself, which only arithmetic may say; `against`, a fail or a doubt beyond the
metric's own error; `not passed`, all that keeps a person looking, silences too. Pictures of the
same bytes count once for a line.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure
from tests.bench.repairs import Repaired
from tests.bench.stage import TURNS, Stage, stages

# Per kind of line (and metric, where it matters): the planted fault that must be told.
FAULT_OF = {
    "id_ref": ("identity_drift",),
    "id_worst": ("identity_drift",),
    "ref_embed": ("identity_drift", "hue_drift"),  # a creature of another colour is another one
    "costume_colour": ("hue_drift",),
    "colour_match.delta_e": ("colour_cast",),
    "tech.blur": ("blur",),
    "edge_width": ("blur",),
    "tech.noise": ("noise",),
    "temporal.flicker": ("flicker",),
    "outside_mask": ("spill",),
}
# What also changes a number although it is another fault: such a take says nothing about the line.
ALSO = {
    "colour_match.delta_e": ("hue_drift", "spill"),
    "costume_colour": ("colour_cast",),
    "tech.blur": ("noise",),
    "tech.noise": ("blur",),
}

# Colours are known to be right only where a take starts from the shot's own plate; of a shot that
# is to be relit, the plate's light is wrong; what an edit paints has whatever colour it has.
FROM_PLATE = ("init_image", "init_image_alt", "video_from_key")
RELIT = "relight_colour_match"


@dataclass(slots=True)
class Told:
    """What verdicts said, by whether the line's fault was planted."""

    counts: Counter[tuple[str, bool, str]] = field(default_factory=Counter)
    seen: set[tuple[str, str, int]] = field(default_factory=set)  # bytes, shot, line
    wrong: list[str] = field(default_factory=list)

    def add(self, metric: str, *, planted: bool, said: str, what: str) -> None:
        """Count one line of one take."""
        self.counts[metric, planted, said] += 1
        if planted != (said in {"fail", "doubt"}) and (planted or said in {"fail", "doubt"}):
            self.wrong.append(f"{metric} {'planted' if planted else 'clean'} {said}: {what}")

    def of(self, *, planted: bool, said: tuple[str, ...], metric: str | None = None) -> int:
        """Count lines."""
        return sum(
            n
            for (m, p, s), n in self.counts.items()
            if p == planted and s in said and metric in {None, m}
        )

    def precision(self, said: tuple[str, ...], metric: str | None = None) -> float:
        """Share of the words against a take that are true."""
        right = self.of(planted=True, said=said, metric=metric)
        wrong = self.of(planted=False, said=said, metric=metric)
        return right / max(1, right + wrong)

    def recall(self, metric: str | None = None, said: tuple[str, ...] = ()) -> float:
        """Share of the planted faults that are spoken against, or of which this was said."""
        found = self.of(planted=True, said=said or AGAINST, metric=metric)
        every = self.of(planted=True, said=(*NOT_PASSED, "pass"), metric=metric)
        return found / every if every else 1.0

    def once(self, sha256: str, shot: str, line: int) -> bool:
        """Say whether these bytes are heard on this line for the first time."""
        key = (sha256, shot, line)
        known = key in self.seen
        self.seen.add(key)
        return not known


AGAINST = ("fail", "doubt")
NOT_PASSED = (*AGAINST, "unsure", "silent")


def verdicts(stages: Iterable[Stage]) -> Told:
    """Hear what the verdicts of some stages say."""
    told = Told()
    for stage in stages:
        hear(stage, told)
    return told


def hear(stage: Stage, told: Told) -> None:
    """Hold the verdicts of a campaign beside the truth about its takes."""
    case = stage.case
    for take, rulings in case.verdicts.items():
        sha256 = case.takes[take].media.sha256
        facts = stage.truth.get(sha256)
        for verdict in rulings if facts else ():
            trial = case.trial_of[take]
            fresh = told.once(sha256, trial.shot, verdict.line.number)
            if fresh and _is_known(verdict, trial.recipe, case.shot(trial).task):
                _held(verdict, facts or {}, told, f"{trial.shot} {trial.recipe}")


def _is_known(verdict: Any, recipe: str, task: str) -> bool:
    """Say whether the truth of a line follows from what was planted."""
    of_colour = verdict.metric in {"costume_colour", "colour_match.delta_e"}
    return not of_colour or (recipe in FROM_PLATE and task != RELIT)


def _held(verdict: Any, facts: Mapping[str, float], told: Told, what: str) -> None:
    fault = FAULT_OF.get(verdict.metric or "")
    if not verdict.line.must or fault is None:
        return
    if any(facts.get(other) for other in ALSO.get(verdict.metric, ())):
        return
    number = "" if verdict.value is None else f" {verdict.value:.3f}"
    planted = any(facts.get(name, 0.0) > 0.25 for name in fault)
    what = f"{what}{number} {verdict.reason or ''}"
    told.add(verdict.metric, planted=planted, said=said(verdict), what=what)


def said(verdict: Any) -> str:
    """Reduce a verdict to what it says about the take."""
    ruling = verdict.ruling.value
    if ruling == "unsure":
        clear = verdict.reason and "may not fail a line" in verdict.reason
        strangers = verdict.value is None
        witness = verdict.reason and ("speaks against" in verdict.reason
                                      or "recoloured" in verdict.reason)  # fmt: skip
        return "doubt" if clear or strangers or witness else "unsure"
    return "silent" if ruling == "not_measured" else str(ruling)


def lines(folder: Path, turns: Sequence[int] = TURNS) -> Iterator[Figure]:
    """Precision and recall on must-lines, and the share of failed ones that can be repaired."""
    began = time.perf_counter()
    told, repaired, on_repairs = Told(), Repaired(), 0.0
    for stage in stages(folder, turns=turns):
        hear(stage, told)
        before = time.perf_counter()
        repaired.hear(stage)
        on_repairs += time.perf_counter() - before
    spent = time.perf_counter() - began - on_repairs
    yield from _figures(told, spent)
    yield from repairs(repaired, on_repairs)


def _figures(told: Told, spent: float) -> Iterator[Figure]:
    total = sum(told.counts.values())
    metrics = sorted({metric for metric, _, _ in told.counts})
    short = [f"{m} {told.recall(m):.2f}" for m in metrics if told.recall(m) < 0.9]
    planted = told.of(planted=True, said=(*NOT_PASSED, "pass"))
    word = f"{told.recall(said=('fail',)):.2f} of them failed outright"
    beside = f"{total} must-lines, {planted} planted, {word}, {spent:.0f} s"
    for name, said in (("failed", ("fail",)), ("spoken against", AGAINST)):
        yield Figure(name=f"must-lines {name}: precision", value=told.precision(said),
                     unit="share", limit=0.95, beside=beside, at_least=True)  # fmt: skip
    yield Figure(name="must-lines spoken against: recall", value=told.recall(), unit="share",
                 limit=0.90, beside=f"{beside}; short of it: {', '.join(short) or 'none'}",
                 at_least=True)  # fmt: skip
    yield Figure(name="must-lines not passed: recall", value=told.recall(said=NOT_PASSED),
                 unit="share", limit=0.90, beside=beside, at_least=True)  # fmt: skip


def repairs(repaired: Repaired, spent: float) -> Iterator[Figure]:
    """Failed must-lines that pass after up to three rounds."""
    tried = sum(repaired.tried.values())
    beside = f"{tried} failed must-lines: {repaired.by_kind()}; {spent:.0f} s"
    yield Figure(name="failed must-lines repaired in ≤ 3 rounds", value=repaired.share,
                 unit="share", limit=0.80, beside=beside, at_least=True)  # fmt: skip
    yield Figure(name="pixels that repairs changed outside matte and feather",
                 value=repaired.outside, unit="share", limit=0, beside=beside)  # fmt: skip
