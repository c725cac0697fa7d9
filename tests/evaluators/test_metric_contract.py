"""What holds for every file in evaluators/metrics, also for the next one."""

import importlib
import inspect
import json

import numpy as np
import pytest

from evaluators.domain.brief import Brief, Castmate
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.measuring import Measurer, all_metrics, metric
from evaluators.panel import output_names
from evaluators.thresholds import ARITHMETIC, KINDS, LIMITS, WITNESSES
from evaluators.views import Views
from router.decoding.decode import Unreadable
from router.domain.errors import UnknownName

EACH = pytest.mark.parametrize("name", all_metrics())
UNITS = {
    "similarity", "share", "delta_e", "stops", "code_values", "percent_width_per_frame", "steps",
    "count", "percent_width", "percent_width_per_second", "percent_per_second",
    "degrees_per_second", "pixels",
}  # fmt: skip
NEEDS_NO_PIXELS = {"spec_checks": Status.MEASURED, "prompt_align": Status.NOT_MEASURED}
REFERENCED = {
    "id_ref", "costume_colour", "colour_match", "outside_mask", "copy_paste", "plate_structure",
    "seam", "inside_mask", "removal", "costume_texture",
    "ref_embed", "subject_colour",
}  # fmt: skip


class Watched:
    """Views that remember which of them were looked at."""

    def __init__(self, views):
        self._views, self.looked_at = views, set()

    def __getattr__(self, name):
        if name not in {"beside", "alpha", "first", "luma_beside", "in_step", "once", "spread"}:
            self.looked_at.add(name)
        return getattr(self._views, name)


def scores_of(name, views, brief):
    plug_in = metric(name)
    return plug_in.scores(plug_in.measure(views, brief), brief)


@pytest.fixture
def complete(put, person):
    """A brief that gives every metric what it asks for."""
    mask = np.zeros(person.shape[:2], np.uint8)
    mask[250:500, 100:400] = 255
    path = put("take.png", person)
    return Brief(
        row=0,
        take="take.png",
        path=path,
        refs=(path,),
        character="mara",
        kind=Kind.PERSON,
        cast=(Castmate(character="iven", kind=Kind.PERSON, refs=(path,)),),
        costume_refs=(path,),
        plate=path,
        props=(path,),
        mask=put("mask.png", mask),
        spec={"width": 512, "framing": "MCU", "position": "centre"},
    )


@EACH
def test_a_file_registers_one_metric_under_its_own_name(name):
    plug_in = metric(name)
    assert plug_in.name == name
    assert plug_in.version
    assert {o.unit for o in plug_in.outputs} <= UNITS
    family = name.partition("_")[0]
    assert all(o.name == name or o.name.startswith((name, family)) for o in plug_in.outputs)


@EACH
def test_a_metric_explains_itself(name):
    said = importlib.import_module(f"evaluators.metrics.{name}").__doc__
    assert said.startswith(name)
    assert "lind to" in " ".join(said.split())
    assert "is better" in said
    assert any(word in said for word in ("19", "20", "no paper", "No paper"))  # a year, or none


@EACH
def test_a_metric_looks_only_at_the_views_that_it_declares(name, gallery, complete):
    watched = Watched(gallery.fresh(complete.path))
    scores = scores_of(name, watched, complete)
    assert watched.looked_at <= metric(name).needs
    assert metric(name).needs <= {n for n, _ in inspect.getmembers(Views)} | {"gallery"}
    silent = [s for s in scores if s.status is not Status.MEASURED]
    excuses = (
        "a still picture",
        "a person is told by the face",
        "no judge was asked",
        *(f"circletake weights fetch {w}" for w in metric(name).weights),
    )
    assert all(any(e in s.reason for e in excuses) for s in silent), silent


@EACH
def test_scores_are_complete_repeatable_and_can_be_written_down(name, gallery, complete):
    first = scores_of(name, gallery.fresh(complete.path), complete)
    again = scores_of(name, gallery.fresh(complete.path), complete)
    assert first == again
    assert tuple(s.metric for s in first) == tuple(o.name for o in metric(name).outputs)
    for score in first:
        json.dumps(dict(score.evidence), allow_nan=False)
        assert score.value is None or np.isfinite(score.value)
        assert type(score.value) in (float, type(None))
        assert score.coverage is None or 0 <= score.coverage <= 1
        assert score.character == "mara"


@EACH
@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 1, 3), (33, 517, 3)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_small_odd_and_flat_pictures_break_nothing(name, gallery, put, shape, value):
    path = put("flat.png", np.full(shape, value, np.uint8))
    mask = put("mask.png", np.zeros(shape[:2], np.uint8))
    brief = Brief(
        row=0, take="flat.png", path=path, refs=(path,), costume_refs=(path,), plate=path,
        mask=mask, kind=Kind.PERSON,
    )  # fmt: skip
    for score in scores_of(name, gallery.fresh(path), brief):
        assert score.value is None or np.isfinite(score.value)


@EACH
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_clips_break_nothing(name, gallery, film, frames):
    rng = np.random.default_rng(0)
    path = film("a.mp4", list(rng.integers(0, 255, (frames, 48, 64, 3), np.uint8)))
    brief = Brief(row=0, take="a", path=path, refs=(path,), costume_refs=(path,), plate=path)
    for score in scores_of(name, gallery.fresh(path), brief):
        assert score.value is None or np.isfinite(score.value)


@EACH
def test_missing_and_unreadable_references_are_told_and_never_a_number(name, gallery, complete):
    views = gallery.fresh(complete.path)
    for score in scores_of(name, views, Brief(row=0, take="a", path=complete.path)):
        if name in REFERENCED:
            assert score.status in {Status.NOT_APPLICABLE, Status.NOT_MEASURED}
            assert "no reference" in score.reason
    text = complete.path.with_name("broken.png")
    text.write_text("no picture")
    broken = Brief(
        row=0, take="a", path=complete.path, refs=(text,), costume_refs=(text,), plate=text,
        mask=text, kind=Kind.PERSON,
    )  # fmt: skip
    for score in scores_of(name, views, broken):
        assert name not in REFERENCED or score.status is Status.NOT_MEASURED, score


@EACH
def test_an_unreadable_take_fails_with_the_reason(name, tmp_path):
    text = tmp_path / "take.png"
    text.write_text("no picture")
    measurer = Measurer((name,))
    scored = measurer.score(Brief(row=0, take="take.png", path=text))
    measurer.close()
    assert {s.status for s in scored.scores} == {Status.FAILED}
    assert all(s.reason.startswith("unreadable take: not a picture") for s in scored.scores)
    assert scored.sha256


@EACH
def test_hdr_footage_is_never_measured_as_if_it_were_sdr(name, film, person):
    path = film("pq.mkv", [person[:128, :128]] * 3, color_trc=16)
    measurer = Measurer((name,))
    scored = measurer.score(Brief(row=0, take="pq", path=path))
    measurer.close()
    expected = NEEDS_NO_PIXELS.get(name, Status.FAILED)
    assert {s.status for s in scored.scores} == {expected}
    assert expected is not Status.FAILED or scored.scores[0].reason == "HDR not tone-mapped"


def test_an_unknown_metric_names_the_known_ones():
    with pytest.raises(UnknownName, match="costume_colour"):
        metric("costume")


def test_what_may_fail_a_line_is_what_calls_itself_deterministic():
    assert frozenset(n for n in all_metrics() if metric(n).deterministic) == ARITHMETIC


def test_default_limits_and_kinds_speak_of_numbers_that_exist():
    assert set(LIMITS) <= set(output_names())
    named = {name for answer in KINDS.values() for name in answer.metrics}
    assert named <= set(LIMITS)
    assert {w for those in WITNESSES.values() for w in those} <= set(LIMITS)


def test_a_file_that_is_not_there_is_unreadable(gallery, tmp_path):
    assert isinstance(gallery.open(tmp_path / "none.png"), Unreadable)
