"""One step of a smoke test, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from router.domain.money import usd_text


class State(StrEnum):
    """How a step ended."""

    PASS = "pass"  # noqa: S105 - a word, no password
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One smallest call, before it is made."""

    family: str
    what: str  # what is asked
    proves: str  # what a person may believe once it passed
    worst_musd: int  # 0 = not in the ledger
    model: str | None = None  # catalogue key; its name is the person's own account's business


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a step."""

    step: Step
    state: State
    said: str
    todo: str = ""
    cost_musd: int = 0
    kept: bool = False  # True = it passed before, and nothing was paid now
    simulated: bool | None = None  # None = nobody said

    def as_json(self) -> dict[str, Any]:
        """Give it as `circletake aws smoke --json` prints it."""
        return {
            "family": self.step.family,
            "model": self.step.model,
            "state": self.state.value,
            "what": self.step.what,
            "proves": self.step.proves,
            "said": self.said,
            "todo": self.todo,
            "worst_case_usd": self.step.worst_musd / 1e6,
            "cost_usd": self.cost_musd / 1e6,
            "kept": self.kept,
            "simulated": self.simulated,
        }

    @property
    def line(self) -> str:
        """Say it in one or two lines."""
        paid = f", {usd_text(self.cost_musd)} USD" if self.cost_musd else ""
        again = ", kept from before: nothing paid now" if self.kept else ""
        head = f"{self.state.value:8}{self.step.family:10}{self.said}{paid}{again}"
        proves = "would prove on AWS" if self.simulated else "proves"
        proved = f"\n{'':18}{proves}: {self.step.proves}" if self.state is State.PASS else ""
        return head + proved + (f"\n{'':18}what now: {self.todo}" if self.todo else "")
