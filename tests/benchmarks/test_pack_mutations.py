"""Whatever becomes of a good pack, a check answers; it never raises."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.packs.check import check
from benchmarks.testing.pack import GOOD, good_pack
from router.domain.mistake import Mistake
from router.files import yaml_file

TODAY = date(2026, 11, 21)

# Shrinking a failure takes minutes here; the failing example says enough.
EASY: dict[str, Any] = {
    "max_examples": 80,
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": list(HealthCheck),
}

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ids = st.sampled_from(["ana", "kite", "SQ010_SH0010", "ana_player", "", "a/b.%04d.png", "../x"])


def places(node, path=()):
    """Give the path of every value in nested data."""
    yield path
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(child, (*path, key))


PLACES = [path for path in places(yaml_file.parse(GOOD, "good").data) if path]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return good_pack(tmp_path_factory.mktemp("pack"))


def answered(root: Path, text: str) -> None:
    (root / "shotpack.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    checked = check(root, today=TODAY, metrics=("id_ref",))
    assert checked.ok == (checked.errors == ()) == (checked.pack is not None)
    for mistake in (*checked.errors, *checked.warnings):
        assert isinstance(mistake, Mistake)
        assert mistake.expected
        assert mistake.code
        assert all(c.isprintable() for c in mistake.field + mistake.found)


@pytest.mark.slow
@settings(**EASY)
@given(data=st.data())
def test_values_of_another_kind_are_mistakes(root, data):
    tree = yaml_file.parse(GOOD, "good").data
    for path in data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        node = tree
        try:
            for step in path[:-1]:
                node = node[step]
            if data.draw(st.booleans()):
                node[path[-1]] = data.draw(junk | ids)
            else:
                del node[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    answered(root, yaml.safe_dump(tree, allow_unicode=True))


@pytest.mark.slow
@settings(**EASY)
@given(data=st.data())
def test_damaged_text_is_a_mistake(root, data):
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    answered(root, GOOD[:start] + data.draw(st.text(max_size=8)) + GOOD[end:])
