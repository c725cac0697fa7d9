"""A worker that may be killed at any moment, and a provider that remembers what it billed.

    python -m router.testing_crash HOME LEDGER COUNT

submits COUNT requests (every other one an async job), works until none is open, and ends with 0.
Run again after a kill it goes on where the killed one stood.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from router import testing
from router.clock import SystemClock
from router.dispatch import dispatch, handlers
from router.domain.request import Request
from router.jobs.engine import Engine
from router.ports import Call, Delivered, Outcome, Running, Setback
from router.testing_router import CLIP, STILL, open_router
from router.workers import hold_name

PARTNER, ACCOUNT, CAP_MUSD = "north_light", "c1", 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProvider:
    """A provider whose only memory is its billing ledger, synced before each answer.

    Sync answers take `think_s`; with `logs` they can be looked up afterwards. Async jobs know their
    token: the same one again starts nothing.
    """

    ledger: Path
    jobs: bool
    logs: bool = False
    think_s: float = 0.02

    def send(self, call: Call) -> Outcome:
        """Bill, then answer."""
        if not self.jobs:
            self._bill(call)
            time.sleep(self.think_s)
            return self._media(call)
        if self._seen(call) is None:
            self._bill(call)
        return Running(provider_ref=f"job/{call.token}", simulated=True)

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """A job is done a little while after it was billed."""
        began = self._seen(call)
        if began is None:
            return testing.setback("rejected", "no_such_job")
        young = time.time() - began < 3 * self.think_s
        return Running(provider_ref=provider_ref, simulated=True) if young else self._media(call)

    def find(self, call: Call) -> Outcome | None:
        """Look into the ledger, as into a log."""
        if self._seen(call) is None:
            return None
        if self.jobs:
            return Running(provider_ref=f"job/{call.token}", simulated=True)
        return self._media(call) if self.logs else None

    def _media(self, call: Call) -> Delivered | Setback:
        return testing.delivered(call)

    def _bill(self, call: Call) -> None:
        line = {"attempt": call.attempt, "token": call.token, "at": time.time()}
        testing.append_durably(self.ledger, line)

    def _seen(self, call: Call) -> float | None:
        lines = read_ledger(self.ledger)
        return next((float(row["at"]) for row in lines if row["attempt"] == call.attempt), None)


def read_ledger(path: Path) -> list[dict[str, str | float]]:
    """Give the whole lines of a ledger."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def wishes(count: int) -> Sequence[Request]:
    """Give the requests of a run: every other one a job."""
    kinds = (STILL.key, CLIP.key)
    return [testing.request(n, model=kinds[n % 2], account=ACCOUNT) for n in range(count)]


def main(home: Path, ledger: Path, count: int, *, logs: bool) -> int:
    """Work until nothing is open."""
    worker = hold_name(home / "workers")
    backends = {
        STILL.dialect: LedgerProvider(ledger=ledger, jobs=False, logs=logs),
        CLIP.dialect: LedgerProvider(ledger=ledger, jobs=True),
    }
    router = open_router(home, backends, clock=SystemClock(), worker=worker, cap_musd=CAP_MUSD)
    engine = Engine(testing.settings(home), handlers(router), worker=worker)
    router.submit(wishes(count))
    catalogue = testing.by_key((STILL, CLIP))
    dispatch(engine, catalogue, router.open_of_every_partner())
    engine.launch()
    done = engine.wait(60.0)
    engine.close()
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(
        main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), logs="--logs" in sys.argv)
    )
