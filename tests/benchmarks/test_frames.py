"""The first or last frame of a circled clip starts the next shot, and its parent is the clip."""

from dataclasses import replace
from datetime import timedelta

import av
import numpy as np
import pytest

from benchmarks.decisions.circled import chosen
from benchmarks.decisions.frames import Cutter
from benchmarks.domain.repair import Decision
from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.planning.recipes import FIRST_FRAME, LAST_FRAME
from benchmarks.testing import doubles
from benchmarks.testing.stage import DIALECTS, Stage
from router.domain.take import Source

BEFORE, CLIP_SHOT, AFTER = "SQ010_SH0040", "SQ010_SH0050", "SQ010_SH0060"
DARK, BRIGHT = 40, 200


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    last = stage.pack.shots[-1]
    neighbour = replace(last, id=AFTER, order=last.order + 1)
    stage.pack = replace(stage.pack, shots=(*stage.pack.shots, neighbour))
    yield stage
    stage.engine.dispose()


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=4, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 960, 540, "yuv420p"
        for level in np.linspace(DARK, BRIGHT, 9):
            frame = np.full((540, 960, 3), round(level), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    return path.read_bytes()


@pytest.fixture
def cutter(stage):
    darkroom = Darkroom()
    yield Cutter(router=stage.router, media=stage.media, darkroom=darkroom, clock=stage.clock)
    darkroom.close()


def circled(stage, clip):
    """Run both clip shots, put real films in place of the drawn takes, and circle them."""
    planned = order(stage, "video_from_key")
    stage.runner().run(planned, stage.files)
    film = replace(stage.media.put("lantern", clip, "video/mp4"), mime="video/mp4")
    for n, take in enumerate(list(stage.router.stored.values())):
        stage.router.record_take(replace(take, media=film))
        stage.store.decide(
            Decision(
                partner="lantern",
                id=f"d{n}",
                campaign=planned.campaign.id,
                take=take.id,
                by="Ines",
                role="director",
                status="circled",
                notes="",
                created_at=doubles.NOW + timedelta(minutes=n),
            )
        )
    return chosen("lantern", stage.store, stage.router, simulated=True)


def order(stage, recipe, **stock):
    wanted = Order(
        partner=doubles.partner(),
        packs=[stage.pack],
        recipes=[stage.recipes[recipe]],
        takes=1,
        budget_musd=50_000_000,
        simulated=True,
    )
    there = Stock(catalogue=stage.catalogue, media=stage.files, dialects=DIALECTS, **stock)
    return plan(wanted, there, now=doubles.NOW)


def test_a_frame_is_cut_once_and_its_parent_is_the_clip(stage, clip, cutter):
    take = circled(stage, clip)[stage.pack.seal, CLIP_SHOT]
    first, last = cutter.still(take, FIRST_FRAME), cutter.still(take, LAST_FRAME)
    levels = [
        int(np.median(cutter.darkroom.picture(stage.media.get("lantern", t.media.sha256))))
        for t in (first, last)
    ]
    assert levels == [pytest.approx(DARK, abs=6), pytest.approx(BRIGHT, abs=6)]
    assert {(t.parent, t.source, t.cost_musd) for t in (first, last)} == {
        (take.id, Source.FRAME, 0)
    }
    known = len(stage.router.stored)
    assert cutter.still(take, LAST_FRAME) == last
    assert len(stage.router.stored) == known


def test_a_clip_goes_on_from_the_last_frame_of_the_shot_before(stage, clip, cutter):
    stills = cutter.stills(circled(stage, clip), LAST_FRAME)
    planned = order(stage, "video_from_last_frame", last_frames=stills)
    (request,) = planned.requests
    assert request.label.startswith(AFTER)
    assert request.input("key_frame_start") == stills[stage.pack.seal, CLIP_SHOT]
    assert {(r.shot, r.code) for r in planned.refused} == {(CLIP_SHOT, "no_anchor")}


def test_a_clip_between_two_shots_needs_a_decision_on_both(stage, clip, cutter):
    takes = circled(stage, clip)
    before = {(stage.pack.seal, BEFORE): next(iter(cutter.stills(takes, LAST_FRAME).values()))}
    after = cutter.stills(takes, FIRST_FRAME)
    (request,) = order(stage, "video_between", last_frames=before, first_frames=after).requests
    assert request.label.startswith(CLIP_SHOT)
    assert [i.role for i in request.inputs] == ["key_frame_start", "key_frame_end"]
    reasons = order(stage, "video_between", last_frames=before).refused
    assert any("first frame" in r.reason for r in reasons)


def test_a_circled_still_is_its_own_first_and_last_frame(stage, cutter):
    stage.runner().run(order(stage, "init_image"), stage.files)
    still = next(iter(stage.router.stored.values()))
    assert cutter.still(still, LAST_FRAME) is still
