"""Scores and ratings from CSV files; whatever is wrong with a row is said with its number."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.domain.score import Direction
from router.domain.errors import BadInput

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
    for number, row in _rows(path, SCORES):
        item = Item(id=row["item"], shot=row["shot"], model=row["model"])
        if items.setdefault(item.id, item) != item:
            first = items[item.id]
            found = f"shot {item.shot}, model {item.model}"
            raise _bad(number, "item", found, f"{first.shot}, {first.model}, as before")
        name = row["metric"]
        said = _direction(row.get("direction", ""), number) or known.get(name, Direction.HIGHER)
        if directions.setdefault(name, said) is not said:
            raise _bad(number, "direction", said.value, f"{directions[name].value}, as before")
        if item.id in values.setdefault(name, {}):
            raise _bad(number, "metric", f"{name} again for {item.id}", "one value for each item")
        values[name][item.id] = _number(row["value"], number)
    return Scores(items=items, values=values, directions=directions)


def read_ratings(path: Path) -> Ratings:
    """Read people's ratings: columns item, rater, dimension, value; higher is better.

    Raises:
        BadInput: with the number of the first bad row.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for number, row in _rows(path, RATINGS):
        by_rater = found.setdefault(row["dimension"], {}).setdefault(row["item"], {})
        if row["rater"] in by_rater:
            twice = f"{row['rater']} again for {row['item']}"
            raise _bad(number, "rater", twice, "one rating of a dimension by each rater")
        by_rater[row["rater"]] = _number(row["value"], number)
    return found


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row with its number in the file; the header is row 1."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _named(csv.reader(file, strict=True), path.name, columns)
    except FileNotFoundError:
        raise BadInput(field="file", found=str(path), expected="a CSV file") from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x}"
        raise BadInput(field=path.name, found=found, expected="UTF-8 text") from None
    except csv.Error as error:
        raise BadInput(field=path.name, found=str(error), expected="comma-separated rows") from None


def _named(
    rows: Iterator[list[str]], name: str, columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    header = _header(next(rows, []), name, columns)
    read = 0
    for read, cells in enumerate(rows, start=1):
        if len(cells) != len(header):
            raise _bad(read + 1, "", f"{len(cells)} cells", f"{len(header)}, as in the header")
        if read > MOST_ROWS:
            raise BadInput(field=name, found=f"over {MOST_ROWS} rows", expected="fewer")
        row = dict(zip(header, (c.strip() for c in cells), strict=True))
        empty = next((column for column in columns if not row[column]), None)
        if empty:
            raise _bad(read + 1, empty, "nothing", "a value")
        yield read + 1, row
    if not read:
        raise BadInput(field=name, found="no rows", expected="at least one row below the header")


def _header(cells: Sequence[str], name: str, columns: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for column in columns:
        if header.count(column) != 1:
            shown = ", ".join(header) or "an empty file"
            expected = f"columns {', '.join(columns)}"
            raise BadInput(field=f"{name}: {column}", found=shown, expected=expected)
    return header


def _number(text: str, row: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _bad(row, "value", text, "a finite number; leave the row out where none was measured")
    return value


def _direction(text: str, row: int) -> Direction | None:
    if not text:
        return None
    if text not in set(Direction):
        raise _bad(row, "direction", text, f"one of: {', '.join(Direction)}")
    return Direction(text)


def _bad(row: int, column: str, found: str, expected: str) -> BadInput:
    return BadInput(field=f"row {row} {column}".strip(), found=found, expected=expected)
