"""A tenth of a season by real processes: workers of the console, PostgreSQL, the emulator.

The clock is scaled: the emulator answers so many times faster, and a worker is killed (SIGKILL)
each scaled minute. Leases, restarts and polling keep their real seconds, which makes the weather
worse than the season's. Only every tenth shot has a clip, and one: their lane takes one at a time.
"""

import itertools
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, sure

SPEED = 4.0
WORKERS = 3
SHOTS, TAKES = 40, 4
STUCK_S = 4800.0
# Each a lane of its own; the last one takes one clip at a time.
LANES = (
    ("stable-image-core", "text_to_image"),
    ("stable-image-ultra", "text_to_image"),
    ("sd35-large", "text_to_image"),
    ("stability-style-guide", "style_guide"),
    ("stability-control-structure", "control_structure"),
    ("stability-control-sketch", "control_sketch"),
    ("stability-fast-upscale", "upscale_fast"),
    ("luma-ray2", "text_to_video"),
)
# Every twentieth call of a model goes wrong, in turn.
WRONG = ("throttle", "drop_after", "unavailable", "filter_prompt", "drop_before")
SETTLED, DECLINED = "settled", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How it came out."""

    asked: int
    states: Counter[str]
    kills: int
    seconds: float
    lost: int
    held: int
    double: int
    off_musd: int
    spent_musd: int
    found: int
    started: Sequence[float]  # seconds until each worker was ready


def lines(folder: Path, shots: int = SHOTS) -> Iterator[Figure]:
    """Lost, paid twice, and how the books agree."""
    told = play(folder, shots)
    states = ", ".join(f"{n} {state}" for state, n in sorted(told.states.items()))
    beside = (
        f"{told.asked} takes ({states}), {told.kills} kills -9 among {WORKERS} workers in "
        f"{told.seconds:.0f} s, {SPEED:g} × the clock; {told.found} answers from the log, "
        f"{told.held} set aside, {told.spent_musd / 1e6:.2f} USD"
    )
    yield Figure(
        name="tenth of a season, lost", value=told.lost, unit="takes", limit=0, beside=beside
    )
    ready = f"workers were ready after {min(told.started):.1f} to {max(told.started):.1f} s"
    yield Figure(
        name="tenth of a season, paid twice", value=told.double, unit="takes", limit=0, beside=ready
    )
    yield Figure(
        name="tenth of a season, our ledger off the provider's",
        value=told.off_musd / 1e6,
        unit="USD",
        limit=0,
        beside="every line of the provider's ledger is one attempt of ours",
    )


def play(folder: Path, shots: int) -> Told:
    """Let workers make takes and be killed; `folder` must not exist yet."""
    from tests import postgres

    folder.mkdir(parents=True)
    with postgres.running() as server, _environment(server.empty()), ExitStack() as stack:
        from benchmarks.demo import build
        from dashboard.testing.console import Terminal
        from router import emulation

        home = folder / "home"
        terminal = Terminal(home)
        home.mkdir()
        (home / "partners").symlink_to(build.partner_folder())
        done = terminal.run("database", "migrate")
        sure(done.code == 0, f"the database is made: {done.errors[-300:]}")
        state = home / "emulator"
        state.mkdir()
        faults = _faults(folder / "faults.json")
        words = emulation.arguments(state=state, faults=faults, speed=SPEED)
        stack.enter_context(emulation.running(words, ledger=state / "billing.jsonl"))
        return _worked(home, terminal, shots)


def _worked(home: Path, terminal: Any, shots: int) -> Told:
    from benchmarks.bootstrap import studio
    from benchmarks.running.wire import Wire, purse

    account, partner = purse(Wire.SIMULATED, "season"), "northlight_pictures"
    with studio(home) as here:
        here.router.open_account(partner, account, 10**9, simulated=True)
        wanted = _requests(here, partner, account, shots)
        here.router.submit(wanted)
        crew = _Crew(terminal)
        began = time.monotonic()
        try:
            crew.fill()
            _killed(crew, here, partner, account, began)
        finally:
            crew.close()
        seconds = time.monotonic() - began
    with studio(home, Wire.SIMULATED, works=False) as here:
        found = here.router.reconcile(partner, account).settled
        attempts = here.router.attempts(partner, account=account)
        takes = Counter(t.attempt for t in here.router.takes(partner, account=account))
        spent = here.router.balance(partner, account).spent_musd
    bill = terminal.billed()
    by_key = {a.id: a.id for a in attempts} | {a.token: a.id for a in attempts}
    paid = Counter(by_key.get(_payer(line), "nobody") for line in bill)
    held = {a.id for a in attempts if a.state.value == "unknown" and a.id not in paid}
    good = {a.id for a in attempts if a.state.value in {SETTLED, DECLINED}}
    return Told(
        asked=len(attempts),
        states=Counter(a.state.value for a in attempts),
        kills=crew.kills,
        seconds=seconds,
        lost=len(attempts) - len(good | held) + len(paid.keys() - takes.keys()),
        held=len(held),
        double=paid.total() - len(paid) + takes.total() - len(takes),
        off_musd=abs(spent - sum(round(line["usd"] * 1e6) for line in bill)),
        spent_musd=spent,
        found=found,
        started=crew.started,
    )


def _killed(crew: "_Crew", here: Any, partner: str, account: str, began: float) -> None:
    luck, due = random.Random(1), time.monotonic() + 60.0 / SPEED
    while any(
        s in {"ready", "intent", "sent", "responded"} for s in _states(here, partner, account)
    ):
        sure(time.monotonic() - began < STUCK_S, f"it ends: {_states(here, partner, account)}")
        if time.monotonic() >= due:
            due += 60.0 / SPEED
            crew.kill(luck)
            crew.fill()
        time.sleep(1.0)


def _states(here: Any, partner: str, account: str) -> Counter[str]:
    return Counter(a.state.value for a in here.router.attempts(partner, account=account))


class _Crew:
    """Workers of the console, as processes."""

    def __init__(self, terminal: Any) -> None:
        self._terminal, self._alive, self.kills = terminal, [], 0
        self.started: list[float] = []

    def fill(self) -> None:
        while len(self._alive) < WORKERS:
            began = time.monotonic()
            worker = subprocess.Popen(
                self._terminal.command("worker", "--simulate"),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            sure('"ready"' in worker.stdout.readline(), "a worker comes up")
            self.started.append(time.monotonic() - began)
            self._alive.append(worker)

    def kill(self, luck: random.Random) -> None:
        victim = self._alive.pop(luck.randrange(len(self._alive)))
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
        self.kills += 1

    def close(self) -> None:
        for worker in self._alive:
            worker.send_signal(signal.SIGTERM)
        for worker in self._alive:
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            worker.stdout.close()


def _requests(here: Any, partner: str, account: str, shots: int) -> list[Any]:
    from router.domain.clearance import Clearance
    from router.domain.ids import content_id
    from router.domain.request import Input, Request
    from router.testing.doubles import small_png

    picture = here.media.put(partner, small_png(7, width=1024, height=576), "image/png")
    cleared = Clearance(
        permitted=("still_image", "moving_image"), expires_on=None, evidence_sha256="0" * 64
    )
    asked = []
    for shot, (key, operation) in itertools.product(range(shots), LANES):
        film = operation == "text_to_video"
        model = here.catalogue[key]
        for take in range(shot % 10 == 0 if film else TAKES):
            words = "" if operation.startswith("upscale_fast") else f"a harbour, shot {shot}"
            asked.append(
                Request(
                    partner=partner,
                    id=content_id("request", [account, key, shot, take]),
                    account=account,
                    model=key,
                    operation=operation,
                    prompt=words,
                    clearance=cleared,
                    inputs=()
                    if operation.startswith("text")
                    else (Input(role="init_image", media=picture),),
                    seed=None if model.limits.seed_max is None else 1000 * shot + take + 1,
                    aspect="16:9" if "16:9" in model.limits.aspects else None,
                    seconds=5 if film else None,
                    resolution="540p" if film else None,
                )
            )
    return asked


def _faults(path: Path) -> Path:
    import json

    from router import catalog

    models = catalog.load()
    rows = [
        {"model": models[key].model_id, "after": 20 * n + 7, "count": 1, "fault": fault}
        for key, operation in LANES
        if operation != "text_to_video"
        for n, fault in zip(range(SHOTS * TAKES // 20), itertools.cycle(WRONG), strict=False)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _payer(line: dict[str, Any]) -> str:
    metadata = line.get("metadata")
    return str((isinstance(metadata, dict) and metadata.get("attempt")) or line["token"])


@contextmanager
def _environment(made: Any) -> Iterator[None]:
    ours = {"CIRCLETAKE_DATABASE": made.url, "CIRCLETAKE_DATABASE_ADMIN": made.admin_url}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
