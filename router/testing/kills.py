"""Killed at random, again and again: what must hold whenever the power goes.

One round is a home of its own: a worker makes pictures and films on the emulator and is killed
after a random number of charges and a random pause, or while it starts; then it runs to the end
under a cap that parks some work, and to the end again under one that covers everything.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.domain.attempt import AttemptState
from router.files.durable_file import is_temporary
from router.service import Router
from router.settings import Settings
from router.testing import doubles
from router.testing.crash import ACCOUNT, CAP_MUSD, PARTNER, Scene, scene
from router.testing.emulator import Emulator, running_emulator
from router.testing.routing import open_router

TRIALS = 60  # a round
KILLS = 8  # a round, at most
TIGHT_MUSD = 70_000_000  # covers about half of a round
STUCK_S = 120.0

# Sees every commit, also those of a process that dies right after.
_WATCH = f"""
CREATE TABLE watched (most INTEGER NOT NULL, passed INTEGER NOT NULL);
INSERT INTO watched VALUES (0, 0);
CREATE TRIGGER watch AFTER UPDATE ON budgets WHEN NEW.account = '{ACCOUNT}' BEGIN
  UPDATE watched SET most = max(most, NEW.reserved_musd + NEW.spent_musd),
                     passed = passed + (NEW.reserved_musd + NEW.spent_musd > NEW.cap_musd);
END;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What was found after one round; every number below `half_written` has to be 0."""

    trials: int
    kills: int
    settled: int
    unknown: int  # answer lost in a crash, never billed; its money is held
    parked: int  # had to wait for a larger cap
    half_written: int  # without a name yet when the kill came; swept by a write an hour later
    without_end: int
    ended_twice: int  # charges of an attempt that was charged before
    charged_for_nothing: int  # charges without a take, and takes without a charge
    off_musd: int  # our ledger against the provider's
    over_cap: int  # commits after which more was held than the cap
    orphans: int  # files that no take names, and takes without their file

    @property
    def faults(self) -> dict[str, int]:
        """Give what should be 0 and is not."""
        names = ("without_end", "ended_twice", "charged_for_nothing", "off_musd")
        found = {name: getattr(self, name) for name in (*names, "over_cap", "orphans")}
        return {name: count for name, count in found.items() if count}


def rounds(folder: Path, kills: int, seed: int) -> Iterator[Round]:
    """Kill so many times in all; `seed` decides when."""
    luck = random.Random(seed)
    for number in range(-(-kills // KILLS)):
        yield play(folder / f"round-{number}", min(KILLS, kills - number * KILLS), luck)


def play(folder: Path, kills: int, luck: random.Random, trials: int = TRIALS) -> Round:
    """Play one round in an empty folder."""
    size = trials / TRIALS
    home = folder / "home"
    home.mkdir(parents=True)
    with running_emulator(folder / "emulator", instant=True, luma_concurrency=4) as emulator:
        facts = _facts(emulator, round(size * TIGHT_MUSD)) | {"count": trials}
        stage = scene(facts)
        open_router(home, stage.backends, models=(stage.still, stage.clip), cap_musd=stage.cap_musd)
        with sqlite3.connect(home / "circletake.db") as database:
            database.executescript(_WATCH)
        done = sum(_killed(home, facts, emulator, luck) for _ in range(kills))
        _finished(home, facts)
        router = _router(home, stage)
        parked = router.unpark(PARTNER, ACCOUNT)
        _finished(home, {**facts, "cap_musd": round(max(1.0, size) * CAP_MUSD)})
        router.reconcile(PARTNER)
        return _judged(home, router, emulator, done, parked)


def _facts(emulator: Emulator, cap_musd: int) -> dict[str, Any]:
    where = {
        "bedrock_url": emulator.endpoint,
        "s3_url": emulator.endpoint,
        "access_key": emulator.access_key,
        "secret_key": emulator.secret_key,
        "bucket": emulator.bucket,
    }
    return {"emulator": where, "cap_musd": cap_musd}


def _router(home: Path, stage: Scene) -> Router:
    return open_router(home, stage.backends, models=(stage.still, stage.clip), cap_musd=CAP_MUSD)


def _start(home: Path, facts: dict[str, Any]) -> "subprocess.Popen[bytes]":
    said = home / "scene.json"
    said.write_text(json.dumps(facts))
    words = [str(home), str(facts["count"]), str(said)]
    return subprocess.Popen(
        [sys.executable, "-m", "router.testing.crash", *words],
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )


def _killed(home: Path, facts: dict[str, Any], emulator: Emulator, luck: random.Random) -> bool:
    """Start and kill it; False = it was done before it could be killed."""
    process = _start(home, facts)
    if luck.random() < 0.2:
        time.sleep(luck.uniform(0.0, 2.0))
    else:
        wanted = _charges(emulator) + luck.randint(1, facts["count"] // 10)
        until = time.monotonic() + STUCK_S
        while _charges(emulator) < wanted and process.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError(f"{wanted} charges were not reached")
            time.sleep(0.002)
        time.sleep(luck.uniform(0.0, 0.03))
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def _charges(emulator: Emulator) -> int:
    return emulator.ledger.read_bytes().count(b"\n") if emulator.ledger.exists() else 0


def _finished(home: Path, facts: dict[str, Any]) -> None:
    status = _start(home, facts).wait(STUCK_S * max(1.0, facts["count"] / TRIALS / 2))
    if status:
        raise RuntimeError(f"the last run ended with {status}")


def _judged(home: Path, router: Router, emulator: Emulator, kills: int, parked: int) -> Round:
    attempts = router.attempts(PARTNER, account=ACCOUNT)
    bill = emulator.billed()
    by_key = {a.id: a for a in attempts} | {a.token: a for a in attempts}
    charges = Counter(by_key[_payer(line)].id for line in bill)
    settled = {a.id for a in attempts if a.state is AttemptState.SETTLED}
    unknown = [a for a in attempts if a.state is AttemptState.UNKNOWN]
    takes = Counter(t.attempt for t in router.takes(PARTNER))
    stand = router.balance(PARTNER, ACCOUNT)
    paid = sum(round(line["usd"] * 1_000_000) for line in bill)
    held = sum(a.reserved_musd for a in unknown)
    with sqlite3.connect(home / "circletake.db") as database:
        ((passed,),) = database.execute("SELECT passed FROM watched").fetchall()
    return Round(
        trials=len(attempts),
        kills=kills,
        settled=len(settled),
        unknown=len(unknown),
        parked=parked,
        without_end=len(attempts) - len(settled) - len(unknown),
        ended_twice=charges.total() - len(charges) + takes.total() - len(takes),
        charged_for_nothing=len(charges.keys() ^ takes.keys()) + len(settled ^ takes.keys()),
        off_musd=abs(stand.spent_musd - paid) + abs(stand.reserved_musd - held),
        over_cap=passed,
        half_written=sum(is_temporary(p) for p in _files(home)),
        orphans=_orphans(doubles.settings(home), router),
    )


def _payer(line: dict[str, object]) -> str:
    """Name the attempt, or the token of one, that a charge was made for."""
    metadata = line["metadata"]
    return str((isinstance(metadata, dict) and metadata.get("attempt")) or line["token"])


def _orphans(here: Settings, router: Router) -> int:
    """Count what no take names: stored media, and staged answers of attempts that have ended."""
    named = {t.media.sha256 for t in router.takes(PARTNER)}
    stored = {p.name for p in _files(here.media) if not is_temporary(p)}
    staged = [p for p in _files(here.staging) if not is_temporary(p) and p.name != ".spare"]
    return len(named ^ stored) + len(staged)


def _files(root: Path) -> Iterator[Path]:
    return (p for p in root.rglob("*") if p.is_file())
