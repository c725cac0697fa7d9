"""Top-level packages with everyday names stay ours."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")


@pytest.mark.parametrize("room", ROOMS)
def test_a_storey_is_imported_from_this_repository(room):
    found = Path(importlib.import_module(room).__file__)
    assert found.is_relative_to(ROOT)


def test_no_module_inside_the_house_is_named_like_a_storey():
    inside = [p for room in ROOMS for p in (ROOT / room).rglob("*") if p.stem in ROOMS]
    assert inside == []


def test_tests_are_no_package():
    """A tests/router/__init__.py would make `import router` find the tests."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_a_package_init_holds_one_docstring_and_nothing_else():
    for room in ROOMS:
        for init in (ROOT / room).rglob("__init__.py"):
            text = init.read_text(encoding="utf-8").strip()
            assert text.startswith('"""'), init
            assert text.endswith('"""'), init
            assert text.count('"""') == 2, init
