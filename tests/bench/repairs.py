"""Failed must-lines, repaired in up to three rounds; how many pass then, by kind of line.

Every failed must-line of a paid take is tried by itself, whether anything can be done about it or
not. It counts as repaired where the best child passes it, fails no must-line that the take did not
fail, and passes every must-line that the take passed. A take of the same bytes counts once for a
line of a shot.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.bench.stage import Stage

ROUNDS = 3


@dataclass(slots=True)
class Repaired:
    """What became of failed must-lines."""

    tried: Counter[str] = field(default_factory=Counter)  # by kind of line
    done: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)  # what could not be repaired, and why
    rounds: list[int] = field(default_factory=list)
    outside: float = 0.0  # largest share of pixels that changed outside matte and feather
    spent_musd: int = 0
    seen: set[tuple[str, str, int]] = field(default_factory=set)  # bytes, shot, line

    @property
    def share(self) -> float:
        """Share of the failed must-lines that pass after the repair."""
        return sum(self.done.values()) / max(1, sum(self.tried.values()))

    def by_kind(self) -> str:
        """Write the shares for a person."""
        return ", ".join(f"{k} {self.done[k]} of {n}" for k, n in sorted(self.tried.items()))

    def hear(self, stage: Stage) -> None:
        """Repair what failed on a stage."""
        case, repairer = stage.case, stage.here.repairer()
        for take, verdicts in list(case.verdicts.items()):
            if case.recipes[case.trial_of[take].recipe].control:
                continue
            for verdict in verdicts:
                key = (case.takes[take].media.sha256, case.trial_of[take].shot, verdict.line.number)
                if verdict.line.must and verdict.ruling.value == "fail" and key not in self.seen:
                    self.seen.add(key)
                    self._one(case, take, verdict, repairer)

    def _one(self, case: Any, take: str, verdict: Any, repairer: Any) -> None:
        from router.domain.errors import BadInput

        number, trial = verdict.line.number, case.trial_of[take]
        name = f"{verdict.line.kind} ({verdict.metric})"
        what = f"{name} {trial.shot} {trial.recipe} {verdict.value}"
        self.tried[name] += 1
        try:
            outcome = repairer.repair(case, take, [number], rounds=ROUNDS)
        except BadInput as why:
            self.left.append(f"{what}: {why.expected}")
            return
        self.spent_musd += sum(r.spend_musd for r in outcome.repairs)
        self.outside = max([self.outside, *(r.outside_child for r in outcome.repairs)])
        best = outcome.best
        after = {v.line.number: v for v in best.after} if best else {}
        if number in after and after[number].ruling.value == "pass" and not _broken(outcome, best):
            self.done[name] += 1
            self.rounds.append(outcome.rounds)
            return
        tries = [
            f"{v.ruling.value} {v.value}"
            for r in outcome.repairs for v in r.after if v.line.number == number
        ]  # fmt: skip
        broken = [f"broke {_broken(outcome, r)}" for r in outcome.repairs if _broken(outcome, r)]
        self.left.append(f"{what}: {tries} {broken} {outcome.refused or outcome.stopped or ''}")


def _broken(outcome: Any, child: Any) -> list[int]:
    """Name the must-lines that a child fails and the take did not, or has lost into doubt."""
    before = {v.line.number: v.ruling.value for v in outcome.before}
    return [
        v.line.number
        for v in child.after
        if v.line.must
        and v.ruling.value != before[v.line.number]
        and (v.ruling.value == "fail" or before[v.line.number] == "pass")
    ]
