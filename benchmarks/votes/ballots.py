"""Votes from a CSV file, counted while they are read: ten million rows need no more memory.

Whatever is wrong with a row is said with its number in the file (the header is row 1).
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from benchmarks.domain.vote import Outcome, Vote
from router.domain.errors import BadInput

COLUMNS = ("rater", "shot", "left", "right", "outcome")
OUTCOMES = frozenset(Outcome)
MOST_ROWS = 10_000_000
MOST_CELLS = 2_000_000  # different votes (rater, shot, pair, outcome) that fit into memory
EMPTY = frozenset({"", "nan", "none", "null", "n/a"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """Votes, equal ones counted together."""

    counts: Mapping[Vote, int]
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many votes there are."""
        return sum(self.counts.values())

    @property
    def models(self) -> tuple[str, ...]:
        """Whatever was compared, by name."""
        return tuple(sorted({m for v in self.counts for m in (v.left, v.right)}))

    @property
    def raters(self) -> tuple[str, ...]:
        """Who voted."""
        return tuple(sorted({v.rater for v in self.counts}))

    @property
    def shots(self) -> tuple[str, ...]:
        """What was voted on."""
        return tuple(sorted({v.shot for v in self.counts}))


def ballots(votes: Iterable[Vote]) -> Ballots:
    """Count votes that are already in hand."""
    counts = Counter(votes)
    return Ballots(counts=counts, warnings=tuple(_warnings(counts)))


def read(path: Path, models: Sequence[str] = ()) -> Ballots:
    """Read a file of votes: columns rater, shot, left, right, outcome, in any order.

    Args:
        path: UTF-8 CSV with a header line; other columns are left alone, but for `simulated`.
        models: the only names that may be compared; empty = any.

    Raises:
        BadInput: with the number of the first bad row, what it holds and what would be right.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return ballots(_votes(file, path.name, frozenset(models)))
    except FileNotFoundError:
        raise BadInput(field="file", found=str(path), expected="a file of votes") from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x}"
        raise BadInput(field=path.name, found=found, expected="UTF-8 text") from None
    except csv.Error as error:
        raise BadInput(field=path.name, found=str(error), expected="comma-separated rows") from None


def _votes(file: TextIO, name: str, known: frozenset[str]) -> Iterator[Vote]:
    rows = csv.reader(file, strict=True)
    header = [cell.strip() for cell in next(rows, [])]
    places = [_place(header, column, name) for column in COLUMNS]
    world = _world(header)
    seen: set[Vote] = set()
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise _bad(number, "", f"{len(row)} cells", f"{len(header)}, as in the header")
        vote = _vote([row[place].strip() for place in places], number, known)
        world(row, number)
        seen.add(vote)
        _not_too_many(name, number - 1, len(seen))
        yield vote
    if not seen:
        raise BadInput(field=name, found="no votes", expected="at least one row below the header")


def _world(header: Sequence[str]) -> Callable[[Sequence[str], int], None]:
    """Give a guard that lets rows of one world pass only, where a file says which they are of."""
    place = header.index("simulated") if "simulated" in header else None
    worlds: set[str] = set()

    def guard(row: Sequence[str], number: int) -> None:
        if place is None:
            return
        worlds.add(row[place].strip().lower())
        if len(worlds) > 1:
            raise _bad(number, "simulated", row[place], "one world: never both in one ranking")

    return guard


def _not_too_many(name: str, rows: int, different: int) -> None:
    if rows > MOST_ROWS:
        raise BadInput(field=name, found=f"over {MOST_ROWS} rows", expected="studies ranked apart")
    if different > MOST_CELLS:
        found = f"over {MOST_CELLS} different votes by row {rows + 1}"
        raise BadInput(field=name, found=found, expected="studies ranked apart")


def _place(header: Sequence[str], column: str, name: str) -> int:
    if header.count(column) == 1:
        return header.index(column)
    found = ", ".join(header) or "an empty file"
    raise BadInput(field=f"{name}: {column}", found=found, expected=f"columns {', '.join(COLUMNS)}")


def _vote(cells: Sequence[str], number: int, known: frozenset[str]) -> Vote:
    rater, shot, left, right, outcome = cells
    for column, cell in zip(COLUMNS, cells, strict=True):
        if cell.lower() in EMPTY:
            raise _bad(
                number, column, cell or "nothing", "a name" if column != "outcome" else _SAID
            )
    if outcome not in OUTCOMES:
        raise _bad(number, "outcome", outcome, _SAID)
    if left == right:
        raise _bad(number, "right", right, "another one than on the left")
    for column, model in (("left", left), ("right", right)):
        if known and model not in known:
            raise _bad(number, column, model, f"one of: {', '.join(sorted(known))}")
    return Vote(rater=rater, shot=shot, left=left, right=right, outcome=Outcome(outcome))


_SAID = f"one of: {', '.join(Outcome)}"


def _bad(number: int, column: str, found: str, expected: str) -> BadInput:
    return BadInput(field=f"row {number} {column}".strip(), found=found, expected=expected)


def _warnings(counts: Mapping[Vote, int]) -> Iterator[str]:
    cells: Counter[tuple[str, str, frozenset[str]]] = Counter()
    for vote, n in counts.items():
        cells[vote.rater, vote.shot, frozenset((vote.left, vote.right))] += n
    again = sum(n - 1 for n in cells.values())
    if again:
        yield f"{again} votes repeat a pair that the same rater had already judged on the same shot"
