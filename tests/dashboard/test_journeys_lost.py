"""A service that dies in the middle of a block of votes, and one that takes a session back."""

import re
import signal

import pytest

from benchmarks.testing.home import lived_in
from tests import browsing
from tests.running import House

pytestmark = browsing.MARKS
RATER = "Ines"
SAID_MS = 10_000  # that a person may have to wait for plain words


class Block:
    """A rater's block in a house whose service can be killed and started again."""

    def __init__(self, home):
        campaign = lived_in(home, ("init_image", "init_image_alt", "style_guide"))
        self.house, self.port = House(home), str(browsing.free())
        asked = ("--campaign", campaign, "--votes", "6", "--raters", f"{RATER}@lantern")
        opened = self.house.terminal.run("study", "open", *asked)
        assert opened.code == 0, opened.errors
        self.study = opened.answer["study"]
        self.begin()

    def begin(self):
        self.house.start("serve", "--port", self.port)
        self.address = self.house.said("serve")["service"]

    def kill(self):
        self.house.end("serve", signal.SIGKILL)

    def votes(self):
        return self.house.terminal.run("study", "status", self.study).answer["votes"]


@pytest.fixture(scope="module")
def block(tmp_path_factory):
    home = tmp_path_factory.mktemp("house") / "home"
    home.mkdir()
    block = Block(home)
    yield block
    for name in list(block.house.running):
        block.house.end(name)


def may_vote(page):
    page.locator("button[data-outcome=left]:not([disabled])").wait_for(timeout=30_000)


def practised(page):
    """Answer the practice pairs, and stand before the first question that counts."""
    counts = page.get_by_text(re.compile(r"^\d of \d+ answered"))
    practice = page.get_by_text(re.compile(r"^Practice \d of \d"))
    counts.or_(practice).first.wait_for(timeout=30_000)
    while practice.count():
        now = practice.inner_text()
        may_vote(page)
        page.keyboard.press("a")
        page.get_by_text(now).wait_for(state="detached", timeout=30_000)
        counts.or_(practice).first.wait_for(timeout=30_000)


def test_a_vote_survives_a_service_that_is_killed_and_counts_once(block, tmp_path_factory):
    shots = tmp_path_factory.mktemp("screens")
    with (
        browsing.screens(block.address) as screens,
        browsing.chromium() as browser,
        browsing.visitor(browser) as page,
    ):
        page.goto(f"{screens}/blind?study={block.study}&rater={RATER}")
        practised(page)
        may_vote(page)
        page.keyboard.press("a")
        page.get_by_text(re.compile(r"^1 of \d answered")).wait_for(timeout=30_000)
        may_vote(page)
        block.kill()
        page.keyboard.press("b")
        page.get_by_text("kept in this browser tab").wait_for(timeout=SAID_MS)
        page.get_by_text("No service answers").wait_for(timeout=SAID_MS)
        page.screenshot(path=str(shots / "vote-kept.png"))
        block.begin()
        page.get_by_text(re.compile(r"^2 of \d answered")).wait_for(timeout=30_000)
        assert page.get_by_text("kept in this browser tab").count() == 0
        assert page.get_by_text("No service answers").count() == 0
        may_vote(page)
        page.keyboard.press("e")
        page.get_by_text(re.compile(r"^3 of \d answered")).wait_for(timeout=30_000)
        assert block.votes() == 3
        assert page.faults == []
