"""Work goes its whole way by clicks: a pack to its takes, a drawing to a repaired take."""

import base64
import io
import re
import time
import zipfile

import cv2
import numpy as np
import pytest

from benchmarks.testing.home import lived_in
from dashboard.pieces import one_shot
from dashboard.pieces.one_shot import Line, OneShot, Picture
from tests import browsing
from tests.running import House

pytestmark = browsing.MARKS
WITHIN_S = 90
DROP = """([name, text]) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, { type: "application/zip" }));
    return given;
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    home = tmp_path_factory.mktemp("house") / "home"
    home.mkdir()
    lived_in(home, ("init_image",))
    house = House(home)
    yield house
    for name in list(house.running):
        house.end(name)


@pytest.fixture(scope="module")
def http(house):
    with house.serve() as client:
        house.work()
        yield client


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    return tmp_path_factory.mktemp("screens")


@pytest.fixture(scope="module")
def screens(http):
    with browsing.screens(str(http.base_url)) as address:
        yield address


@pytest.fixture
def page(browser):
    with browsing.visitor(browser) as page:
        yield page
        assert page.faults == []


def shot():
    picture = np.full((576, 1024, 3), 120, np.uint8)
    picture[150:400, 300:700] = (40, 90, 160)
    plate = cv2.imencode(".png", picture)[1].tobytes()
    matte = np.zeros((576, 1024), np.uint8)
    matte[200:300, 400:500] = 255
    white = cv2.imencode(".png", matte)[1].tobytes()
    pictures = {
        "plate": [Picture(name="plate.png", data=plate)],
        "matte": [Picture(name="matte.png", data=white)],
    }
    lines = [Line(criterion="The post is gone", kind="technical", must=True)]
    return OneShot(
        partner="lantern",
        studio="Paper Lantern",
        title="The post on the pier",
        task="erase",
        text="A quiet pier at dusk without the post.",
        size=(1024, 576),
        lines=lines,
        cleared=True,
        pictures=pictures,
    )


def with_mistakes(packed):
    """Take a picture out of a pack, and misspell what is asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("shotpack.yaml"):
                data = re.sub(rb"(task\W+)erase", rb"\1eraze", data)
            if "matte" not in name:
                new.writestr(name, data)
    return out.getvalue()


def drag(page, name, data):
    """Drop a file onto the field, as from a folder's window."""
    text = base64.b64encode(data).decode()
    given = page.evaluate_handle(DROP, [name, text])
    field = page.locator("[data-testid=stFileUploaderDropzone]")
    field.wait_for()
    field.dispatch_event("drop", {"dataTransfer": given})


def named(page):
    box = page.get_by_role("textbox", name="Your name")
    box.fill("Ines Vidal")
    box.press("Enter")
    page.get_by_text("You decide as").wait_for()


def ended(ask):
    until = time.monotonic() + WITHIN_S
    while not (found := ask()):
        assert time.monotonic() < until
        time.sleep(0.4)
    return found


def test_a_pack_is_dragged_in_priced_sent_once_and_watched_to_its_end(page, screens, http, shots):
    before = {c["id"] for c in http.get("/v1/campaigns").json()["campaigns"]}
    page.goto(f"{screens}/submit?studio=Paper+Lantern")
    packed = one_shot.zipped(shot())
    drag(page, "broken.zip", with_mistakes(packed))
    page.get_by_text("to put right, then hand it in again").wait_for(timeout=30_000)
    mistakes = page.locator("[data-testid=stMain] li").all_inner_texts()
    assert any(re.search(r"shotpack\.yaml, line \d+", m) and "eraze" in m for m in mistakes)
    browsing.whole(page, shots / "submit-mistakes.png")
    drag(page, "post.zip", packed.getvalue())
    page.get_by_text("The post on the pier is in order").wait_for(timeout=30_000)
    recipes = http.get("/v1/recipes").json()["recipes"]
    title = next(r["title"] for r in recipes if r["recipe"] == "erase_matte")
    page.get_by_role("combobox", name="Recipes").click()
    page.keyboard.type(title)
    page.get_by_role("option", name=title, exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="See the plan").click()
    page.get_by_text("At most", exact=True).first.wait_for(timeout=30_000)
    browsing.whole(page, shots / "submit-plan.png")
    page.get_by_role("button", name="Send it").dblclick()
    page.get_by_role("heading", name="Progress", exact=True).wait_for(timeout=30_000)
    page.get_by_text("The post on the pier").wait_for(timeout=30_000)
    (sent,) = {c["id"] for c in http.get("/v1/campaigns").json()["campaigns"]} - before
    box = page.locator(f".st-key-campaign-{sent}")
    box.get_by_text(re.compile(r"(\d) of \1 ended · Measured: \1 of \1")).wait_for(
        timeout=WITHIN_S * 1000
    )
    browsing.whole(page, shots / "progress-done.png")
    assert len({c["id"] for c in http.get("/v1/campaigns").json()["campaigns"]} - before) == 1
    made = http.get("/v1/takes", params={"campaign": sent}).json()["takes"]
    page.goto(f"{screens}/take?take={made[0]['take']}")
    page.get_by_role("heading", name="Acceptance lines").wait_for(timeout=30_000)
    page.get_by_text("The post is gone").first.wait_for()


def drawn_area(page, stage):
    """Draw round something, by the pen's own key and the mouse."""
    stage.scroll_into_view_if_needed()
    stage.focus()
    page.keyboard.press("a")
    box = stage.bounding_box()
    spots = [(0.4, 0.35), (0.55, 0.35), (0.55, 0.6), (0.4, 0.6)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def on_the_sheet(page, screens):
    """Open the sheet of the campaign that has lived."""
    page.goto(f"{screens}/sheet")
    browsing.still(page)
    chooser = page.get_by_role("combobox", name="Campaign")
    if chooser.count():
        chooser.click()
        page.get_by_role("option", name="Demonstration").click()
    page.get_by_text("1 to 5 of 5 shots").wait_for(timeout=30_000)
    page.locator("tr", has=page.get_by_text("SQ010_SH0050", exact=True)).wait_for()


def test_a_line_is_repaired_inside_a_drawing_and_shown_before_and_after(page, screens, http, shots):
    on_the_sheet(page, screens)
    named(page)
    cell = page.locator("button.cell[data-v='fail']").first
    cell.wait_for(timeout=30_000)
    line = cell.get_attribute("data-x")
    cell.focus()
    page.keyboard.press("Enter")
    room = page.get_by_role("dialog")
    room.get_by_role("tab", name="Repair").click()
    stage = room.locator("div.stage")
    stage.locator("img.sight").wait_for()
    page.wait_for_timeout(500)
    drawn_area(page, stage)
    room.get_by_role("textbox", name="In your words").fill("A brass lantern hangs here")
    room.get_by_role("textbox", name="In your words").press("Enter")
    browsing.still(page)
    room.get_by_role("button", name="Keep and see the price").click()
    room.get_by_text("It costs at most").wait_for(timeout=30_000)
    page.screenshot(path=str(shots / "sheet-price.png"))
    room.get_by_role("button", name="Hand it in").click()
    room.get_by_text("Handed in").wait_for(timeout=30_000)
    page.screenshot(path=str(shots / "sheet-handed.png"))

    def children():
        rows = http.get("/v1/takes", params={"limit": 200}).json()["takes"]
        return [t for t in rows if t["parent"] and t["take"]]

    child = ended(children)[-1]
    on_the_sheet(page, screens)
    row = page.locator("tr", has=page.get_by_text(child["shot"], exact=True))
    row.wait_for(timeout=30_000)
    for _ in range(6):  # the repaired take is one of the shot's
        if row.get_by_text("before the repair").count():
            break
        now = row.get_by_text(re.compile(r"\d of \d takes")).inner_text()
        row.get_by_role("button", name="Next take").click()
        page.wait_for_function(
            "([name, now]) => [...document.querySelectorAll('*')].some(e => e.shadowRoot && "
            "[...e.shadowRoot.querySelectorAll('tr')].some(r => r.innerText.includes(name) && "
            "/of \\d takes/.test(r.innerText) && !r.innerText.includes(now)))",
            arg=[child["shot"], now],
        )
    row.get_by_text("Outside the matte nothing changed").wait_for()
    mended = row.locator(f"button.cell[data-x='{line}']", has_text="before the repair")
    mended.focus()
    told = page.locator(".evidence").inner_text()
    assert re.search(r"1 repair aimed at it: \$\d+\.\d\d, \d", told), told
    browsing.whole(page, shots / "sheet-after.png")
    page.keyboard.press("Enter")
    room.get_by_role("tab", name="Before and after").click()
    for words in ("Before the repair", "After the repair"):
        picture = room.get_by_role("img", name=words)
        picture.wait_for()
        page.wait_for_function("e => e.naturalWidth > 0", arg=picture.element_handle())
    room.get_by_text("Outside the matte nothing changed").wait_for()
    page.screenshot(path=str(shots / "sheet-before-after.png"))
