"""A worker that may be killed at any moment, and a provider that remembers what it billed.

    python -m router.testing.crash HOME COUNT SCENE.json

submits COUNT requests (every other one an async job), works until none is open, and ends with 0.
Run again after a kill it goes on where the killed one stood. The scene says who answers: a provider
in this process whose memory is a ledger file, or an emulator that is running.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router.clock import SystemClock
from router.dispatch import dispatch, handlers
from router.domain.model import Model
from router.domain.request import Request
from router.jobs.engine import JobEngine
from router.ports import Backend, Call, Delivered, Outcome, Running, Setback
from router.testing import doubles
from router.testing.routing import CLIP, STILL, open_router
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
            return doubles.setback("rejected", "no_such_job")
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
        return doubles.delivered(call)

    def _bill(self, call: Call) -> None:
        line = {"attempt": call.attempt, "token": call.token, "at": time.time()}
        doubles.append_durably(self.ledger, line)

    def _seen(self, call: Call) -> float | None:
        lines = read_ledger(self.ledger)
        return next((float(row["at"]) for row in lines if row["attempt"] == call.attempt), None)


def read_ledger(path: Path) -> list[dict[str, str | float]]:
    """Give the whole lines of a ledger."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who answers, and what is asked for: one picture model, one film model."""

    still: Model
    clip: Model
    backends: Mapping[str, Backend]
    cap_musd: int = CAP_MUSD

    def wishes(self, count: int) -> Sequence[Request]:
        """Give the requests of a run: every other one a film."""
        return [self._film(n) if n % 2 else self._picture(n) for n in range(count)]

    def _picture(self, number: int) -> Request:
        return doubles.request(number, model=self.still.key, account=ACCOUNT)

    def _film(self, number: int) -> Request:
        asked = doubles.request(number, model=self.clip.key, account=ACCOUNT)
        if not self.clip.limits.seconds:
            return asked
        seconds, resolution = self.clip.limits.seconds[0], self.clip.limits.resolutions[0]
        consent = replace(asked.clearance, permitted=("still_image", "moving_image"))
        return replace(
            asked,
            operation="text_to_video",
            seconds=seconds,
            resolution=resolution,
            seed=None,
            clearance=consent,
        )


def scene(facts: Mapping[str, Any]) -> Scene:
    """Set the scene that a JSON object describes: `ledger` and `logs`, or an `emulator`.

    With `cap_musd` the budget is that large.
    """
    if "emulator" in facts:
        wired = _wired(facts["emulator"])
        return replace(wired, cap_musd=facts.get("cap_musd", CAP_MUSD))
    ledger = Path(facts["ledger"])
    return Scene(
        still=STILL,
        clip=CLIP,
        backends={
            STILL.dialect: LedgerProvider(ledger=ledger, jobs=False, logs=facts["logs"]),
            CLIP.dialect: LedgerProvider(ledger=ledger, jobs=True),
        },
    )


def _wired(facts: Mapping[str, str]) -> Scene:
    """Our dialects on a running emulator; several films at once, so that kills find some."""
    from router import catalog
    from router.backends import bedrock_async, bedrock_invoke
    from router.cloud import aws

    models = catalog.load()
    clients = aws.Clients(aws.Endpoint(**facts))
    clip = models["luma-ray2"]
    return Scene(
        still=models["stable-image-core"],
        clip=replace(clip, quota=replace(clip.quota, in_flight=4)),
        backends={
            "bedrock_invoke": bedrock_invoke.build(clients),
            "bedrock_async": bedrock_async.build(clients),
        },
    )


def main(home: Path, count: int, stage: Scene, shared: str | None = None) -> int:
    """Work until nothing is open; `shared` is a PostgreSQL in place of the files of the home."""
    worker = hold_name(home / "workers")
    models = (stage.still, stage.clip)
    router = open_router(
        home,
        stage.backends,
        clock=SystemClock(),
        worker=worker,
        models=models,
        cap_musd=stage.cap_musd,
        records=shared,
    )
    here = doubles.settings(home)
    engine = JobEngine(
        shared or here.engine_database,
        handlers(router),
        worker=worker,
        log=here.log,
        schema="engine_aws" if shared else "dbos",
    )
    router.submit(stage.wishes(count))
    dispatch(engine, doubles.by_key(models), router.open_of_every_partner())
    engine.launch()
    done = engine.wait(max(60.0, count / 2.0))
    engine.close()
    return 0 if done else 1


if __name__ == "__main__":
    _home, _count, _scene = sys.argv[1:]
    _facts = json.loads(Path(_scene).read_text(encoding="utf-8"))
    sys.exit(main(Path(_home), int(_count), scene(_facts), _facts.get("database")))
