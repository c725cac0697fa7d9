"""Have a cut read or put together by a child process with limits; foreign text is parsed there."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.domain.cut import Cdl, Cut, CutClip, Remark
from benchmarks.packs.wording import printable
from router.domain.errors import BadInput
from router.domain.mistake import BadFile, Mistake

WALL_SECONDS = 240.0  # on a machine that is busy with other things
_AS_EXPORTED = "a cut as its application exports it"
ROOT = Path(__file__).parents[2]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child may use."""

    cpu_seconds: int = 60
    memory_mb: int = 1024  # beyond its libraries


def read(path: Path, rate: Fraction | None = None, limits: Limits | None = None) -> Cut:
    """Read a cut.

    Args:
        path: .otio, .otioz, .edl (CMX 3600), .xml (Final Cut Pro 7), .fcpxml or .aaf.
        rate: frames per second of an EDL, which does not carry it.
        limits: of the child that reads it.

    Raises:
        FileNotFoundError: there is no such file.
        BadFile: it is no cut that can be taken; every mistake with clip, field and line.
    """
    job = {"want": "read", "path": _there(path), "rate": _pair(rate)}
    return _told(_asked(job, path, limits or Limits())["cut"])


def assemble(plan: Json, original: Path | None, rate: Fraction | None) -> Json:
    """Put takes into a cut: `{"files": {suffix: text}, "notes": [...]}`; as `read` raises."""
    path = _there(original) if original else None
    job = {"want": "assemble", "path": path, "rate": _pair(rate), "plan": plan}
    return _asked(job, original or Path("export"), Limits())


def _asked(job: Mapping[str, Any], path: Path, limits: Limits) -> Json:
    words = [sys.executable, "-P", "-m", "benchmarks.editorial.child"]
    try:
        ended = subprocess.run(
            [*words, str(limits.cpu_seconds), str(limits.memory_mb)],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            env={"PYTHONPATH": str(ROOT)},
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        found = f"a file that takes more than {WALL_SECONDS:g} s"
        raise BadFile([_mistake(path, found, _AS_EXPORTED)]) from late
    if ended.returncode:
        raise BadFile([_mistake(path, _death(ended, limits), _AS_EXPORTED)])
    answer: Json = json.loads(ended.stdout)
    wrong = answer.get("wrong") or answer.get("cut", {}).get("wrong")
    if wrong:
        raise BadFile([_placed(path, row) for row in wrong])
    return answer


def _there(path: Path) -> str:
    with path.open("rb"):
        return str(path.resolve())


def _pair(rate: Fraction | None) -> list[int] | None:
    return [rate.numerator, rate.denominator] if rate is not None else None


def _death(ended: "subprocess.CompletedProcess[bytes]", limits: Limits) -> str:
    """Say how the child died; a crash of the library must not become ours."""
    code = -ended.returncode
    if code in {signal.SIGXCPU, signal.SIGKILL}:
        return f"a file that takes more than {limits.cpu_seconds} s of CPU time"
    if code > 0:
        return f"a file that crashes its reader ({signal.Signals(code).name})"
    last = ended.stderr.decode(errors="replace").strip().splitlines()
    if last and last[-1].startswith("ModuleNotFoundError"):
        expected = "the libraries for cuts: pip install 'circletake[pipeline]'"
        raise BadInput(field="installation", found=last[-1], expected=expected)
    return f"a file that breaks its reader ({last[-1] if last else 'no word'})"


def _mistake(path: Path, found: str, expected: str) -> Mistake:
    return Mistake(
        file=path.name,
        field="",
        line=None,
        found=printable(found),
        expected=expected,
        code="unreadable",
    )


def _placed(path: Path, row: Json) -> Mistake:
    clip = row["clip"] and (row["clip"] if row["clip"][:4] in {"clip", "even"} else _quoted(row))
    return Mistake(
        file=path.name,
        field=printable(" ".join(part for part in (clip, row["field"]) if part)),
        line=row["line"],
        found=printable(row["found"]),
        expected=row["expected"],
        code=row["code"],
    )


def _quoted(row: Json) -> str:
    return f'clip "{row["clip"]}"'


def _told(told: Json) -> Cut:
    return Cut(
        name=told["name"],
        rate=Fraction(*told["rate"]),
        start=told["start"],
        clips=tuple(_clip(each) for each in told["clips"]),
        metadata=told["metadata"],
        notes=tuple(printable(note) for note in told["notes"]),
    )


def _clip(told: Json) -> CutClip:
    cdl, available, slot = told["cdl"], told["available"], told["slot"]
    three = {key: tuple(cdl[key]) for key in ("slope", "offset", "power")} if cdl else {}
    made = Cdl(**three, saturation=cdl["saturation"]) if cdl else None
    lists = {"used", "available", "overlap", "remarks", "cdl", "slot"}
    return CutClip(
        **{key: value for key, value in told.items() if key not in lists},
        used=(told["used"][0], told["used"][1]),
        available=(available[0], available[1]) if available else None,
        overlap=(told["overlap"][0], told["overlap"][1]),
        remarks=tuple(Remark(**each) for each in told["remarks"]),
        cdl=made,
        slot=(slot[0], slot[1]) if slot else None,
    )
