"""A new take that has what was wanted is mended for free; a clip's light is steadied for free."""

import io
from dataclasses import replace
from types import SimpleNamespace

import av
import numpy as np
import pytest

from benchmarks.repairing.again import origin
from benchmarks.testing.stage import Stage
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from evaluators.metrics.temporal import flicker

FACE, LIGHT, ACTION = 1, 2, 3


@pytest.fixture
def stage(tmp_path):
    with Stage.to_repair(tmp_path) as stage:
        yield stage


@pytest.fixture
def case(stage):
    """Give a campaign whose shots demand a face, an action, and the light of a look picture."""
    case = stage.case()
    action = AcceptanceLine(number=ACTION, criterion="She waves", kind="action", must=True)
    shots = {
        place: replace(
            s,
            acceptance=(*(replace(n, must=True) for n in s.acceptance[:2]), action),
            inputs=tuple(
                replace(f, functional_type=f.functional_type.replace("x.plate", "x.lookdev"))
                for f in s.inputs
            ),
        )
        for place, s in case.shots.items()
    }
    return replace(case, shots=shots)


@pytest.fixture
def portrait(case):
    return next(
        take
        for take, trial in case.trial_of.items()
        if trial.recipe == "init_image" and case.shot(trial).task == "reference_to_image"
    )


def said(lines, take, rulings):
    return tuple(
        Verdict(line=n, take=take, ruling=rulings.get(n.number, Ruling.PASS)) for n in lines
    )


def ruled(case, take, rulings):
    lines = case.shot(case.trial_of[take]).acceptance
    return replace(case, verdicts={**case.verdicts, take: said(lines, take, rulings)})


def test_a_new_take_with_the_right_face_and_the_wrong_light_is_graded(case, repairer, portrait):
    """The face is asked for again; what the new take breaks instead costs nothing to put right."""
    left = iter([{LIGHT: Ruling.FAIL}, {}])
    repairer.rule = lambda lines, scored: said(lines, scored.take, next(left))
    outcome = repairer.repair(
        ruled(case, portrait, {FACE: Ruling.FAIL}), portrait, [FACE], rounds=3
    )
    anew, mended = outcome.repairs
    assert (anew.parent, mended.parent, mended.lines) == (portrait, anew.child, (LIGHT,))
    assert (anew.spend_musd > 0, mended.spend_musd) == (True, 0)
    assert outcome.best == mended


def test_a_new_take_that_cannot_be_mended_replaces_nothing(case, repairer, portrait):
    worse = {LIGHT: Ruling.FAIL, ACTION: Ruling.FAIL}
    repairer.rule = lambda lines, scored: said(lines, scored.take, worse)
    outcome = repairer.repair(
        ruled(case, portrait, {FACE: Ruling.FAIL}), portrait, [FACE], rounds=3
    )
    assert {r.parent for r in outcome.repairs} == {portrait}
    assert outcome.best is None
    assert "ask another model" in outcome.stopped


def beside(case, portrait, mine, theirs):
    """Give the campaign with a take of another recipe beside the portrait, both ruled."""
    trial = replace(case.trial_of[portrait], id="t", recipe="init_image_alt", request="r")
    row = replace(case.recipes["init_image"], name="init_image_alt")
    grown = replace(
        case,
        kept=replace(case.kept, recipes=(*case.kept.recipes, row)),
        takes={**case.takes, "other": replace(case.takes[portrait], id="other")},
        trial_of={**case.trial_of, "other": trial},
    )
    return ruled(ruled(grown, portrait, mine), "other", theirs)


def test_it_is_asked_again_with_the_recipe_that_leaves_nothing_open_for_good(case, portrait):
    light_is_off = beside(case, portrait, {FACE: Ruling.FAIL}, {LIGHT: Ruling.FAIL})
    assert origin(light_is_off, portrait, [FACE]).recipe == "init_image_alt"


def test_a_recipe_that_was_asked_again_in_vain_leaves_it_to_the_others(case, portrait):
    alike = beside(case, portrait, {FACE: Ruling.FAIL}, {FACE: Ruling.FAIL})
    assert origin(alike, portrait, [FACE]).recipe == "init_image"
    assert origin(alike, portrait, [FACE], {"init_image"}).recipe == "init_image_alt"
    assert origin(alike, portrait, [FACE], {"init_image", "init_image_alt"}) is not None


def film(light):
    """Encode a textured clip under a light of each frame."""
    base = np.random.default_rng(0).uniform(60, 160, (8, 12, 1)).repeat(3, axis=2)
    base = np.kron(base, np.ones((12, 12, 1)))
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as out:
        stream = out.add_stream("libvpx-vp9", rate=24, options={"crf": "10", "b:v": "0"})
        stream.height, stream.width, stream.pix_fmt = *base.shape[:2], "yuv420p"
        for i, level in enumerate(light):
            shown = np.roll(base, i, axis=1) * level
            frame = av.VideoFrame.from_ndarray(shown.astype(np.uint8), format="rgb24")
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return sink.getvalue()


@pytest.fixture
def clip(stage, case, repairer):
    """Give a campaign whose clip is this film, and the number of its line about flicker."""

    def laid(light):
        take = next(t for t, one in case.trial_of.items() if one.recipe == "video_from_key")
        media = replace(
            stage.media.put("lantern", film(light), "video/mp4"),
            width=144, height=96, frames=len(light), fps=24.0,
        )  # fmt: skip
        trial = case.trial_of[take]
        shot = case.shot(trial)
        line = replace(shot.acceptance[0], kind="artefact", metric="temporal.flicker", must=True)
        shots = {
            place: replace(s, acceptance=(line, *s.acceptance[1:])) if s.id == shot.id else s
            for place, s in case.shots.items()
        }
        filmed = replace(case.takes[take], media=media)
        grown = replace(case, shots=shots, takes={**case.takes, take: filmed})
        repairer.rule = lambda lines, scored: said(lines, scored.take, {})
        return SimpleNamespace(
            case=ruled(grown, take, {line.number: Ruling.FAIL}), take=take, line=line.number
        )

    return laid


def test_a_clips_flicker_is_taken_out_and_nobody_is_asked(stage, repairer, clip, darkroom):
    light = 1 + np.random.default_rng(1).normal(0, 0.06, 36)
    at = clip(light)
    (repair,) = repairer.repair(at.case, at.take, [at.line], rounds=3).repairs
    child, parent = (
        darkroom.film(stage.media.get("lantern", m.sha256), 160)
        for m in (stage.router.stored[repair.child].media, at.case.takes[at.take].media)
    )
    assert (stage.router.sent, repair.spend_musd) == ([], 0)
    assert stage.router.stored[repair.child].operation == "deflicker"
    assert (child.probe.frames, child.probe.fps) == (parent.probe.frames, parent.probe.fps)
    assert flicker(child.luma, 24) < 0.25 * flicker(parent.luma, 24)


def test_a_clip_that_does_not_flicker_as_a_whole_is_asked_for_again(repairer, clip):
    at = clip(np.ones(36))
    outcome = repairer.repair(at.case, at.take, [at.line], rounds=2)
    (repair,) = outcome.repairs
    assert (outcome.rounds, repair.spend_musd > 0) == (2, True)
