"""Scores and ratings from CSV files; whatever is wrong with a row is said with its number."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.domain.score import Direction
from router.domain.errors import BadInput
from router.files.csv_rows import Row, bad_row, rows

SCORES = ("item", "shot", "model", "metric", "value")
RATINGS = ("item", "rater", "dimension", "value")
MOST_ROWS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One take that metrics scored."""

    id: str
    shot: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What metrics say: metric → item → value, and which way is better."""

    items: Mapping[str, Item]
    values: Mapping[str, Mapping[str, float]]
    directions: Mapping[str, Direction]


Ratings = Mapping[str, Mapping[str, Mapping[str, float]]]  # dimension → item → rater → value


def read_scores(path: Path, known: Mapping[str, Direction]) -> Scores:
    """Read scores: columns item, shot, model, metric, value and, optional, direction.

    Args:
        path: UTF-8 CSV with a header line.
        known: direction of metrics where the file has none; else higher is better.

    Raises:
        BadInput: with the number of the first bad row.
    """
    items: dict[str, Item] = {}
    values: dict[str, dict[str, float]] = {}
    directions: dict[str, Direction] = {}
    for number, row in _filled(path, SCORES):
        item = Item(id=row["item"], shot=row["shot"], model=row["model"])
        if items.setdefault(item.id, item) != item:
            first = items[item.id]
            found = f"shot {item.shot}, model {item.model}"
            raise bad_row(number, "item", found, f"{first.shot}, {first.model}, as before")
        name = row["metric"]
        said = _direction(row.get("direction", ""), number) or known.get(name, Direction.HIGHER)
        if directions.setdefault(name, said) is not said:
            raise bad_row(number, "direction", said.value, f"{directions[name].value}, as before")
        if item.id in values.setdefault(name, {}):
            raise bad_row(
                number, "metric", f"{name} again for {item.id}", "one value for each item"
            )
        values[name][item.id] = _number(row["value"], number)
    return Scores(items=items, values=values, directions=directions)


def read_ratings(path: Path) -> Ratings:
    """Read people's ratings: columns item, rater, dimension, value; higher is better.

    Raises:
        BadInput: with the number of the first bad row.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for number, row in _filled(path, RATINGS):
        by_rater = found.setdefault(row["dimension"], {}).setdefault(row["item"], {})
        if row["rater"] in by_rater:
            twice = f"{row['rater']} again for {row['item']}"
            raise bad_row(number, "rater", twice, "one rating of a dimension by each rater")
        by_rater[row["rater"]] = _number(row["value"], number)
    return found


def _filled(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Give the rows; in the named columns something has to stand."""
    for number, row in rows(path, columns):
        if number > MOST_ROWS + 1:
            raise BadInput(field=path.name, found=f"over {MOST_ROWS} rows", expected="fewer")
        empty = next((column for column in columns if not row[column]), None)
        if empty:
            raise bad_row(number, empty, "nothing", "a value")
        yield number, row


def _number(text: str, row: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise bad_row(
            row, "value", text, "a finite number; leave the row out where none was measured"
        )
    return value


def _direction(text: str, row: int) -> Direction | None:
    if not text:
        return None
    if text not in set(Direction):
        raise bad_row(row, "direction", text, f"one of: {', '.join(Direction)}")
    return Direction(text)
