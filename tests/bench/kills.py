"""Random kills: how often, and what was found; nothing may be lost, paid twice or left behind."""

import random
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from router.testing.kills import Round, play, rounds

CRASHES = 3


def lines(folder: Path, kills: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Kill so many times; gives a line a round and one for all, each with whether it held."""
    began = time.monotonic()
    found: list[Round] = []
    for one in rounds(folder, kills, seed):
        found.append(one)
        yield _line(f"round {len(found)}", one), not one.faults
    total = Round(**{f.name: sum(getattr(one, f.name) for one in found) for f in fields(Round)})
    spent = time.monotonic() - began
    yield _line(f"{total.kills} kills, seed {seed}, {spent:.0f} s", total), not total.faults


def crash(folder: Path, trials: int, seed: int) -> Iterator[tuple[str, bool]]:
    """Kill three times among so many jobs, every other one a film; gives one line."""
    began = time.monotonic()
    one = play(folder, CRASHES, random.Random(seed), trials)
    name = f"{one.trials:,} jobs, {one.kills} kills, {time.monotonic() - began:.0f} s"
    yield _line(name, one), not one.faults


def _line(name: str, one: Round) -> str:
    mark = "MISSED" if one.faults else "met   "
    told = ", ".join(f"{f.name.replace('_', ' ')} {getattr(one, f.name)}" for f in fields(one))
    return f"{mark} {name}: {told}"
