"""Somebody really clicks: report and screens in Chromium."""

from tests import browsing

pytestmark = browsing.MARKS


def pictures_are_drawn(page):
    page.wait_for_function(
        "[...document.images].length > 3 && "
        "[...document.images].every(i => i.complete && i.naturalWidth > 0)",
        timeout=20_000,
    )


def test_the_report_shows_evidence_filters_takes_and_asks_nobody(page, bundle):
    page.goto(f"file://{bundle}/findings.html")
    pictures_are_drawn(page)
    mark = page.locator("button.v-fail").first
    mark.click()
    evidence = page.locator(f"[id='{mark.get_attribute('popovertarget')}']")
    assert evidence.is_visible()
    page.keyboard.press("Escape")
    assert not evidence.is_visible()
    before = page.locator(".take:visible").count()
    page.get_by_label("Plate as start picture", exact=True).check()
    assert 0 < page.locator(".take:visible").count() < before
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.outside == []
    assert page.faults == []


def test_the_report_prints_on_a4_with_simulated_on_every_page(page, bundle, tmp_path):
    page.goto(f"file://{bundle}/findings.html")
    page.emulate_media(media="print")
    assert page.locator("nav.contents").is_hidden()
    assert page.locator("figure.bad-True").first.is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf


def test_somebody_clicks_through_every_screen(page, screens, document):
    page.goto(screens)
    page.get_by_text("Spend against budget").wait_for()
    page.get_by_role("link", name="Takes", exact=True).click()
    page.get_by_text("1 to 48 of 74 takes").wait_for()
    pictures_are_drawn(page)
    page.get_by_role("button", name="Next").click()
    page.get_by_text("49 to 74 of 74 takes").wait_for()
    page.get_by_role("button", name="Open take").first.click()
    page.get_by_text("Acceptance lines").wait_for()
    page.wait_for_url("**take=*")
    pictures_are_drawn(page)
    page.get_by_role("button", name="Back to the takes").click()
    page.get_by_text("of 74 takes").wait_for()
    page.get_by_role("link", name="Report builder", exact=True).click()
    page.get_by_role("button", name="Freeze the report").click()
    page.get_by_text("Built:").wait_for(timeout=30_000)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Read it", exact=True).first.click()
    opened.value.get_by_role("heading", name=document["title"]).wait_for()
    opened.value.close()
    assert page.outside == []
    assert page.faults == []
