"""What a repair came to: the children, the best of them, and what was tried in vain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.domain.repair import Repair
from benchmarks.planning.plan import usd
from benchmarks.repairing.errands import Errand
from benchmarks.repairing.remedies import standing
from benchmarks.running.news import PATIENCE as GIVEN_UP
from benchmarks.views.takes import verdict_row
from evaluators.domain.verdict import Ruling, Verdict
from router.domain.attempt import OPEN_STATES, Attempt

PATIENCE = 2  # paid rounds in a row without improvement after which it stops


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a repair came to."""

    take: str  # that was to be repaired
    lines: tuple[int, ...]  # aimed at
    before: tuple[Verdict, ...]  # of the take
    repairs: tuple[Repair, ...]
    rounds: int
    refused: str | None = None  # why the last round gave no child
    stopped: str | None = None  # why it ended although lines are open
    left: Mapping[int, str] = field(default_factory=dict)  # lines left alone, and why

    @property
    def best(self) -> Repair | None:
        """Give the first of the best children; None = none is better than the take itself."""
        best = min(self.repairs, key=self._standing, default=None)
        if best is None or self._standing(best) >= standing(self.before, self.lines):
            return None
        return best

    def as_json(self) -> dict[str, Any]:
        """Give what `repair --json` prints."""
        best = self.best
        return {
            "children": [
                {
                    "take": r.child,
                    "parent": r.parent,
                    "lines": list(r.lines),
                    "before": [verdict_row(v) for v in r.before],
                    "after": [verdict_row(v) for v in r.after],
                    "outside_mask": r.outside_child,
                    "outside_mask_raw": r.outside_raw,
                    "spend_usd": usd(r.spend_musd),
                    "operation": r.operation,
                    "asked": r.raw != r.parent,  # a model; else it was done here
                    "by": r.by,
                }
                for r in self.repairs
            ],
            "best": best.child if best else None,
            "kept": best.child if best else self.take,
            "rounds": self.rounds,
            "reason": self.refused,
            "stopped": self.stopped,
            "left_alone": [{"line": n, "reason": why} for n, why in self.left.items()],
        }

    def wrong(self, repair: Repair) -> tuple[Verdict, ...]:
        """Give what a child leaves open of the aimed lines, and the must-lines that it broke."""
        was = {v.line.number: v.ruling for v in self.before}
        return tuple(
            v
            for v in repair.after
            if v.ruling is not Ruling.PASS
            and (v.line.number in self.lines or (v.line.must and _broke(v, was.get(v.line.number))))
        )

    def _standing(self, repair: Repair) -> tuple[int, int, int, float]:
        had = {v.line.number for v in self.before if v.ruling is Ruling.PASS}
        return standing(repair.after, self.lines, had)


def why(attempt: Attempt) -> str:
    """Say in words why an attempt gave no take."""
    if attempt.state in OPEN_STATES:
        hours = GIVEN_UP.total_seconds() / 3600
        return (
            f"no answer came within {hours:g} hours, and waiting was given up; what was asked "
            "stays asked: the same repair again takes its answer up, and pays nothing twice"
        )
    return attempt.reason or attempt.code or attempt.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Vain:
    """What made nothing better since the best take so far."""

    operations: frozenset[str] = frozenset()
    recipes: frozenset[str] = frozenset()  # that were asked again
    paid: int = 0  # rounds

    def and_also(self, errand: Errand) -> "Vain":
        """Add a round that made nothing better."""
        return Vain(
            operations=self.operations | {errand.remedy.operation},
            recipes=self.recipes | ({errand.recipe} if errand.recipe else set()),
            paid=self.paid + (errand.request is not None),
        )

    @property
    def reason(self) -> str | None:
        """Say that it is enough; None = another round may be tried."""
        enough = self.paid >= PATIENCE
        return f"{self.paid} rounds made nothing better; ask another model" if enough else None


NOTHING_YET = Vain()


def _broke(after: Verdict, before: Ruling | None) -> bool:
    worse = after.ruling is Ruling.FAIL or before is Ruling.PASS
    return worse and after.ruling is not before
