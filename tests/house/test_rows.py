"""Every row of the table of bad inputs has a test whose id carries its number.

An id begins with `rowNN`: in the name of a test, in the id of a parameter, or by a file's own
`row(NN, …)`. Two files number the rows of another table, that of faults.
"""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
OTHER_TABLE = {"test_fault_table.py", "test_storage_faults.py"}
ROWS = {
    1: "a picture of four billion pixels by its header",
    2: "a picture of 169 megapixels in 20 KB",
    3: "a picture or clip that ends early",
    4: "nothing, or text, under a picture's name",
    5: "a name that says another type than the bytes",
    6: "a picture that is a zip too",
    7: "a page or drawing with code in it",
    8: "several pictures in one file",
    9: "PostScript",
    10: "HEIC and AVIF",
    11: "metadata that unpack to megabytes",
    12: "a picture that is to be turned",
    13: "place, serial number and author in a picture",
    14: "CMYK, profiles, 16 bits, alpha, grey",
    15: "too many frames, too fast, no time at all, a varying rate",
    16: "a size that changes; more streams; subtitles, attachments",
    17: "exotic codecs and containers",
    18: "a decoder that crashes, hangs or eats memory",
    19: "names in a zip that lead elsewhere",
    20: "links, devices, bombs and clashes in a zip",
    21: "YAML that multiplies itself",
    22: "YAML that makes objects",
    23: "YAML that reads otherwise than it looks",
    24: "names that deceive; text that no database takes",
    25: "formulas in tables that leave",
    26: "paths and ids that lead elsewhere",
    27: "another host's name",
    28: "what a proxy could have said; headers without end",
    29: "bodies without end",
    30: "JSON without a bottom",
    31: "numbers that are none",
    32: "budgets that cannot be",
    33: "the same key twice",
    34: "fields that nobody asked for",
    35: "bodies of another type",
    36: "a wish that is repeated",
    37: "a paid wish without a key to repeat it by",
    38: "clocks that are off",
    39: "keys that are not in force",
    40: "ids of other tenants, on every route",
    41: "answers that tell whether something exists",
    42: "aggregates over others",
    43: "the time that a wrong key takes",
    44: "guessing, floods, noisy neighbours",
    45: "secrets and words of partners in logs",
    46: "links that are over, forged or somebody else's",
    47: "addresses to be fetched",
    48: "markup in whatever has a name",
    49: "markdown, formulas and beacons in whatever has a name",
    50: "files of anybody over the screens",
    51: "what one person's session leaves for the next",
    52: "other people's pages that speak to the screens",
    53: "orders written into pictures",
    54: "judges that do not answer as asked",
    55: "models that do not answer as asked",
    56: "filters, pages and cursors that cannot be",
    57: "models that are retired, unknown or unpriced",
    58: "many who spend the last of a budget at once",
    59: "people who do more than their role",
    60: "identity providers and tokens that are not what they say",
    61: "uploads that break off, change or crowd",
    62: "weights and arrays that run code",
    63: "dependencies that are old, unpinned or poisoned",
}


def named(tree):
    """Give the numbers of the rows that a file's tests carry."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from map(int, re.findall(r"(?<=_)row(\d\d)(?=_)", node.name))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from map(int, re.findall(r"(?:^|(?<=-))row(\d\d)(?=-|$)", node.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "row" and node.args:
            number = getattr(node.args[0], "value", None)
            yield from [number] if isinstance(number, int) else []


@pytest.fixture(scope="module")
def carried():
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name not in OTHER_TABLE and path != Path(__file__):
            for number in named(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(number, set()).add(path.name)
    return found


@pytest.mark.parametrize("number", ROWS, ids=lambda n: f"row{n:02} {ROWS[n]}")
def test_a_row_of_the_table_of_bad_inputs_has_its_test(carried, number):
    assert carried.get(number)


def test_no_test_carries_a_row_that_the_table_does_not_have(carried):
    assert set(carried) == set(ROWS)
    assert list(ROWS) == list(range(1, 64))
