"""Measured once on the same bytes is measured for good."""

import json
import stat
from dataclasses import replace

import pytest

from evaluators import panel
from evaluators.cache import Cache, file_sha256, key_of, spelled
from evaluators.domain.brief import Brief, Castmate
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.measuring import Measurer


@pytest.fixture
def brief(put, person):
    path = put("take.png", person)
    return Brief(row=3, take="take.png", path=path, plate=put("plate.png", person), shot="S1")


def scored(brief, cache, metrics=("colour_match", "spec_checks")):
    """Measure, and say how many files were decoded for it."""
    measurer = Measurer(metrics, cache)
    reads = []
    read = measurer.decoder.read
    measurer.decoder.read = lambda path, **how: reads.append(path.name) or read(path, **how)
    try:
        return measurer.score(brief), reads
    finally:
        measurer.close()


def test_a_take_is_decoded_once_for_all_metrics(brief):
    got, reads = scored(brief, None, metrics=None)
    assert reads.count("take.png") == 1
    assert (got.row, got.shot, got.take) == (3, "S1", "take.png")


def test_the_same_bytes_are_not_decoded_again(brief, tmp_path):
    first, reads = scored(brief, tmp_path / "cache")
    assert reads
    again, reads = scored(brief, tmp_path / "cache")
    assert (again, reads) == (first, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", ["take", "plate", "spec", "kind", "metric", "cast", "props", "used"]
)
def test_any_other_input_is_measured_anew(brief, tmp_path, put, cat, change):
    scored(brief, tmp_path / "cache")
    if change in ("take", "plate"):
        put(f"{change}.png", cat)
    said = {f: getattr(brief, f) for f in ("row", "take", "path", "plate", "shot")}
    said |= {"spec": {"width": 9}} if change == "spec" else {}
    said |= {"kind": Kind.PERSON} if change == "kind" else {}
    said |= {"cast": (Castmate(character="i", kind=Kind.PERSON),)} if change == "cast" else {}
    said |= {"props": (brief.plate,)} if change == "props" else {}
    said |= {"used": (0, 0)} if change == "used" else {}
    metrics = ("colour_match", "spec_checks") + (("tech",) if change == "metric" else ())
    _, reads = scored(Brief(**said), tmp_path / "cache", metrics)
    assert "take.png" in reads


def test_what_was_measured_is_recalled_by_its_content_without_its_files(put, person, tmp_path):
    path, face = put("take.png", person), put("face.png", person)
    brief = Brief(
        row=2, take="a", path=path, refs=(face,), character="i", kind=Kind.PERSON, sequence="SQ1"
    )
    cache, metrics = tmp_path / "cache", ("id_ref", "spec_checks")
    measured, _ = scored(brief, cache, metrics=metrics)
    assert measured.kept["xshot_id"]
    known = replace(brief, known={p: file_sha256(p) for p in (path, face)})
    for file in (path, face):
        file.unlink()
    recalled = panel.recalled([known], metrics=metrics, cache=cache)
    assert recalled == {2: replace(measured, used=None)}
    other = replace(known, known={path: known.known[path], face: "another"})
    for lost in (brief, other, replace(known, known={face: known.known[face]})):
        assert panel.recalled([lost], metrics=metrics, cache=cache) == {}
    assert panel.recalled([known], metrics=(*metrics, "tech"), cache=cache) == {}


def test_a_failure_is_not_remembered(brief, tmp_path):
    good = brief.path.read_bytes()
    brief.path.write_bytes(good[:5000])
    broken, _ = scored(brief, tmp_path / "cache")
    assert {s.status for s in broken.scores} == {Status.FAILED}
    assert broken.sha256
    assert not list((tmp_path / "cache").rglob("*.json"))


@pytest.mark.slow
def test_embeddings_lie_in_a_folder_of_their_owner_and_go_with_it(put, person, tmp_path):
    path = put("take.png", person)
    brief = Brief(row=0, take="a", path=path, refs=(put("ref.png", person),), kind=Kind.PERSON)
    root = tmp_path / "cache"
    scored(brief, root, ("id_ref",))
    stored = [p for p in root.rglob("*.json") if "embedding" in p.read_text()]
    assert len(stored) == 1
    assert stat.S_IMODE(stored[0].stat().st_mode) == 0o600
    _, reads = scored(brief, root, ("id_ref", "spec_checks"))
    assert "ref.png" not in reads
    Cache(root).purge()
    assert not root.exists()


def test_two_tenants_never_share_a_result(brief, tmp_path):
    scored(brief, tmp_path / "one")
    _, reads = scored(brief, tmp_path / "two")
    assert "take.png" in reads


def test_a_torn_cache_file_is_a_miss(tmp_path):
    cache = Cache(tmp_path)
    cache.put(key_of("a", 1), {"x": [1.5]})
    assert cache.get(key_of("a", 1)) == {"x": [1.5]}
    file = next(tmp_path.rglob("*.json"))
    file.write_text(json.dumps({"x": 1})[:4])
    assert cache.get(key_of("a", 1)) is None


def test_keys_depend_on_values_and_order_and_not_on_chance():
    assert key_of({"b": 1, "a": 2}) == key_of({"a": 2, "b": 1})
    assert key_of("a", "b") != key_of("b", "a")
    assert key_of(["a"], []) != key_of([], ["a"])
    assert key_of("a", 1, last=[spelled({"b": [None]}), spelled("c")]) == key_of(
        "a", 1, {"b": [None]}, "c"
    )
