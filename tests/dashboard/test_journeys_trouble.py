"""What goes wrong at the screens is said there; and all of it can be done by keyboard and read."""

import io
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image

from benchmarks.desk import opened
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from dashboard import service
from tests import browsing

pytestmark = browsing.MARKS
RATER = "Ines Vidal"
LIGHT = np.array([0.2126, 0.7152, 0.0722])  # relative luminance, WCAG 2
HOSTILE = "=1+1<b><img src=x onerror=alert(1)></b>" + "n" * 35
MARKED = "Ines \u202egnp.exe"
EYES = """() => {
    const found = [];
    let judged = 0;
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
    const up = (e) => e.assignedSlot ?? e.parentElement ?? e.getRootNode().host ?? null;
    const ground = (element) => {
        const layers = [];
        for (let e = element; e; e = up(e)) {
            const style = getComputedStyle(e);
            if (style.backgroundImage !== "none") return null;
            const layer = rgba(style.backgroundColor);
            layers.push(layer);
            if (layer[3] === 1) break;
        }
        return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
    };
    const opacity = (element) => {
        let seen = 1;
        for (let e = element; e; e = up(e)) seen *= Number(getComputedStyle(e).opacity);
        return seen;
    };
    const text = (node) => {
        const e = node.parentElement ?? node.getRootNode().host;
        const box = e.getBoundingClientRect();
        const style = getComputedStyle(e);
        if (!node.textContent.trim() || box.width < 2 || box.height < 2) return;
        if (style.visibility === "hidden" || e.closest(":disabled, [aria-disabled=true]")) return;
        if (e.closest("[aria-hidden=true], canvas, kbd") || e.closest("[role=slider]")) return;
        const below = ground(e);
        const seen = opacity(e);
        if (!below || seen < 0.05) return;
        const colour = rgba(style.color);
        const [a, b] = [over([...colour.slice(0, 3), colour[3] * seen], below), below]
            .map(luminance).sort((x, y) => y - x);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
        const ratio = (a + 0.05) / (b + 0.05);
        const least = large ? 3 : 4.5;
        judged += 1;
        if (ratio < least) found.push(`${ratio.toFixed(2)}: ${node.textContent.trim()}`);
    };
    const look = (node) => {
        if (node.nodeType === Node.TEXT_NODE) { text(node); return; }
        if (["STYLE", "SCRIPT", "NOSCRIPT"].includes(node.nodeName)) return;
        if (node.nodeName === "IMG" && !node.hasAttribute("alt")) found.push(`no alt: ${node.src}`);
        if (node.matches?.("button, a[href], input, textarea, select, [role=button]")) {
            const own = node.innerText || node.getAttribute("aria-label") || node.title;
            const named = own || node.labels?.length || node.getAttribute("aria-labelledby");
            const seen = node.getBoundingClientRect();
            if (!named && seen.width > 1 && !node.closest("[aria-hidden=true]"))
                found.push(`no name: ${node.outerHTML.slice(0, 120)}`);
        }
        if (node.shadowRoot) [...node.shadowRoot.childNodes].forEach(look);
        [...node.childNodes].forEach(look);
    };
    look(document.querySelector("[data-testid=stMain]"));
    if (judged < 15) found.push(`only ${judged} words were looked at`);
    return [...new Set(found)];
}"""
FOCUSED = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    if (!e || e === document.body) return null;
    const name = e.getAttribute("aria-label") || e.innerText || e.value || e.className;
    return { name: String(name).trim().slice(0, 60) };
}"""

AROUND = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    if (!e || e === document.body || e.matches("main, iframe, canvas")) return null;
    window.reached = e;
    const box = ((e.matches("input") && e.closest("label, [data-testid=stSelectbox]")) || e)
        .getBoundingClientRect();
    return {
        name: String(e.getAttribute("aria-label") || e.innerText || e.value).trim().slice(0, 60),
        own: e.getRootNode() !== document,
        box: [box.x, box.y, box.width, box.height],
    };
}"""
OURS, THEIRS = 3.0, 1.2  # to one, that a focus must stand out: WCAG 1.4.11; as Streamlit's menu


class Place:
    """A home that has lived, its service that can be ended and begun again, and its screens."""

    def __init__(self, root, stack):
        self.campaign = lived_in(root, ("init_image",))
        self.root, self.stack = root, stack
        self.desk = stack.enter_context(opened(root, Wire.SIMULATED))
        self.port, self.running = browsing.free(), None
        self.begin()
        self.address = f"http://127.0.0.1:{self.port}"

    def begin(self):
        app = service.build(self.desk, signing_key=b"k" * 32, reports_folder=self.root / "reports")
        self.running = ExitStack()
        self.running.enter_context(browsing.answering(app, self.port))

    def end(self):
        self.running.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with ExitStack() as stack:
        place = Place(tmp_path_factory.mktemp("home"), stack)
        stack.callback(place.end)
        place.screens = stack.enter_context(browsing.screens(place.address))
        yield place


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    return tmp_path_factory.mktemp("screens")


def named(page, name=RATER):
    box = page.get_by_role("textbox", name="Your name")
    box.fill(name)
    box.press("Enter")
    page.get_by_text("You decide as").wait_for(timeout=30_000)
    browsing.still(page)  # a click on what is being drawn anew is lost


def takes(place):
    case = place.desk.studio.case(place.campaign)
    return sorted(case.trial_of)


def test_a_name_that_is_markup_stays_a_name(place, browser, shots):
    with browsing.visitor(browser) as page:
        page.on("dialog", lambda d: page.faults.append(d.message))
        page.goto(f"{place.screens}/approval")
        named(page, MARKED)
        page.get_by_test_id("stAlert").get_by_text("by").first.wait_for(timeout=30_000)
        assert page.get_by_role("button", name="Circle").count() == 0
        page.get_by_role("button", name="Somebody else").click()
        named(page, HOSTILE)
        page.get_by_role("button", name="Circle").click()
        page.get_by_text("◯ circled").first.wait_for(timeout=30_000)
        browsing.still(page)
        shown = page.evaluate("document.querySelectorAll('[data-testid=stMain] b > *').length")
        assert shown == 0
        assert page.locator("[data-testid=stMain] script, img[src=x]").count() == 0
        page.screenshot(path=str(shots / "hostile-name.png"))
        assert page.faults == []


def test_two_people_decide_on_one_take_and_the_later_one_is_told(place, browser):
    take = takes(place)[-1]
    with browsing.visitor(browser) as one, browsing.visitor(browser) as two:
        for page, name in ((one, "Ada"), (two, "Bo")):
            page.goto(f"{place.screens}/approval?take={take}")
            named(page, name)
            page.get_by_role("button", name="Approve").wait_for(timeout=30_000)
        one.get_by_role("button", name="Approve").click()
        one.get_by_text("by Ada").first.wait_for(timeout=30_000)
        two.get_by_role("button", name="Reject").click()
        two.get_by_text("Somebody else decided meanwhile").wait_for(timeout=30_000)
        two.get_by_text("by Ada").first.wait_for()
        case = place.desk.studio.case(place.campaign)
        assert case.decisions[take].by == "Ada"


def test_a_picture_that_is_gone_is_said_and_breaks_nothing(place, browser, shots):
    with browsing.visitor(browser) as page:
        page.route("**/v1/media/**", lambda r: r.fulfill(status=404, body="{}"))
        for path in ("takes", f"take?take={takes(place)[0]}", "sheet", "approval"):
            page.goto(f"{place.screens}/{path}")
            browsing.still(page)
        page.get_by_text("This picture cannot be loaded").wait_for(timeout=30_000)
        page.screenshot(path=str(shots / "missing-media.png"))
        assert page.faults == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_everything_is_named_can_be_read_and_has_words_for_its_pictures(place, browser, mode):
    found = {}
    with browsing.visitor(browser, color_scheme=mode, reduced_motion="reduce") as page:
        for path in ("takes", f"take?take={takes(place)[0]}", "sheet", "approval", "compare"):
            page.goto(f"{place.screens}/{path}")
            browsing.still(page)
            page.wait_for_timeout(700)
            found[path] = page.evaluate(EYES)
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("sheet", {"Only open must-lines", "not measured"}),
        ("approval", {"Next take", "Circle", "Approve", "Closer", "Note"}),
        ("compare", {"Swap", "Wipe"}),
    ],
)
def test_the_tab_key_reaches_what_is_worked_with(place, browser, path, reached):
    with browsing.visitor(browser) as page:
        page.goto(f"{place.screens}/{path}")
        browsing.still(page)
        if path == "approval":
            named(page)
            page.get_by_role("button", name="Circle").wait_for(timeout=30_000)
        page.get_by_role("heading", level=1).click()
        way = []
        for _ in range(60):
            page.keyboard.press("Tab")
            way.append(page.evaluate(FOCUSED))
        names = " | ".join(step["name"] for step in way if step)
        assert {word for word in reached if word not in names} == set(), names


def luminance(data):
    rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ LIGHT


def standing_out(page, reached):
    """Compare a control with and without the focus; gives the pixels that differ enough."""
    x, y, width, height = reached["box"]
    x, y, right, low = max(0, x - 6), max(0, y - 6), min(1280, x + width + 6), y + height + 6
    clip = {"x": x, "y": y, "width": right - x, "height": min(800, low) - y}
    pictures = []
    for act in ("focus({ preventScroll: true })", "blur()"):
        page.evaluate(f"window.reached.{act}")
        page.wait_for_timeout(220)  # until colours have faded over
        pictures.append(luminance(page.screenshot(clip=clip)) + 0.05)
    ratio = np.maximum(pictures[0] / pictures[1], pictures[1] / pictures[0])
    return int((ratio >= (OURS if reached["own"] else THEIRS)).sum())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_one_sees_where_the_keyboard_is(place, browser, mode):
    unseen, looked, own = [], 0, 0
    with browsing.visitor(browser, color_scheme=mode, reduced_motion="reduce") as page:
        for path, steps in (("takes", 4), ("sheet", 9), ("approval", 12), ("compare", 12)):
            page.goto(f"{place.screens}/{path}")
            browsing.still(page)
            if path != "takes":  # where the menu's links are looked at
                page.get_by_role("heading", level=1).click()
            for _ in range(steps):
                page.keyboard.press("Tab")
                reached = page.evaluate(AROUND)
                _, y, width, height = reached["box"] if reached else (0, 0, 0, 0)
                if width * height < 9 or y < 0 or y + height > 794:
                    continue
                looked, own = looked + 1, own + reached["own"]
                edge = int(1.2 * (width + height))  # over half of a line around it
                if standing_out(page, reached) < edge:
                    unseen.append(f"{path}: {reached['name']}")
    assert (unseen, looked >= 20, own >= 8) == ([], True, True), (looked, own)
