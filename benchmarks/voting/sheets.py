"""Votes on paper: a rater's questions as a blind sheet, and answers that come back as a file."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from benchmarks.domain.study import Cast, Slot
from benchmarks.domain.vote import Outcome
from benchmarks.votes.outcome import Given
from router.domain.errors import UnknownName
from router.files.csv_rows import Row, bad_row, rows
from router.files.csv_text import csv_text

NEEDED = ("rater", "slot", "outcome")
SHEET = ("rater", "slot", "left", "right", "outcome", "seconds", "plays")
LONGEST_S = 86_400.0
Slots = Mapping[tuple[str, int], Slot]


def write(given: Given, rater: str, out: Path) -> int:
    """Write the questions of one rater, in order, codes only; gives how many.

    Raises:
        UnknownName: nobody of that name votes here.
    """
    mine = sorted((s for s in given.slots if s.rater == rater), key=lambda s: s.number)
    if not mine:
        raise UnknownName("rater", rater, {s.rater for s in given.slots})
    rows = ((rater, s.number, s.left.code, s.right.code, "", "", "") for s in mine)
    out.write_text(csv_text(SHEET, rows), encoding="utf-8", newline="")
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
    for number, row in _answers(path, len(slots)):
        slot = _slot(row, number, slots)
        outcome = _outcome(row, number)
        place = (slot.rater, slot.number)
        if said.setdefault(place, outcome) is not outcome:
            found = f"{outcome} for slot {slot.number}"
            raise bad_row(number, "outcome", found, f"{said[place]}, as in an earlier row")
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


def _answers(path: Path, most: int) -> Iterator[tuple[int, Row]]:
    for count, (number, row) in enumerate(rows(path, NEEDED, what="votes"), start=1):
        if count > 2 * most:  # the same vote twice is the same vote, ten million are a mistake
            expected = f"at most {most}: the study's slots"
            raise bad_row(number, "", f"over {2 * most} rows", expected)
        yield number, row


def _slot(row: Row, number: int, slots: Slots) -> Slot:
    try:
        place = (row["rater"], int(row["slot"]))
    except ValueError:
        raise bad_row(number, "slot", row["slot"] or "nothing", "a number") from None
    if place not in slots:
        known = sorted({rater for rater, _ in slots})
        if place[0] not in known:
            raise bad_row(number, "rater", place[0] or "nothing", f"one of: {', '.join(known)}")
        raise bad_row(number, "slot", row["slot"], f"a slot that {place[0]} was asked")
    slot = slots[place]
    for column, side in (("left", slot.left), ("right", slot.right)):
        if row.get(column, side.code) != side.code:
            raise bad_row(number, column, row[column], f"{side.code}, the code shown in this slot")
    return slot


def _outcome(row: Row, number: int) -> Outcome:
    if row["outcome"] not in frozenset(Outcome):
        expected = f"one of: {', '.join(Outcome)}"
        raise bad_row(number, "outcome", row["outcome"] or "nothing", expected)
    return Outcome(row["outcome"])


def _number(row: Row, number: int, column: str, most: float) -> float | None:
    text = row.get(column, "")
    if not text:
        return None
    expected = f"a number from 0 to {most:g}, or nothing"
    try:
        value = float(text)
    except ValueError:
        raise bad_row(number, column, text, expected) from None
    if not (math.isfinite(value) and 0 <= value <= most):
        raise bad_row(number, column, text, expected)
    return value


def _whole(row: Row, number: int) -> int | None:
    value = _number(row, number, "plays", 10_000)
    if value is not None and value != int(value):
        raise bad_row(number, "plays", row["plays"], "a whole number, or nothing")
    return None if value is None else int(value)
