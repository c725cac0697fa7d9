"""What the cut does not use spoils nothing, and every verdict says which frames it rests on."""

import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import Measurer
from evaluators.scoring import as_json
from evaluators.used_range import Troubles, best, deciding, troubles, windows
from evaluators.verdicts import decide

FPS = 12
LIGHT = ("spec_checks", "temporal")
TECHNICAL = AcceptanceLine(number=1, criterion="A sound file", kind="technical", must=True)


@pytest.fixture(scope="module")
def scene(person):
    return np.concatenate([person, person[:, ::-1]], axis=1)


def pan(scene, frames=48):
    return [scene[100:280, 60 + 3 * i : 380 + 3 * i].copy() for i in range(frames)]


@pytest.fixture
def spoilt(film, scene):
    """A pan of four seconds with black frames."""

    def write(*black, frames=48):
        pictures = pan(scene, frames)
        for i in black:
            pictures[i][:] = 0
        return film("take.mp4", pictures, fps=FPS)

    return write


@pytest.fixture
def score():
    def run(path, metrics=LIGHT, cache=None, **said):
        measurer = Measurer(metrics, cache)
        try:
            return measurer.score(Brief(row=0, take=path.name, path=path, **said))
        finally:
            measurer.close()

    return run


def told(scored):
    return decide(TECHNICAL, scored.take, deciding(scored))


def number(scores, name):
    return next(s for s in scores if s.metric == name)


def test_a_fault_outside_the_best_window_fails_no_line_and_is_seen_in_the_whole_take(spoilt, score):
    scored = score(spoilt(3), spec={"least_seconds": 2})
    assert number(scored.scores, "spec_checks.passed").value < 1
    said = told(scored)
    assert said.ruling is Ruling.PASS
    assert said.evidence["chosen"] == "best window"
    first, last = said.evidence["range"]
    assert first > 3
    assert last - first + 1 == 2 * FPS


def test_a_fault_that_no_window_avoids_fails_the_line_at_its_own_frame(spoilt, score):
    scored = score(spoilt(24), spec={"least_seconds": 3})
    said = told(scored)
    assert said.ruling is Ruling.FAIL
    (black,) = [c for c in said.evidence["checks"] if c["check"] == "black_frames"]
    assert black["frames"] == [24]


def test_what_a_person_chose_wins_over_the_best_window_and_is_named(spoilt, score):
    path = spoilt(3)
    scored = score(path, spec={"least_seconds": 2}, used=(0, 23), used_by="Ann Lee")
    said = told(scored)
    assert said.ruling is Ruling.FAIL
    assert said.evidence["range"] == [0, 23]
    assert said.evidence["chosen"] == "by Ann Lee"


def test_frames_that_the_clip_does_not_have_are_not_used_and_that_is_said(spoilt, score):
    used = score(spoilt(), spec={"least_seconds": 2}, used=(100, 140), used_by="Ann Lee").used
    assert used.chosen.startswith("best window; frames 100-140, chosen by Ann Lee")


@pytest.mark.parametrize("wanted", [{}, {"least_seconds": 4}, {"least_seconds": 4.03}])
def test_a_clip_no_longer_than_needed_is_used_whole(spoilt, score, wanted):
    scored = score(spoilt(), spec=wanted)
    assert scored.used.is_whole
    assert scored.used.scores == ()
    assert told(scored).evidence["range"] == [0, 47]
    assert told(scored).evidence["chosen"] == "whole take"
    assert "used" not in as_json(scored)


def test_a_clip_shorter_than_cut_and_handles_is_said_to_be_too_short(spoilt, score):
    found = number(score(spoilt(), spec={"least_seconds": 4.5}).scores, "spec_checks.passed")
    (length,) = [c for c in found.evidence["checks"] if c["check"] == "least_seconds"]
    assert (length["passed"], length["expected"]) == (False, 4.5)


def test_a_still_has_no_used_range(put, person, score):
    scored = score(put("a.png", person), spec={"least_seconds": 2}, used=(0, 5))
    assert scored.used is None
    assert "used" not in as_json(scored)
    assert deciding(scored) == scored.scores
    checks = number(scored.scores, "spec_checks.passed").evidence["checks"]
    assert "least_seconds" not in {c["check"] for c in checks}


def test_a_clip_of_one_frame_has_no_used_range(spoilt, score):
    assert score(spoilt(frames=1), spec={"least_seconds": 2}, used=(0, 0)).used is None


def test_an_uneven_rate_is_cut_by_time_and_not_by_frame_number(tmp_path, scene, score):
    """The first half of the frames takes a fifth of the time."""
    path, stamps = tmp_path / "vfr.mp4", [20 * i for i in range(24)]
    stamps += [480 + 80 * i for i in range(24)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for stamp, pixels in zip(stamps, pan(scene), strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    used = score(path, spec={"least_seconds": 1}).used
    assert used.chosen == "best window"
    inside = stamps[used.last] - stamps[used.first]
    assert 850 <= inside <= 1000


def test_the_used_range_is_measured_by_the_same_names_as_the_whole(spoilt, score):
    told_ = as_json(score(spoilt(), spec={"least_seconds": 2}))
    whole = {s["metric"] for s in told_["scores"]}
    assert {s["metric"] for s in told_["used"]["scores"]} == whole
    warp = next(s for s in told_["used"]["scores"] if s["metric"] == "temporal.warp")
    first, last = told_["used"]["range"]
    assert warp["n_expected"] == last - first
    assert first <= warp["evidence"]["frame"] < last
    json.dumps(told_, allow_nan=False)


PICTURES = ("costume_texture", "copy_paste", "plate_structure", "prop_match")


def test_a_picture_that_spoils_a_clip_before_the_cut_spoils_no_number_of_the_cut(
    film, put, scene, cup, score
):
    """Another picture stands in the first second; the cut uses the rest."""
    other = cv2.resize(cup, (320, 180))
    held = [scene[100:280, 60 + i // 4 : 380 + i // 4] for i in range(48)]
    path = film("take.mp4", [other] * 12 + held[12:], fps=FPS)
    shown = put("plate.png", scene[100:280, 64:384])
    said = {"plate": shown, "props": (shown,), "refs": (put("cup.png", other),),
            "costume_refs": (shown,), "spec": {"box": [0.2, 0.2, 0.6, 0.7]}}  # fmt: skip
    scored = score(path, metrics=PICTURES, used=(14, 47), used_by="Ann Lee", **said)
    whole = {s.metric: s for s in scored.scores}
    used = {s.metric: s for s in deciding(scored)}
    assert used["costume_texture"].evidence["worst"] > whole["costume_texture"].evidence["worst"]
    assert used["plate_structure"].coverage == 1 > whole["plate_structure"].coverage
    for name in PICTURES:
        assert used[name].evidence["chosen"] == "by Ann Lee"
        assert used[name].evidence["frame"] >= 14


def test_a_stretch_without_a_sampled_frame_is_judged_on_the_whole_take_and_says_so(spoilt, score):
    scored = score(spoilt(), metrics=("tech", "temporal"), used=(1, 2), used_by="Ann Lee")
    by_name = {s.metric: s for s in deciding(scored)}
    assert by_name["tech.blur"].evidence["chosen"] == "whole take"
    assert by_name["temporal.warp"].evidence["chosen"] == "by Ann Lee"


def test_the_choice_costs_no_second_measurement_of_the_whole_and_is_kept(spoilt, score, tmp_path):
    path, cache = spoilt(3), tmp_path / "cache"
    fresh = score(path, cache=cache, spec={"least_seconds": 2})
    again = score(path, cache=cache, spec={"least_seconds": 2})
    assert again == fresh
    path.with_suffix(".aside").write_bytes(path.read_bytes())
    chosen = score(path, cache=cache, spec={"least_seconds": 2}, used=(0, 23), used_by="Ann Lee")
    assert chosen.scores == fresh.scores
    assert chosen.used.chosen == "by Ann Lee"
    assert score(path, cache=cache, spec={"least_seconds": 2}).used == fresh.used


def test_a_whole_that_was_chosen_is_measured_once(spoilt, score):
    used = score(spoilt(), used=(0, 47), used_by="Ann Lee").used
    assert (used.is_whole, used.chosen, used.scores) == (True, "by Ann Lee", ())


def test_of_windows_with_the_same_faults_the_one_with_the_least_bad_moment_is_best():
    found = [(i, i + 3) for i in range(6)]
    faults = np.zeros(8, bool)
    size = np.array([0.1, 0.1, 5.0, 0.2, 0.2, 0.2, 0.9, 0.1])
    assert best(found, Troubles(faults, size, size)) == (3, 6)
    faults[3] = True
    assert best(found, Troubles(faults, size, size)) == (4, 7)


def test_alike_windows_are_told_apart_by_the_middle_and_then_by_time():
    even = Troubles(np.zeros(6, bool), np.ones(6), np.ones(6))
    assert best([(i, i + 2) for i in range(5)], even) == (2, 4)
    assert best([(i, i + 3) for i in range(4)], even) == (1, 4)


@pytest.mark.parametrize(("cut", "clean"), [(12, (12, 35)), (24, (0, 23))])
def test_a_window_may_begin_right_after_a_cut_as_it_may_end_right_before_one(cut, clean):
    luma = np.full((36, 9, 16), 60, np.uint8)
    luma[cut:] = 120
    luma += np.arange(36, dtype=np.uint8)[:, None, None] % 2  # no frame repeats the last one
    change = np.abs(np.diff(luma.reshape(36, -1).astype(float).mean(axis=1)))
    told = troubles(luma, np.zeros(35), change)
    assert best([(i, i + 23) for i in range(13)], told) == clean


def test_half_a_frame_less_will_do_and_a_frame_less_will_not():
    times = np.arange(60) / 23.976
    assert windows(times, 23.976, 48 / 23.976 + 0.4 / 23.976)[0] == (0, 47)
    assert windows(times, 23.976, 49 / 23.976)[0] == (0, 48)
    assert windows(times, 23.976, 60.4 / 23.976) == []
    assert windows(times, 23.976, 61 / 23.976) == []
