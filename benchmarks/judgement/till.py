"""Asks for money up to a limit of its own, below those of campaign, partner and day."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from router.domain.errors import Busy, OverBudget
from router.domain.inquiry import Answer, AnswerState, Inquiry

T = TypeVar("T")
AT_ONCE = 4  # questions under way; the quota of a model may allow fewer


class Priced(Protocol):
    """Somebody who asks a language model, and says before what it can cost."""

    def ask(self, inquiry: Inquiry) -> Answer:
        """Ask, unless it was asked before."""
        ...

    def worst_case_musd(self, inquiry: Inquiry) -> int:
        """Give the most that an inquiry can cost."""
        ...


@dataclass(slots=True, kw_only=True)
class Till:
    """Counts worst cases while they are out, and bills when they are known; threads share it."""

    asks: Priced
    budget_musd: int | None  # None = the campaign's own budget is the limit
    taken_musd: int = 0  # what was paid before
    _stopped: Busy | OverBudget | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, inquiry: Inquiry) -> Answer:
        """Ask.

        Raises:
            OverBudget: a limit does not cover the worst case; nothing more is asked after it.
            Busy: the model does not answer now; nothing more is asked after it.
        """
        worst = self.asks.worst_case_musd(inquiry)
        self._take(worst)
        answer = self.asks.ask(inquiry)
        if answer.state is not AnswerState.UNKNOWN:  # what may have been paid stays taken
            with self._lock:
                self.taken_musd += answer.cost_musd - worst
        if answer.state is AnswerState.BUSY:
            expected = "an answer; run again later: what was said is kept"
            self._stop(Busy(field="judge", found=answer.reason or answer.code, expected=expected))
        if answer.state is AnswerState.PARKED:
            expected = "a budget for it; `circletake campaign resume ID --budget USD` raises it"
            self._stop(OverBudget(field="judge", found=answer.reason, expected=expected))
        return answer

    def _take(self, worst_musd: int) -> None:
        with self._lock:
            if self._stopped is not None:
                raise self._stopped
            if self.budget_musd is None or self.taken_musd + worst_musd <= self.budget_musd:
                self.taken_musd += worst_musd
                return
        found = f"{self.taken_musd / 1e6:.6f} USD taken, the next answer may cost "
        found += f"{worst_musd / 1e6:.6f} USD"
        self._stop(OverBudget(field="--budget", found=found, expected="a larger budget"))

    def _stop(self, why: Busy | OverBudget) -> None:
        with self._lock:
            self._stopped = self._stopped or why
        raise why


def seen_through(sit: Callable[[T], None], due: Sequence[T]) -> tuple[str, str]:
    """Do all of something that asks; gives how it ended, and why where it stopped.

    Whoever interrupts it waits for the questions under way; no further one is asked.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            done = [pool.submit(sit, one) for one in due]
            wait(done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    stops: list[tuple[str, str]] = []
    for one in done:
        try:
            one.result()
        except OverBudget as error:
            stops.append(("budget_reached", str(error)))
        except Busy as error:
            stops.append(("interrupted", str(error)))
    return stops[0] if stops else ("done", "")
