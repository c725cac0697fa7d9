"""The compare component in Chromium, by itself: frames, wipe, keys, words, votes."""

import base64
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from dashboard.pieces import compare
from tests import browsing

HERE = Path(compare.__file__).parent
BITS, WIDTH, HEIGHT, FRAMES = 8, 320, 180, 40
CLIP = f"""
import sys, numpy as np, av
num, den, tone = (int(v) for v in sys.argv[2:5])
with av.open(sys.argv[1], "w", format="webm") as out:
    from fractions import Fraction
    rate = Fraction(num, den)
    target = out.add_stream("libvpx-vp9", rate=rate,
        options={{"crf": "20", "b:v": "0", "deadline": "realtime", "cpu-used": "8", "g": "12"}})
    target.width, target.height, target.pix_fmt = {WIDTH}, {HEIGHT}, "yuv420p"
    target.codec_context.time_base = 1 / rate
    for number in range({FRAMES}):
        picture = np.full(({HEIGHT}, {WIDTH}, 3), tone, np.uint8)
        for bit in range({BITS}):
            x = bit * {WIDTH} // {BITS}
            picture[60:120, x : x + {WIDTH} // {BITS}] = 255 if number >> bit & 1 else 0
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, 1 / rate
        out.mux(target.encode(frame))
    out.mux(target.encode())
"""
pytestmark = browsing.MARKS


@pytest.fixture
def page(page):
    html = "<!doctype html><title>x</title><input id=field><div id=here></div>"
    page.route("http://room.test/**", lambda r: r.fulfill(body=html, content_type="text/html"))
    yield page
    assert page.faults == []


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Clips whose every frame bears its number as eight blocks, white for one."""
    folder = tmp_path_factory.mktemp("clips")
    made = {}
    for rate in ((24, 1), (24000, 1001)):
        for tone in (90, 150):
            file = folder / f"{rate[0]}-{tone}.webm"
            words = [sys.executable, "-c", CLIP, str(file), *map(str, (*rate, tone))]
            subprocess.run(words, check=True, capture_output=True)
            made[rate, tone] = _inline("video/webm", file.read_bytes())
    return made


def _inline(mime, data):
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def still(tone):
    _, data = cv2.imencode(".png", np.full((90, 160, 3), tone, np.uint8))
    return _inline("image/png", data.tobytes())


def side(name, url, kind="image", fps=(1, 1), frames=1):
    key = f"{name}-{hash(url)}"
    return {"key": key, "name": name, "kind": kind, "url": url, "fps": fps, "frames": frames}


def pair(a, b, **more):
    return {"id": "one", "a": a, "b": b, "next": None, "address": False, "vote": None, **more}


def mounted(page, data, where="http://room.test/"):
    """Mount the component as Streamlit does: a shadow root, data, and a way to say things."""
    page.goto(where)
    script = "\n".join((HERE / n).read_text() for n in ("compare_player.js", "compare_room.js"))
    page.evaluate(
        """async ([script, css, data]) => {
            const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
            const root = document.getElementById("here").attachShadow({mode: "open"});
            const style = document.createElement("style");
            style.textContent = css;
            root.append(style);
            const draw = (await import(url)).default;
            window.said = [];
            window.show = (data) => {
                window.leave = draw({parentElement: root, data,
                    setTriggerValue: (name, value) => window.said.push([name, value])});
            };
            window.show(data);
        }""",
        [script, (HERE / "compare.css").read_text(), data],
    )
    page.wait_for_function("document.getElementById('here').shadowRoot.querySelector('.room')")


def loaded(page):
    page.wait_for_function(
        "[...document.getElementById('here').shadowRoot.querySelectorAll('.pane .words')]"
        ".every(w => w.dataset.state === 'true')",
        timeout=20_000,
    )


def settled(page, frame):
    page.wait_for_function(
        """frame => {
            const c = document.getElementById('here').shadowRoot.querySelector('.counter');
            return c.textContent.startsWith(`frame ${frame} of`) && c.dataset.settled === 'true';
        }""",
        arg=frame,
        timeout=20_000,
    )
    page.wait_for_timeout(150)  # the seeked frame is composed


def burnt_in(page, name):
    """Read the number off the pixels that a person sees."""
    return number_in(page.locator(f".pane.{name}").screenshot())


def number_in(shot):
    seen = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = seen.shape
    scale = min(width / WIDTH, height / HEIGHT)
    left, middle = (width - WIDTH * scale) / 2, height / 2
    at = [round(left + (bit + 0.5) * WIDTH / BITS * scale) for bit in range(BITS)]
    return sum(int(seen[round(middle), x] > 127) << bit for bit, x in enumerate(at))


def two_clips(clips, rate_a, rate_b, **more):
    a = side("A", clips[rate_a, 90], "video", rate_a, FRAMES)
    b = side("B", clips[rate_b, 150], "video", rate_b, FRAMES)
    return pair(a, b, **more)


@pytest.mark.parametrize("rate", [(24, 1), (24000, 1001)], ids=["24", "24000-1001"])
def test_every_step_shows_the_burnt_in_frame_on_both_sides(page, clips, rate):
    mounted(page, two_clips(clips, rate, rate))
    loaded(page)
    page.locator(".stage").focus()
    seen = []
    for key, frame in (
        (".", 1),
        (".", 2),
        (".", 3),
        (",", 2),
        ("Shift+>", 12),
        (".", 13),
        ("End", 39),
    ):
        page.keyboard.press(key)
        settled(page, frame)
        seen.append((frame, burnt_in(page, "a"), burnt_in(page, "b")))
    assert seen == [(n, n, n) for n, *_ in seen]


def test_a_wipe_is_stepped_and_shows_both_sides_of_one_frame(page, clips):
    mounted(page, two_clips(clips, (24, 1), (24, 1)))
    loaded(page)
    page.keyboard.press("2")
    page.keyboard.press("Shift+>")
    settled(page, 10)
    box = page.locator(".stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
    page.mouse.up()
    shot = page.locator(".stage").screenshot()
    assert number_in(shot) == 10
    seen = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    low, width = round(seen.shape[0] * 0.85), seen.shape[1]
    ground = [int(seen[low, round(width * share)]) for share in (0.2, 0.3)]
    assert abs(ground[0] - 90) < 12
    assert abs(ground[1] - 150) < 12
    page.get_by_label("Wipe", exact=False).last.press("ArrowRight")
    assert page.locator(".knob.wipe output").text_content() == "26 %"


def test_a_side_is_shifted_by_frames_and_the_address_keeps_it_all(page, clips):
    data = two_clips(clips, (24, 1), (24, 1), address=True)
    mounted(page, data)
    loaded(page)
    page.get_by_label("Shift B by frames").fill("3")
    page.get_by_label("Shift B by frames").blur()
    page.keyboard.press("4")
    page.keyboard.press(".")
    settled(page, 1)
    page.keyboard.press("1")
    page.wait_for_timeout(400)
    assert (burnt_in(page, "a"), burnt_in(page, "b")) == (1, 4)
    page.keyboard.press("3")
    page.wait_for_timeout(400)
    address = page.evaluate("location.href")
    mounted(page, data, address)
    loaded(page)
    settled(page, 1)
    assert page.locator(".stage").get_attribute("data-mode") == "onion"
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert (burnt_in(page, "a"), burnt_in(page, "b")) == (1, 4)


def test_two_rates_meet_at_the_same_moment(page, clips):
    mounted(page, two_clips(clips, (24, 1), (24000, 1001)))
    loaded(page)
    page.keyboard.press("End")
    settled(page, 39)
    assert (burnt_in(page, "a"), burnt_in(page, "b")) == (39, 39)


def test_playing_keeps_both_together(page, clips):
    mounted(page, two_clips(clips, (24, 1), (24, 1)))
    loaded(page)
    page.keyboard.press(" ")
    page.wait_for_timeout(1000)
    page.keyboard.press("k")
    page.wait_for_function(
        "document.getElementById('here').shadowRoot.querySelector('.counter')"
        ".dataset.settled === 'true'"
    )
    page.wait_for_timeout(300)
    assert burnt_in(page, "a") == burnt_in(page, "b") > 0


def ballot(**more):
    vote = {"slot": 7, "least_s": 0.4, "shut": False, "trouble": "", **more}
    return pair(side("A", still(60)), side("B", still(200)), vote=vote)


def votes(page):
    return [value for name, value in page.evaluate("window.said") if name == "vote"]


def test_a_burst_of_ten_presses_is_one_vote_and_none_comes_too_early(page):
    mounted(page, ballot())
    page.keyboard.press("a")
    assert votes(page) == []
    page.locator("button[data-outcome=left]:not([disabled])").wait_for()
    for _ in range(10):
        page.keyboard.press("a")
    page.keyboard.press("b")
    (one,) = votes(page)
    assert (one["slot"], one["outcome"], one["id"]) == (7, "left", "one")
    assert one["seconds"] >= 0.4
    assert one["modes"] == ["side"]
    assert one["viewport"] == [1280, 800]


def test_overlays_wait_for_the_first_impression_and_are_recorded(page):
    mounted(page, ballot())
    page.keyboard.press("2")
    assert page.locator(".stage").get_attribute("data-mode") == "side"
    page.locator("button[data-outcome=left]:not([disabled])").wait_for()
    page.keyboard.press("2")
    page.keyboard.press("e")
    (one,) = votes(page)
    assert one["modes"] == ["side", "wipe"]


def test_nobody_votes_on_a_picture_that_did_not_come_and_is_told_so(page):
    data = ballot()
    data["b"] = side("B", "data:image/png;base64,AAAA")
    mounted(page, data)
    page.get_by_text("B could not be loaded").wait_for()
    page.wait_for_timeout(700)
    page.keyboard.press("a")
    assert votes(page) == []
    assert [name for name, _ in page.evaluate("window.said")] == ["renew"]
    page.evaluate("data => window.show(data)", {**data, "b": {**data["b"], "url": still(200)}})
    page.locator("button[data-outcome=left]:not([disabled])").wait_for()


def test_a_vote_without_an_answer_is_sent_once_more_and_then_said(page):
    mounted(page, ballot(least_s=0.05))
    page.locator("button[data-outcome=left]:not([disabled])").wait_for()
    page.keyboard.press("f")
    page.get_by_text("sent once more").wait_for(timeout=8_000)
    assert [v["attempt"] for v in votes(page)] == [1, 2]
    assert len({(v["id"], v["slot"], v["outcome"]) for v in votes(page)}) == 1
    page.get_by_text("The connection is lost").wait_for(timeout=12_000)
    mounted(page, ballot(least_s=0.05))  # the tab was loaded anew: the vote is still there
    assert [v["outcome"] for v in votes(page)] == ["both_fail"]


def test_the_next_pair_is_loaded_ahead_and_shown_without_asking_again(page):
    data = ballot(least_s=0.05)
    ahead = {"a": side("A", still(90)), "b": side("B", still(120))}
    mounted(page, {**data, "next": ahead})
    loaded(page)
    page.wait_for_function(
        "document.getElementById('here').shadowRoot.querySelectorAll('.next img').length === 2"
    )
    page.evaluate("""() => { window.kept = document.getElementById('here').shadowRoot
        .querySelector('.next img'); }""")
    page.evaluate("data => window.show(data)", {**data, "id": "two", **ahead, "next": None})
    assert page.evaluate("""document.getElementById('here').shadowRoot
        .querySelector('.pane.a .sight') === window.kept""")


def test_names_stay_text_and_keys_in_fields_are_left_alone(page):
    hostile = "<img src=x onerror=alert(1)>\u202egnp.exe" + "n" * 200
    mounted(page, pair(side(hostile, still(60)), side("B", still(200))))
    loaded(page)
    assert page.locator(".pane.a .name").text_content() == hostile
    assert page.locator(".name img").count() == 0
    page.locator("#field").focus()
    page.keyboard.type("24 .")
    assert page.locator("#field").input_value() == "24 ."
    assert page.locator(".stage").get_attribute("data-mode") == "side"


def test_nothing_listens_any_more_once_it_has_gone(page):
    mounted(page, ballot(least_s=0.05))
    page.locator("button[data-outcome=left]:not([disabled])").wait_for()
    page.evaluate("window.leave()")
    page.keyboard.press("a")
    page.keyboard.press("5")
    assert votes(page) == []
    assert page.locator(".stage").get_attribute("data-mode") == "side"


def test_difference_of_the_same_picture_is_black_however_much_it_is_amplified(page):
    mounted(page, pair(side("A", still(77)), side("B", still(77) + "#")))
    loaded(page)
    page.keyboard.press("4")
    page.get_by_label("Amplify", exact=False).last.fill("32")
    shot = page.locator(".stage").screenshot()
    seen = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    assert seen[20:-20, 20:-20].max() <= 2
