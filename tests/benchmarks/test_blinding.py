"""Both sides of a blind question leave here alike in everything but the picture."""

import struct
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from benchmarks.domain.study import Kind, Side, Slot
from benchmarks.domain.vote import Outcome
from benchmarks.voting import lessons
from benchmarks.voting.blinding import Blinds, even, padded
from router.api.ports import Media
from router.api.routes import served

FILM = """
import sys, numpy as np, av
from fractions import Fraction
file, form, width, height, rate, count, title = sys.argv[1:8]
with av.open(file, "w", format=form) as out:
    out.metadata["title"] = title
    rate = Fraction(rate)
    quick = {"deadline": "realtime", "cpu-used": "8"}
    target = out.add_stream("libvpx-vp9", rate=rate, options=quick)
    target.width, target.height, target.pix_fmt = int(width), int(height), "yuv420p"
    for n in range(int(count)):
        picture = np.full((int(height), int(width), 3), 40 + 4 * n % 200, np.uint8)
        picture[: 20 + n, : 30 + n] = 220
        out.mux(target.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    out.mux(target.encode())
"""
PACK = SimpleNamespace(raster=(640, 360), fps=23.976)


def film(folder, name, form, *words):
    file = folder / name
    subprocess.run(
        [sys.executable, "-c", FILM, str(file), form, *words], check=True, capture_output=True
    )
    return file.read_bytes()


def still(width, height, ending):
    picture = np.random.default_rng(width).integers(0, 255, (height, width, 3), np.uint8)
    return bytes(cv2.imencode(ending, picture)[1].tobytes())


def asked(mime, *sides):
    left, right = (
        Side(code=f"{n}" * 12, recipe=f"r{n}", take=f"t{n}", sha256=sha, mime=mime)
        for n, sha in enumerate(sides)
    )
    return Slot(
        partner="p", study="s", rater="Ines", number=1, kind=Kind.PAIR, pack="x", shot="a",
        left=left, right=right,
    )  # fmt: skip


def told(answer, code):
    """Everything of an answer that is not the picture, its address apart."""
    headers = {k: v.replace(code, "CODE") for k, v in answer.headers.items()}
    return answer.status_code, headers


@pytest.mark.slow
def test_two_clips_of_any_making_become_one_kind_of_clip(tmp_path, darkroom):
    stored = {
        "one": film(tmp_path, "one.webm", "webm", "320", "180", "24", "30", "by Model One"),
        "two": film(tmp_path, "two.mp4", "mp4", "480", "480", "30", "60", "by Model Two"),
    }
    media = SimpleNamespace(get=lambda partner, sha: stored[sha])
    blinds = Blinds(media=media, darkroom=darkroom, folder=tmp_path / "derived")
    slot = asked("video/mp4", "one", "two")
    left, right = blinds.pair(slot, PACK)
    assert left.data != right.data
    assert len(left.data) == len(right.data)
    facts = [darkroom.probe(side.data) for side in (left, right)]
    assert facts[0] == facts[1]
    assert (facts[0].width, facts[0].height, facts[0].frames) == (640, 360, 30)
    assert facts[0].fps == pytest.approx(24000 / 1001)
    assert not [w for w in (b"Model", b"title", b"mp4") for d in (left, right) if w in d.data]
    answers = [told(served(s, c), c) for s, c in ((left, "0" * 12), (right, "1" * 12))]
    assert answers[0] == answers[1]
    again = replace(slot, left=slot.right, right=slot.left)
    assert [s.data for s in blinds.pair(again, PACK)] == [right.data, left.data]


def test_two_pictures_of_any_size_and_form_become_one_kind_of_picture(darkroom):
    stored = {"one": still(512, 512, ".jpg"), "two": still(960, 540, ".png")}
    media = SimpleNamespace(get=lambda partner, sha: stored[sha])
    left, right = Blinds(media=media, darkroom=darkroom).pair(
        asked("image/png", "one", "two"), PACK
    )
    assert len(left.data) == len(right.data)
    assert left.mime == right.mime == "image/png"
    sizes = {struct.unpack(">II", side.data[16:24]) for side in (left, right)}
    assert sizes == {(640, 360)}
    facts = [darkroom.probe(side.data) for side in (left, right)]
    assert facts[0] == facts[1]


def test_the_raster_is_even_and_no_larger_than_a_screen_half():
    assert even((1920, 1080)) == (1280, 720)
    assert even((1081, 1921)) == (720, 1280)
    assert even((641, 361)) == (640, 360)


def test_filling_up_leaves_the_picture_as_it_was(darkroom):
    data = still(64, 48, ".png")
    longer = padded(Media(data=data, mime="image/png"), len(data) + 1000)
    assert len(longer.data) == len(data) + 1000
    assert (darkroom.picture(longer.data) == darkroom.picture(data)).all()


def test_practice_has_one_pair_for_each_answer_and_its_pictures_say_so():
    assert {lesson.answer for lesson in lessons.LESSONS} == set(Outcome)
    for number, lesson in enumerate(lessons.LESSONS, start=1):
        left, right = (lessons.picture(code) for code in lessons.codes(number))
        assert left
        assert right
        assert lesson.because
        assert (left.data == right.data) is (lesson.left == lesson.right)
    assert lessons.picture("0" * 12) is None
