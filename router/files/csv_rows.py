"""Tables that people hand in as CSV; whatever is wrong with one is said with its row.

The first row, the header, is row 1. Empty rows are passed over, and counted.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from router.domain.errors import BadInput

Row = dict[str, str]


def rows(path: Path, columns: Sequence[str], *, what: str = "rows") -> Iterator[tuple[int, Row]]:
    """Give each row with its number; cells are stripped, other columns come along.

    Args:
        path: UTF-8 CSV with a header line.
        columns: that have to be there, once each.
        what: the rows are.

    Raises:
        BadInput: no such file, no UTF-8, no CSV, a column is missing or stands there twice, a row
            of another length than the header, or no row at all.
    """
    lines = records(path)
    _, header = next(lines, (1, []))
    check_header(header, path.name, columns)
    number = 0
    for number, cells in lines:
        if len(cells) != len(header):
            raise bad_row(number, "", f"{len(cells)} cells", f"{len(header)}, as in the header")
        yield number, dict(zip(header, cells, strict=True))
    if not number:
        expected = "at least one row below the header"
        raise BadInput(field=path.name, found=f"no {what}", expected=expected)


def records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give every record with its number, the header among them, as they stand there.

    Raises:
        BadInput: no such file, no UTF-8, no CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in enumerate(csv.reader(file, strict=True), start=1):
                stripped = [cell.strip() for cell in cells]
                if any(stripped) or number == 1:
                    yield number, stripped
    except OSError:
        raise BadInput(
            field="file", found=str(path), expected="a CSV file that can be read"
        ) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x}"
        raise BadInput(field=path.name, found=found, expected="UTF-8 text") from None
    except csv.Error as error:
        raise BadInput(field=path.name, found=str(error), expected="comma-separated rows") from None


def check_header(header: Sequence[str], name: str, columns: Sequence[str]) -> None:
    """Raise BadInput unless every one of the columns stands in a header once."""
    for column in columns:
        if header.count(column) != 1:
            found = ", ".join(header) or "an empty file"
            expected = f"columns {', '.join(columns)}, once each"
            raise BadInput(field=f"{name}: {column}", found=found, expected=expected)


def bad_row(number: int, column: str, found: str, expected: str) -> BadInput:
    """Say what is wrong with one cell of one row."""
    return BadInput(field=f"row {number} {column}".strip(), found=found, expected=expected)
