"""Every parser of foreign bytes is fuzzed for a moment; `python -m tests.fuzz` does it for long."""

from importlib.util import find_spec

import pytest

from router.uploads.kinds import NotTaken
from router.uploads.structure import walk
from tests.fuzz.__main__ import NAMES, run
from tests.fuzz.targets import TARGETS

SECONDS = 2


def test_every_target_is_named_once():
    assert set(NAMES) == set(TARGETS)


@pytest.mark.parametrize("name", NAMES)
def test_golden_examples_and_their_prefixes_are_answered(name):
    target, golden = TARGETS[name]
    for example in golden:
        for size in sorted({0, 1, *range(0, len(example), max(1, len(example) // 12))}):
            target(example[:size])
        target(example)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_break_a_parser(name):
    status, told = run(name, SECONDS)
    assert status == 0, told


def test_row54_an_answer_without_a_bottom_is_an_answer_that_is_no_json():
    target, _ = TARGETS["provider"]
    target(b"[" * 100_000)
    target(b'{"images":' * 20_000)


def test_a_big_tiff_whose_directory_lies_past_the_end_of_any_file_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"II\x2b\0\x08\0\0\0" + b"\xff" * 8 + bytes(8))
    with pytest.raises(NotTaken, match="ends early"):
        walk(path, "tiff")
