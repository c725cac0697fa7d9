"""Votes from a CSV file, counted while they are read: ten million rows need no more memory.

Whatever is wrong with a row is said with its number in the file (the header is row 1).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.domain.vote import Outcome, Vote
from router.domain.errors import BadInput
from router.files.csv_rows import Row, bad_row, rows

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
    return ballots(_votes(path, frozenset(models)))


def _votes(path: Path, known: frozenset[str]) -> Iterator[Vote]:
    world = _world()
    seen: set[Vote] = set()
    for number, row in rows(path, COLUMNS, what="votes"):
        vote = _vote(row, number, known)
        world(row.get("simulated"), number)
        seen.add(vote)
        _not_too_many(path.name, number - 1, len(seen))
        yield vote


def _world() -> Callable[[str | None, int], None]:
    """Give a guard that lets rows of one world pass only, where a file says which they are of."""
    worlds: set[str] = set()

    def guard(simulated: str | None, number: int) -> None:
        if simulated is not None:
            worlds.add(simulated.lower())
        if len(worlds) > 1:
            expected = "one world: never both in one ranking"
            raise bad_row(number, "simulated", simulated or "nothing", expected)

    return guard


def _not_too_many(name: str, read: int, different: int) -> None:
    if read > MOST_ROWS:
        raise BadInput(field=name, found=f"over {MOST_ROWS} rows", expected="studies ranked apart")
    if different > MOST_CELLS:
        found = f"over {MOST_CELLS} different votes by row {read + 1}"
        raise BadInput(field=name, found=found, expected="studies ranked apart")


def _vote(row: Row, number: int, known: frozenset[str]) -> Vote:
    rater, shot, left, right, outcome = (row[column] for column in COLUMNS)
    for column in COLUMNS:
        if row[column].lower() in EMPTY:
            expected = "a name" if column != "outcome" else _SAID
            raise bad_row(number, column, row[column] or "nothing", expected)
    if outcome not in OUTCOMES:
        raise bad_row(number, "outcome", outcome, _SAID)
    if left == right:
        raise bad_row(number, "right", right, "another one than on the left")
    for column, model in (("left", left), ("right", right)):
        if known and model not in known:
            raise bad_row(number, column, model, f"one of: {', '.join(sorted(known))}")
    return Vote(rater=rater, shot=shot, left=left, right=right, outcome=Outcome(outcome))


_SAID = f"one of: {', '.join(Outcome)}"


def _warnings(counts: Mapping[Vote, int]) -> Iterator[str]:
    cells: Counter[tuple[str, str, frozenset[str]]] = Counter()
    for vote, n in counts.items():
        cells[vote.rater, vote.shot, frozenset((vote.left, vote.right))] += n
    again = sum(n - 1 for n in cells.values())
    if again:
        yield f"{again} votes repeat a pair that the same rater had already judged on the same shot"
