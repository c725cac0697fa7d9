"""Votes on paper: a rater's questions as a blind sheet, and answers that come back as a file."""

import csv
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from benchmarks.domain.study import Cast, Slot
from benchmarks.domain.vote import Outcome
from benchmarks.votes.outcome import Given
from router.domain.errors import BadInput, UnknownName

NEEDED = ("rater", "slot", "outcome")
KNOWN = (*NEEDED, "left", "right", "seconds", "plays")
SHEET = ("rater", "slot", "left", "right", "outcome", "seconds", "plays")
LONGEST_S = 86_400.0
Row = Mapping[str, str]
Slots = Mapping[tuple[str, int], Slot]


def write(given: Given, rater: str, out: Path) -> int:
    """Write the questions of one rater, in order, codes only; gives how many.

    Raises:
        UnknownName: nobody of that name votes here.
    """
    mine = sorted((s for s in given.slots if s.rater == rater), key=lambda s: s.number)
    if not mine:
        raise UnknownName("rater", rater, {s.rater for s in given.slots})
    with out.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(SHEET)
        rows.writerows([rater, s.number, s.left.code, s.right.code, "", "", ""] for s in mine)
    return len(mine)


def read(path: Path, given: Given, at: datetime) -> tuple[Cast, ...]:
    """Read answers: rater, slot, outcome, and if they are there left, right, seconds, plays.

    Every row is checked before the first one is kept.

    Raises:
        BadInput: with the number of the first bad row (the header is row 1).
    """
    slots = {(s.rater, s.number): s for s in given.slots}
    said: dict[tuple[str, int], Outcome] = {}
    casts = []
    for number, row in _rows(path, len(slots)):
        slot = _slot(row, number, slots)
        outcome = _outcome(row, number)
        place = (slot.rater, slot.number)
        if said.setdefault(place, outcome) is not outcome:
            found = f"{outcome} for slot {slot.number}"
            raise _bad(number, "outcome", found, f"{said[place]}, as in an earlier row")
        casts.append(
            Cast(
                partner=slot.partner,
                study=slot.study,
                rater=slot.rater,
                slot=slot.number,
                outcome=outcome,
                at=at,
                seconds=_number(row, number, "seconds", LONGEST_S),
                plays=_whole(row, number),
            )
        )
    return tuple(casts)


def _rows(path: Path, most: int) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _read(csv.reader(file, strict=True), path.name, most)
    except FileNotFoundError:
        raise BadInput(field="file", found=str(path), expected="a file of votes") from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x}"
        raise BadInput(field=path.name, found=found, expected="UTF-8 text") from None
    except csv.Error as error:
        raise BadInput(field=path.name, found=str(error), expected="comma-separated rows") from None


def _read(rows: Iterator[list[str]], name: str, most: int) -> Iterator[tuple[int, Row]]:
    header = [cell.strip() for cell in next(rows, [])]
    for column in NEEDED:
        if header.count(column) != 1:
            found = ", ".join(header) or "an empty file"
            raise BadInput(field=f"{name}: {column}", found=found, expected=", ".join(KNOWN))
    count = 0
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise _bad(number, "", f"{len(row)} cells", f"{len(header)}, as in the header")
        count += 1
        if count > 2 * most:  # the same vote twice is the same vote, ten million are a mistake
            raise _bad(number, "", f"over {2 * most} rows", f"at most {most}: the study's slots")
        yield number, {k: cell.strip() for k, cell in zip(header, row, strict=True)}
    if not count:
        raise BadInput(field=name, found="no votes", expected="at least one row below the header")


def _slot(row: Row, number: int, slots: Slots) -> Slot:
    try:
        place = (row["rater"], int(row["slot"]))
    except ValueError:
        raise _bad(number, "slot", row["slot"] or "nothing", "a number") from None
    if place not in slots:
        known = sorted({rater for rater, _ in slots})
        if place[0] not in known:
            raise _bad(number, "rater", place[0] or "nothing", f"one of: {', '.join(known)}")
        raise _bad(number, "slot", row["slot"], f"a slot that {place[0]} was asked")
    slot = slots[place]
    for column, side in (("left", slot.left), ("right", slot.right)):
        if row.get(column, side.code) != side.code:
            raise _bad(number, column, row[column], f"{side.code}, the code shown in this slot")
    return slot


def _outcome(row: Row, number: int) -> Outcome:
    if row["outcome"] not in frozenset(Outcome):
        expected = f"one of: {', '.join(Outcome)}"
        raise _bad(number, "outcome", row["outcome"] or "nothing", expected)
    return Outcome(row["outcome"])


def _number(row: Row, number: int, column: str, most: float) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    expected = f"a number from 0 to {most:g}, or nothing"
    try:
        value = float(text)
    except ValueError:
        raise _bad(number, column, text, expected) from None
    if not (math.isfinite(value) and 0 <= value <= most):
        raise _bad(number, column, text, expected)
    return value


def _whole(row: Row, number: int) -> int | None:
    value = _number(row, number, "plays", 10_000)
    if value is not None and value != int(value):
        raise _bad(number, "plays", row["plays"], "a whole number, or nothing")
    return None if value is None else int(value)


def _bad(number: int, column: str, found: str, expected: str) -> BadInput:
    return BadInput(field=f"row {number} {column}".strip(), found=found, expected=expected)
