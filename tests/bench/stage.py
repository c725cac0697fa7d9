"""The demonstration's packs, played with one known fault planted in every emulated model."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.studio import Studio
from benchmarks.views.case import Case

LOOKS = (
    {},
    {"identity_drift": 0.7},
    {"hue_drift": 0.8},
    {"colour_cast": 1.0},
    {"blur": 0.8},
    {"noise": 0.8},
)
EDITS = ({}, {"spill": 0.5})
TURNS = tuple(range(len(LOOKS)))
FILMS = ({}, {"flicker": 0.8}, {"identity_drift": 0.8})
EDITORS = ("inpaint", "erase", "outpaint", "search", "remove")
NONE = dict.fromkeys(
    ("identity_drift", "hue_drift", "colour_cast", "blur", "noise", "flicker", "jitter", "spill"),
    0.0,
)

Truth = Mapping[str, Mapping[str, float]]  # bytes of a take → what was planted, 0..1 each


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A campaign that has run, with the truth about its takes."""

    here: Studio
    case: Case
    truth: Truth


def profiles(turn: int) -> dict[str, dict[str, float]]:
    """Give every emulated model one fault; another one each turn."""
    known = json.loads(Path("router/emulator/profiles.json").read_text(encoding="utf-8"))
    table = {}
    for place, model in enumerate(known):
        kinds = FILMS if "wan" in model or "luma" in model else LOOKS
        kinds = EDITS if any(word in model for word in EDITORS) else kinds
        row = {k: v for k, v in known[model].items() if k in NONE}
        table[model] = {**dict.fromkeys(row, 0.0), **NONE, **kinds[(place + turn) % len(kinds)]}
    return table


def stages(
    folder: Path, *, turns: Sequence[int] = TURNS, partners: tuple[str, ...] = ()
) -> Iterator[Stage]:
    """Play the demonstration's packs under each turn of faults; a stage lasts until the next."""
    from benchmarks.demo import build as demonstration

    for partner in partners or demonstration.PARTNERS:
        root = demonstration.build(folder / "packs", partner)
        for turn in turns:
            with _played(folder / f"{partner}-{turn}", partner, root, turn) as stage:
                yield stage


@contextmanager
def _played(home: Path, partner: str, root: Path, turn: int) -> Iterator[Stage]:
    from benchmarks.bootstrap import studio
    from benchmarks.demo import build as demonstration
    from benchmarks.running.wire import Wire
    from router.domain.money import musd_of

    shutil.copytree(demonstration.partner_folder(), home / "partners")
    planted = home / "profiles.json"
    planted.write_text(json.dumps(profiles(turn)))
    with studio(home, Wire.SIMULATED, emulator=("--profiles", str(planted))) as here:
        laid, files = here.plan(
            partner=partner, roots=[root], recipes=(), takes=1,
            budget_musd=musd_of("budget", "60"), simulated=True,
        )  # fmt: skip
        here.runner.run(laid, files)
        case = here.case(laid.campaign.id)
        yield Stage(here=here, case=case, truth=_truth(home / "emulator" / "planted.jsonl"))


def _truth(path: Path) -> Truth:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["sha256"]: row["planted"] for row in rows}
