"""The security page keeps its word: its tests exist, and the bill of materials is whole."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE)))
# GPL and AGPL, not LGPL; and what forbids the work of a studio.
LESSER = re.compile(
    r"(?i)GNU (Library or )?Lesser General Public License( v?[\d.]+)?( or later)?|\bLGPL[\w.+-]*"
)
NOT_TAKEN = re.compile(r"(?i)GPL|Affero|General Public License|NonCommercial|-NC\b")
API_TOP_10 = {f"API{number}" for number in range(1, 11)}


@pytest.mark.parametrize("node", NAMED)
def test_a_test_that_the_page_names_is_there(node):
    path, _, name = node.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    assert name in tests if name else any(t.startswith("test_") for t in tests)


def test_every_line_of_the_map_has_a_test_and_no_risk_of_the_list_is_left_out():
    (table,) = re.findall(r"\| control \|.*?\n\n", PAGE, re.DOTALL)
    rows = table.strip().splitlines()[2:]
    assert len(rows) >= 25
    assert all(re.search(r"\| `tests/[^`]+` \|$", row) for row in rows)
    assert set(re.findall(r"API\d+", table)) == API_TOP_10


@pytest.fixture(scope="module")
def bill():
    done = subprocess.run(
        [sys.executable, str(ROOT / "deploy/sbom.py")], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_bill_of_materials_is_whole_by_the_rules_of_cyclonedx(bill):
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    parts = [bill["metadata"]["component"], *bill["components"]]
    refs = [one["bom-ref"] for one in parts]
    assert len(refs) == len(set(refs))
    for one in parts:
        assert {"type", "name", "version", "purl"} <= set(one)
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.+!-]+", one["purl"])
    assert {d["ref"] for d in bill["dependencies"]} == set(refs)
    needed = {ref for d in bill["dependencies"] for ref in d["dependsOn"]}
    assert needed == set(refs[1:]), "everything is there because something needs it"


def test_the_bill_names_versions_that_are_pinned(bill):
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {
        f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        for name, version in re.findall(r"^([\w.-]+)==(\S+)$", pins, re.MULTILINE)
    }
    named = {c["bom-ref"].partition("+")[0] for c in bill["components"]}  # torch says +cpu
    beside = named - pinned
    brought_by_torch = {
        r for r in beside if re.match(r"pkg:pypi/(nvidia|triton|cuda|setuptools)", r)
    }
    assert beside == brought_by_torch


def is_taken(said):
    return not NOT_TAKEN.search(LESSER.sub("", said))


def test_nothing_that_is_shipped_is_under_a_licence_that_we_do_not_take(bill):
    for one in bill["components"]:
        assert one.get("licenses"), f"{one['name']} states no licence"
        said = one["licenses"][0]["license"]["name"]
        assert is_taken(said), (one["name"], said)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("GNU General Public License v2 (GPLv2)", False),
        ("AGPL-3.0", False),
        ("LGPL-3.0-only AND GPL-3.0-only", False),
        ("CC-BY-NC-4.0", False),
    ],
)
def test_the_judge_of_licences_knows_one_from_another(said, taken):
    assert is_taken(said) is taken
