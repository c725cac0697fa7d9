"""Versions: exact, above the security floors, and free of what must not be shipped."""

import re
import site
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PINS = {
    name.lower(): version
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)==(\S+)$",
        (ROOT / "constraints.txt").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
# The first versions without the known vulnerabilities.
FLOORS = {
    "fastapi": "0.136.3",
    "starlette": "1.3.1",
    "python-multipart": "0.0.27",
    "h11": "0.16.0",
    "pillow": "12.3.0",
    "litellm": "1.101.0",
    "streamlit": "1.54",
    "urllib3": "2.7.0",
    "torch": "2.11",
    "jinja2": "3.1.6",
}
EXACT = {"torch": "2.13.0", "litellm": "1.106.2", "boto3": "1.44.5"}
NEVER = {
    "torchvision",
    "pymupdf",
    "krippendorff",
    "pingouin",
    "pyiqa",
    "insightface",
    "facenet-pytorch",
}


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_row63_a_pin_stands_above_its_security_floor(name):
    assert Version(PINS[name]) >= Version(FLOORS[name])


def test_row63_the_agreed_versions_are_pinned_exactly():
    assert {name: PINS[name] for name in EXACT} == EXACT
    assert Version("4.13") <= Version(PINS["opencv-python-headless"]) < Version("5")


def test_nothing_non_commercial_or_copyleft_is_pinned():
    assert NEVER & set(PINS) == set()


def test_row63_no_package_runs_code_at_every_interpreter_start():
    """A poisoned release of a dependency once shipped a .pth file that stole credentials."""
    known = re.compile(
        r"(_editable_impl_circletake|distutils-precedence|_virtualenv|a1_coverage)\.pth"
    )
    found = [p.name for folder in site.getsitepackages() for p in Path(folder).glob("*.pth")]
    assert [name for name in found if not known.fullmatch(name)] == []
