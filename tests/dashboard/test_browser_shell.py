"""The first minutes in Chromium, and a service that goes away and comes back."""

from benchmarks.packs.receiving import Received
from dashboard import service
from dashboard.testing.doubles import StudioDouble
from tests import browsing

HOUSE = frozenset({"northlight_pictures", "paper_lantern"})

pytestmark = browsing.MARKS


class EmptyHouse(StudioDouble):
    """A home with two studios in which nothing was ever run."""

    everybody = HOUSE


class Guests:
    """Draws packs without drawing."""

    def guests(self, reach):
        return [{"partner": n, "title": n, "budget_usd": 60.0} for n in reach]

    def draw(self, reach, partner):
        reach.require(partner)
        return Received(body={"pack": "9f" * 16, "ok": True, "errors": [], "warnings": []})


def test_the_first_click_shows_the_way_and_a_service_that_comes_back_is_found(page, tmp_path):
    house, port = EmptyHouse({"campaigns": [], "takes": [], "sheet": []}, {}), browsing.free()
    given = {"signing_key": b"k" * 32, "reports_folder": tmp_path, "guests": Guests()}
    app = service.build(house, **given)
    with browsing.screens(f"http://127.0.0.1:{port}") as address:
        with browsing.answering(app, port):
            page.goto(address)
            page.get_by_role("button", name="See it with the demonstration").dblclick()
            page.get_by_role("heading", name="Progress").wait_for(timeout=30_000)
            assert sorted(w.partner for w in house.front.handed_in) == sorted(HOUSE)
            for name in ("Overview", "Submit", "Takes", "Admin"):
                assert page.get_by_role("link", name=name, exact=True).first.is_visible()
        page.get_by_role("link", name="Overview", exact=True).click()
        page.get_by_text("No service answers").wait_for(timeout=30_000)
        with browsing.answering(app, port):
            page.get_by_text("Nothing has been run").wait_for(timeout=30_000)
