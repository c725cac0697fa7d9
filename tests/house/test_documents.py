"""What the pages say is what the code does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("storey", ["router", "evaluators", "benchmarks", "dashboard"])
def test_each_storey_has_its_page_and_the_front_page_names_it(storey):
    assert (ROOT / storey / "README.md").is_file()
    assert f"({storey}/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_fault_table_is_the_one_that_the_emulator_documents():
    source = (ROOT / "router/emulator/faults.py").read_text(encoding="utf-8")
    page = (ROOT / "router/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `.*$", source, flags=re.MULTILINE)
    assert len(rows) > 20
    assert [row for row in rows if row not in page] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*/README.md")), ids=lambda p: p.parent.name)
def test_a_file_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    named = {n for n in re.findall(r"`([a-z_0-9/]+\.(?:py|yaml))`", text) if "NAME" not in n}
    folders = (page.parent, ROOT)
    missing = [
        n for n in sorted(named) if not any((f / n).exists() or list(f.rglob(n)) for f in folders)
    ]
    assert missing == []


def test_no_page_or_source_names_a_path_of_one_machine():
    files = [
        p
        for folder in (
            "router",
            "evaluators",
            "benchmarks",
            "dashboard",
            "tests",
            "partner_configs",
        )
        for p in (ROOT / folder).rglob("*")
        if p.suffix in {".py", ".md", ".yaml", ".html", ".css", ".toml", ".json"}
    ]
    hits = [str(p) for p in files if "/work" + "/main" in p.read_text(encoding="utf-8")]
    assert hits == []
