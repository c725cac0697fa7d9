"""The texts of `circletake score`: a manifest comes in, JSON lines go out."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.domain.brief import Brief, Castmate
from evaluators.domain.character import Kind
from evaluators.domain.score import Score, Scored, Status, Together, Used
from router.domain.errors import BadInput
from router.files.csv_rows import records

COLUMNS = (
    "take", "refs", "character", "kind", "costume_refs", "plate", "mask", "shot", "sequence",
    "order", "spec", "cast", "props", "used",
)  # fmt: skip
MAX_BYTES = 50_000_000
SHOWN_MISTAKES = 50
Mistakes = list[str]


def read_manifest(path: Path) -> tuple[Brief, ...]:
    """Read a manifest; paths in it are relative to its folder.

    A take or reference that is not there is not a mistake of the manifest: it becomes a score with
    a reason.

    Raises:
        BadInput: everything that is wrong, at once, by row (from 0) and column.
    """
    mistakes: Mistakes = []
    briefs = [_brief(i, row, path.parent, mistakes) for i, row in enumerate(_rows(path, mistakes))]
    if mistakes:
        shown = mistakes[:SHOWN_MISTAKES]
        if len(mistakes) > len(shown):
            shown.append(f"and {len(mistakes) - len(shown)} more")
        raise BadInput(
            field=path.name,
            found=f"{len(mistakes)} mistake{'s'[: len(mistakes) > 1]}",
            expected="; ".join(shown),
        )
    return tuple(briefs)


def parse_spec(text: str) -> dict[str, Any]:
    """Read a spec (a JSON object) and check the types of what it asks for.

    Raises:
        ValueError: what was found and what would be right.
    """
    try:
        spec: dict[str, Any] = json.loads(text)
        spec.items()
    except (json.JSONDecodeError, RecursionError, AttributeError) as error:
        raise ValueError(f"found {text[:80]!r}; expected a JSON object") from error
    wrong = [f"{k}: found {v!r}; expected {_WANTED[k]}" for k, v in spec.items() if _is_wrong(k, v)]
    if wrong:
        raise ValueError(", ".join(wrong))
    return spec


def parse_cast(text: str, folder: Path) -> tuple[Castmate, ...]:
    """Read who else is in a take; paths are relative to `folder`.

    Args:
        text: {"iven": ["iven.png"]} for persons, {"rook": {"kind": "creature", "refs": [...]}} for
            anybody.
        folder: of the manifest.

    Raises:
        ValueError: what was found and what would be right.
    """
    expected = 'expected {"name": ["picture.png"]} or {"name": {"kind": ..., "refs": [...]}}'
    try:
        said = json.loads(text)
        people = [(n, v if isinstance(v, dict) else {"refs": v}) for n, v in said.items()]
        return tuple(
            Castmate(
                character=name,
                kind=Kind(who.get("kind", Kind.PERSON)),
                refs=tuple(folder / _text(ref) for ref in _list(who["refs"])),
            )
            for name, who in people
        )
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"found {text[:80]!r}; {expected}") from error


def parse_used(text: str) -> tuple[int, int]:
    """Read the frames that the cut uses, first and last, as in 12-60; raises ValueError."""
    first, dash, last = text.partition("-")
    good = dash and first.strip().isdecimal() and last.strip().isdecimal()
    if not good or int(first) > int(last):
        raise ValueError(f"found {text[:80]}; expected the first and the last frame, as in 12-60")
    return int(first), int(last)


def as_json(scored: Scored) -> dict[str, Any]:
    """Give the object that `score --json` prints for one take.

    `used` is there where the cut uses a part of a clip only: the same metrics, on these frames.
    """
    used = scored.used
    part = {} if used is None or used.is_whole else {"used": _used(used)}
    return {
        "take": scored.take,
        "sha256": scored.sha256,
        "row": scored.row,
        "shot": scored.shot,
        "flags": list(scored.flags),
        "scores": [_score(s) for s in scored.scores],
        **part,
    }


def _used(used: Used) -> dict[str, Any]:
    return {
        "range": [used.first, used.last],
        "chosen": used.chosen,
        "scores": [_score(s) for s in used.scores],
    }


def group_json(group: Together) -> dict[str, Any]:
    """Give the object that `score --manifest` writes for one character of one sequence."""
    return {
        "group": dict(group.group),
        "rows": list(group.rows),
        "scores": [_score(s) for s in group.scores],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "metric": score.metric,
        "character": score.character,
        "value": score.value,
        "unit": score.unit,
        "direction": score.direction.value,
        "status": score.status.value,
        "reason": score.reason,
        "coverage": score.coverage,
        "n_used": score.n_used,
        "n_expected": score.n_expected,
        "tier": score.tier.value,
        "version": score.version,
        "evidence": dict(score.evidence),
    }


def unreadable(scored: Scored) -> bool:
    """Tell a take of which nothing could be measured."""
    return bool(scored.scores) and all(s.status is Status.FAILED for s in scored.scores)


def _rows(path: Path, mistakes: Mistakes) -> Iterator[dict[str, str]]:
    if path.exists() and path.stat().st_size > MAX_BYTES:
        raise BadInput(field=path.name, found="a very large file", expected="at most 50 MB")
    lines = records(path)
    _, header = next(lines, (1, []))
    _check_header(header, mistakes)
    for number, (_, cells) in enumerate(lines):
        if len(cells) > len(header):
            mistakes.append(f"row {number}: found {len(cells)} cells; expected {len(header)}")
        yield dict(zip(header, cells, strict=False))


def _check_header(header: Sequence[str], mistakes: Mistakes) -> None:
    if "take" not in header:
        mistakes.append(f"header: found {', '.join(header) or 'nothing'}; expected a column take")
    unknown = [name for name in header if name not in COLUMNS]
    mistakes.extend(
        f"header: found column {name or '(empty)'}; expected one of: {', '.join(COLUMNS)}"
        for name in unknown
    )
    twice = sorted({name for name in header if header.count(name) > 1})
    mistakes.extend(f"header: column {name} stands there twice" for name in twice)


def _brief(number: int, row: Mapping[str, str], folder: Path, mistakes: Mistakes) -> Brief:
    def wrong(column: str, text: str) -> None:
        mistakes.append(f"row {number} column {column}: {text}")

    take = row.get("take", "")
    if not take and "take" in row:
        wrong("take", "found nothing; expected a path")

    def parsed(column: str, read: Callable[[str], Any], nothing: Any) -> Any:
        try:
            return read(row[column]) if row.get(column) else nothing
        except ValueError as error:
            wrong(column, str(error))
            return nothing

    kind, order = row.get("kind", ""), row.get("order", "")
    if kind and kind not in {k.value for k in Kind}:
        wrong("kind", f"found {kind}; expected one of: {', '.join(Kind)}")
    if order and not order.lstrip("-").isdecimal():
        wrong("order", f"found {order}; expected a whole number")
    plate, mask = _one(row, "plate", folder), _one(row, "mask", folder)
    return Brief(
        row=number,
        take=take,
        path=folder / take,
        refs=_several(row, "refs", folder),
        character=row.get("character") or None,
        kind=Kind(kind) if kind in {k.value for k in Kind} else None,
        costume_refs=_several(row, "costume_refs", folder),
        plate=plate,
        mask=mask,
        shot=row.get("shot") or None,
        sequence=row.get("sequence") or None,
        order=int(order) if order.lstrip("-").isdecimal() else None,
        spec=parsed("spec", parse_spec, {}),
        cast=parsed("cast", lambda text: parse_cast(text, folder), ()),
        props=_several(row, "props", folder),
        used=parsed("used", parse_used, None),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _several(row: Mapping[str, str], column: str, folder: Path) -> tuple[Path, ...]:
    return tuple(folder / p.strip() for p in row.get(column, "").split(";") if p.strip())


def _one(row: Mapping[str, str], column: str, folder: Path) -> Path | None:
    return folder / row[column] if row.get(column) else None


_WANTED = {
    **dict.fromkeys(("width", "height", "frames", "feather"), "a whole number"),
    **dict.fromkeys(("fps", "seconds", "least_seconds"), "a number above 0"),
    **dict.fromkeys(
        ("max_black_frames", "max_frozen_seconds", "max_duplicates"), "a number from 0 on"
    ),
    **dict.fromkeys(("box", "ref_box"), "[x, y, width, height]"),
    "aspect": 'a ratio such as "16:9"',
    "codec": "a name",
    "audio": "true or false",
}


def _is_wrong(name: str, value: Any) -> bool:
    wanted = _WANTED.get(name)
    if wanted is None:
        return False
    if name in ("box", "ref_box"):
        return not (isinstance(value, list) and len(value) == 4 and all(map(_is_number, value)))
    if name in ("codec", "audio"):
        return not isinstance(value, bool if name == "audio" else str)
    if name == "aspect":
        parts = str(value).split(":")
        return len(parts) > 2 or not all(_is_number(p, above=0) for p in parts)
    if wanted == "a whole number":
        return type(value) is not int or value < 0
    return not _is_number(value, above=None if wanted.endswith("from 0 on") else 0)


def _is_number(value: Any, *, above: float | None = None) -> bool:
    if isinstance(value, bool):
        return False
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return math.isfinite(number) and (number >= 0 if above is None else number > above)
