"""The fault matrix: every row of the table with what its tests said just now."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree  # reads only what pytest wrote a moment ago

import yaml

HERE = Path(__file__).parents[1] / "router"
TABLE = HERE / "fault_table.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault, what follows from it, and who says so."""

    number: int
    fault: str
    follows: str
    outcome: str
    paid: int  # calls that an attempt can be charged for, at most
    tests: tuple[str, ...]  # file::function, with the beginning of its parameters after a `[`
    unproven: str = ""  # what cannot be shown on one machine, and why


def rows() -> tuple[Row, ...]:
    """Read the table."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Row(number=number, **{**said, "tests": tuple(said["tests"])})
        for number, said in table.items()
    )


def lines(folder: Path) -> Iterator[tuple[str, bool]]:
    """Run every test that the table names; gives a line a row with whether all of it passed."""
    every = rows()
    results = _run(sorted({_function(t) for row in every for t in row.tests}), folder)
    yield "| row | fault | what happens | ends | paid calls | test |", True
    yield "|---|---|---|---|---|---|", True
    for row in every:
        told = [_told(test, results) for test in row.tests]
        held = all(ok for _, ok in told)
        cells = (str(row.number), row.fault, row.follows, row.outcome, f"at most {row.paid}")
        yield f"| {' | '.join(cells)} | {'; '.join(text for text, _ in told)} |", held
    for row in every:
        if row.unproven:
            yield f"Not shown on one machine, row {row.number}: {row.unproven}.", True


def _run(functions: list[str], folder: Path) -> dict[str, list[str]]:
    """Give, for each test function, the names of its cases; one that failed begins with `!`."""
    report = folder / "faults.xml"
    split = [node.partition("::") for node in functions]
    wanted = [f"{(HERE / file).resolve()}::{name}" for file, _, name in split]
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    done = subprocess.run([*words, *wanted], capture_output=True, text=True, check=False)
    if not report.exists():
        raise RuntimeError(textwrap.shorten(done.stdout + done.stderr, 2000))
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
        name = case.get("name", "")
        found.setdefault(name.partition("[")[0], []).append(f"!{name}" if bad else name)
    return found


def _told(test: str, results: dict[str, list[str]]) -> tuple[str, bool]:
    name = test.partition("::")[2]
    cases = results.get(name.partition("[")[0], [])
    mine = [case for case in cases if case.lstrip("!").startswith(name)]
    failed = [case for case in mine if case.startswith("!")]
    count = f" ({len(mine)} cases)" if len(mine) > 1 else ""
    mark = "passed" if mine and not failed else "FAILED" if mine else "NOT RUN"
    return f"`{name.partition('[')[0]}` {mark}{count}", bool(mine) and not failed


def _function(test: str) -> str:
    return test.partition("[")[0]
