"""The whole study on third-party material, as one document that people can read.

    {"schema": "validation/1", "created_at", "detector", "subjects", "footage", "golden", "exr",
     "rows": [{"about", "measure", "value", "unit", "n", "wanted", "holds", "note"}],
     "metrics": [...], "tiers": {...}, "unmeasured": [...]}

`rows` is the table; the parts beside it hold everything that was found. `holds` is null where
nothing was promised.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from evaluators.flags import DRIFT, SLOPE
from evaluators.thresholds import LIMITS
from evaluators.validation import exr, footage, golden, subjects, trust
from router.domain.errors import BadInput

NO_PEER = "torchmetrics: not among the pinned packages, so that nothing was held against it"
SCHEMA = "validation/1"
PARTS = (
    "subjects/manifest.csv",
    "footage/manifest.csv",
    "golden/ciede2000_34pairs.csv",
    "golden/vmaf_resource/pairs.csv",
    "golden/vmaf_resource/expected.csv",
    "exr/valid/manifest.csv",
    "exr/damaged/manifest.csv",
)
MOST_DRIFT = 0.02  # share of real single takes that may be called drift

Row = dict[str, Any]


def whole(folder: Path | None) -> Path:
    """Check that the material is there; raises BadInput with everything that is not."""
    if folder is None:
        expected = "a folder with the material: --data DIR or $CIRCLETAKE_DATA"
        raise BadInput(field="data", found="nothing", expected=expected)
    absent = [part for part in PARTS if not (folder / part).is_file()]
    if absent:
        expected = f"a folder that also holds {', '.join(absent)}"
        raise BadInput(field="data", found=str(folder), expected=expected)
    return folder


def run(
    folder: Path,
    *,
    now: datetime,
    cache: Path | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> dict[str, Any]:
    """Run everything and write it down; a few minutes of CPU.

    Args:
        folder: of the material.
        now: when; UTC.
        cache: keeps embeddings of the photographs between runs.
        tell: told what is being looked at.

    Raises:
        BadInput: the material is not whole.
        NoWeights: the face network is not installed.
    """
    whole(folder)
    tell("golden values")
    exact = golden.study(folder / "golden")
    tell("OpenEXR")
    files = exr.study(folder / "exr")
    tell("real footage")
    faces = footage.study(folder / "footage")
    tell("photographs of subjects")
    things = subjects.study(folder / "subjects", cache=cache)
    rows = [*_of_subjects(things), *_of_faces(faces), *_of_golden(exact), *_of_exr(files)]
    return {
        "schema": SCHEMA,
        "created_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "detector": faces.detector,
        "rows": rows,
        "subjects": asdict(things),
        "footage": asdict(faces),
        "golden": [asdict(one) for one in exact],
        "exr": asdict(files),
        "metrics": [asdict(one) for one in trust.every()],
        "tiers": {tier.value: text for tier, text in trust.TIERS.items()},
        "unmeasured": [*_silent(things), NO_PEER],
    }


def table(document: dict[str, Any]) -> str:
    """Set the rows for a terminal."""
    marks = {True: "ok    ", False: "MISSED", None: "      "}
    lines = [
        f"{marks[r['holds']]} {r['about']:11} {r['measure']:50} {number(r):>10} "
        f"{r['wanted']:10} n {r['n']:<6}{r['note']}".rstrip()
        for r in document["rows"]
    ]
    return "\n".join([*lines, *(f"not measured: {text}" for text in document["unmeasured"])])


def number(row: Row) -> str:
    """Write a row's value as a person would."""
    if row["unit"] == "share":
        return f"{100 * row['value']:.1f} %"
    return f"{row['value']:.6f}" if abs(row["value"]) < 0.001 else f"{row['value']:.3f}"


def _row(about: str, measure: str, value: float, n: int, **said: Any) -> Row:
    blank = {"unit": "", "wanted": "", "holds": None, "note": ""}
    return {"about": about, "measure": measure, "value": float(value), "n": n, **blank, **said}


def _of_subjects(found: subjects.SubjectStudy) -> Iterator[Row]:
    for one in found.separations:
        name = one.weights.split("@")[0].split("+")[0]
        yield _row("subjects", f"{name}: AUC, same or different", one.auc, one.pairs)
        yield _row("subjects", f"{name}: AUC within one class", one.hard_auc, one.same + one.hard)
        note = "the subject is painted over"
        yield _row("subjects", f"{name}: AUC, control", one.background_auc, one.pairs, note=note)
        yield _row(
            "subjects", f"{name}: AUC within one class, control", one.background_hard_auc,
            one.same + one.hard, note=note,
        )  # fmt: skip
        kept = sum(one.recoloured.values()) / len(one.recoloured)
        yield _row(
            "subjects", f"{name}: cosine with its recoloured self", kept, found.photos,
            note=f"genuine pairs {one.mean_same:.2f}: blind to colour",
        )  # fmt: skip
    for way in found.recolours:
        seen = sum(way.visible.values())
        flags = sum(way.found[k] * way.visible[k] for k in way.found) / seen
        beside = f"{way.references} reference{'s' if way.references == 'all' else ''}"
        yield _row("subjects", f"recolours flagged, {beside}", flags, seen, unit="share")
        yield _row(
            "subjects", f"false recolour flags, {beside}", way.false_flags, way.takes, unit="share",
            note="limits chosen on the same photographs",
        )  # fmt: skip


def _of_faces(found: footage.FootageStudy) -> Iterator[Row]:
    limit = LIMITS["id_ref"].threshold
    wanted = f"<= {100 * MOST_DRIFT:g} %"
    rooms = "one room, four people"
    yield _row(
        "footage", "real single takes called drift", found.takes_flagged / found.takes, found.takes,
        unit="share", wanted=wanted, holds=found.takes_flagged / found.takes <= MOST_DRIFT,
        note=f"id_drift > {DRIFT:g} or slope > {SLOPE:g}; {rooms}",
    )  # fmt: skip
    yield _row(
        "footage", "stretches of a second of them", found.stretches_flagged, found.stretches,
        unit="share", wanted=wanted, holds=found.stretches_flagged <= MOST_DRIFT, note="overlap",
    )  # fmt: skip
    yield _row(
        "footage", "takes that turn into another person halfway", found.planted_flagged,
        found.planted, unit="share", wanted=">= 90 %", holds=found.planted_flagged >= 0.9,
        note="planted",
    )  # fmt: skip
    for name, far in (("one take", found.within), ("one person", found.same)):
        yield _row(
            "footage", f"distance of clear faces, {name}", far.mean, far.pairs,
            note=f"95 % below {far.high:.2f}; {100 * far.beyond:.1f} % beyond {footage.USUAL:g}",
        )  # fmt: skip
    yield _row(
        "footage", "distance of clear faces, two people", found.other.mean, found.other.pairs,
        note=f"5 % below {found.other.low:.2f}; the usual limit is {footage.USUAL:g}",
    )  # fmt: skip
    yield _row(
        "footage", "strangers whose take passes id_ref", found.other_passed, found.other_takes,
        unit="share", wanted="<= 5 %", holds=found.other_passed <= 0.05, note=f"limit {limit:g}",
    )  # fmt: skip
    yield _row(
        "footage", "right people whose take passes id_ref", found.same_kept, found.same_takes,
        unit="share", wanted=">= 95 %", holds=found.same_kept >= 0.95,
        note="another take of the same person as the reference",
    )  # fmt: skip


def _of_golden(found: tuple[golden.Exactness, ...]) -> Iterator[Row]:
    for one in found:
        yield _row(
            "golden", f"{one.measure}: largest error", one.error, one.cases, unit=one.unit,
            wanted=f"<= {one.allowed:g}", holds=one.error <= one.allowed,
        )  # fmt: skip


def _of_exr(found: exr.ExrStudy) -> Iterator[Row]:
    refused = 1 - len(found.accepted) / found.damaged
    yield _row(
        "OpenEXR", "damaged files refused", refused, found.damaged, unit="share", wanted="100 %",
        holds=not found.accepted, note=", ".join(found.accepted),
    )  # fmt: skip
    read = 1 - len(found.refused) / found.valid
    names = ", ".join(text.split(":")[0] for text in found.refused)
    note = f"refused: {names}" if names else ""
    yield _row("OpenEXR", "whole files read", read, found.valid, unit="share", note=note)


def _silent(found: subjects.SubjectStudy) -> Iterator[str]:
    for name, reason in found.silent.items():
        yield f"{name}: {reason}"
