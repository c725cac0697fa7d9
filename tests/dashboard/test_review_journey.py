"""A person circles a take and finds it in the edit; looks at evidence and overrules a line."""

import pytest

from benchmarks.desk import opened
from benchmarks.editorial.export import Order, export
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from dashboard import service
from tests import browsing

pytestmark = browsing.MARKS


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A home that has lived, answered over a real socket: its address, desk and campaign."""
    root = tmp_path_factory.mktemp("home")
    campaign = lived_in(root, ("init_image",))
    with opened(root, Wire.SIMULATED) as desk:
        app = service.build(desk, signing_key=b"k" * 32, reports_folder=root / "reports")
        with browsing.answering(app) as address:
            yield address, desk, campaign


def named(page):
    box = page.get_by_role("textbox", name="Your name")
    box.fill("Ines Vidal")
    box.press("Enter")
    page.get_by_text("You decide as").wait_for()


def test_a_take_is_circled_with_one_key_and_stands_in_the_edit(page, screens, served, tmp_path):
    _, desk, campaign = served
    page.goto(f"{screens}/approval")
    named(page)
    page.get_by_role("button", name="Circle").wait_for()
    sight = page.locator("img.sight")
    sight.wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('*')].some(e => e.shadowRoot && "
        "e.shadowRoot.querySelector('img.sight')?.naturalWidth > 0)"
    )
    page.locator("div.stage").focus()
    page.keyboard.press("ArrowDown")  # the next take of the playlist
    page.wait_for_url("**take=*")
    take = page.url.split("take=")[1].split("&")[0]
    page.get_by_text("2 of ").wait_for()
    page.keyboard.press("1")
    page.get_by_text("by Ines Vidal").first.wait_for()
    case = desk.studio.case(campaign)
    assert {t: d.by for t, d in case.decisions.items()} == {take: "Ines Vidal"}
    told = export(desk.studio, case, Order(out=tmp_path / "edit"))
    (pack,) = told["packs"]
    assert pack["circled"] == {case.trial_of[take].shot: take}
    edl = next((tmp_path / "edit").rglob("*.edl")).read_text(encoding="utf-8")
    assert case.trial_of[take].shot in edl
    assert page.faults == []


def test_evidence_is_a_key_away_and_a_line_is_overruled_with_a_reason(page, screens, served):
    _, desk, campaign = served
    page.goto(f"{screens}/sheet")
    named(page)
    cell = page.locator("button.cell[data-v='fail'], button.cell[data-v='unsure']").first
    cell.wait_for()
    cell.focus()
    panel = page.locator(".evidence")
    assert panel.get_attribute("data-open") == "true"
    assert "Said by" in panel.inner_text()
    page.keyboard.press("Escape")
    assert panel.get_attribute("data-open") == "false"
    cell.hover()
    assert panel.get_attribute("data-open") == "true"
    cell.focus()
    page.keyboard.press("Enter")
    room = page.get_by_role("dialog")
    room.get_by_role("tab", name="Overrule").click()
    room.get_by_role("button", name="Overrule").click()
    room.get_by_text("Say why").wait_for()
    room.get_by_text("✓ pass", exact=True).click()
    room.get_by_role("textbox", name="Why").fill("The scarf is right; the lamp tints it")
    room.get_by_role("button", name="Overrule").click()
    page.get_by_text("overruled").first.wait_for()
    verdicts = desk.studio.case(campaign).verdicts.values()
    (ruled,) = [v for each in verdicts for v in each if "overruled" in v.evidence]
    assert (ruled.by, ruled.ruling.value) == ("Ines Vidal", "pass")
    assert page.faults == []
