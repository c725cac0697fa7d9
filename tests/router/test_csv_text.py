"""Tables that leave: a spreadsheet that opens one runs nothing, and adds up what are numbers."""

import csv
import io
from pathlib import Path

import pytest

from router.files.csv_text import csv_text

ROOT = Path(__file__).parents[2]
FORMULAS = {
    "row25-equals": "=HYPERLINK(1)",
    "row25-plus": "+1+1",
    "row25-minus": "-1+cmd",
    "row25-at": "@SUM(1)",
    "row25-tab": "\t=1",
    "row25-return": "\r=1",
    "row25-line": "\n=1",
    "row25-full width": "\uff1d1+1",
    "row25-after blanks": "  =1+1",
    "row25-nearly a number": "-1,5",
    "row25-a number of another script": "-\u0661",
}


def cells(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("text", FORMULAS.values(), ids=FORMULAS)
def test_a_text_that_would_run_is_a_text(text):
    assert cells(csv_text(("name", "n"), [(text, 1)])) == [["name", "n"], [f"'{text}", "1"]]


@pytest.mark.parametrize(
    "number",
    [-5, -0.25, "-1.250000", "0", "3e-7", "-12"],
    ids=lambda n: f"row25-{type(n).__name__} {n}",
)
def test_numbers_stay_numbers(number):
    assert cells(csv_text(("usd",), [(number,)]))[1] == [str(number)]


@pytest.mark.parametrize("text", ["Ana", "0020", "a=b", "'quoted", 'so "far"', "x\ny"])
def test_row25_what_runs_nothing_is_left_alone(text):
    assert cells(csv_text(("name",), [(text,)]))[1] == [text]


def test_row25_every_table_that_leaves_goes_through_here():
    rooms = ("router", "evaluators", "benchmarks", "dashboard")
    marks = ("csv.writer", "DictWriter", "to_csv", "openpyxl", "xlsxwriter", "to_excel")
    files = [p for room in rooms for p in (ROOT / room).rglob("*.py")]
    texts = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in files}
    found = {name for name, text in texts.items() if any(mark in text for mark in marks)}
    assert found == {"router/files/csv_text.py"}
