"""Suites: read strictly, laid out the same each time, and valid packs from the first minute."""

from collections import Counter
from datetime import date

import pytest

from benchmarks.packs.check import check
from benchmarks.suites import skeleton, suite
from dashboard.testing.console import Terminal
from evaluators.panel import output_names
from router.domain.errors import Conflict, UnknownName

TODAY = date(2026, 11, 21)


def test_the_closed_beta_asks_for_what_partners_want_to_know():
    found = suite.load("closed_beta")
    asked = {p.template.capability for p in found.shots}
    assert asked == {
        "character consistency across shots", "character consistency in motion", "clean-up",
        "lighting and colour match", "framing", "camera", "iteration", "visual development",
        "background", "delivery",
    }  # fmt: skip
    consistency = [p for p in found.shots if p.template.capability.endswith("across shots")]
    assert {line.kind for line in consistency[0].template.lines} >= {"identity", "wardrobe"}
    assert len({p.framing for p in consistency}) == len(consistency) == 3
    assert {p.movement for p in found.shots if p.template.capability == "camera"} == {
        "static", "pan", "dolly_in",
    }  # fmt: skip
    assert all(any(line.must for line in p.template.lines) for p in found.shots)


def test_a_season_has_four_hundred_shots_with_names_of_their_own_the_same_each_time():
    found = suite.load("season")
    assert found == suite.load("season")
    assert len({p.id for p in found.shots}) == 400
    assert set(Counter(p.sequence for p in found.shots).values()) == {20}
    assert len(set(Counter(p.template.capability for p in found.shots).values())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", suite.names())
def test_a_pack_from_a_suite_is_without_mistake(tmp_path, name):
    found = suite.load(name)
    written = skeleton.start(found, tmp_path / "pack")
    assert all((tmp_path / "pack" / f).is_file() for f in written)
    checked = check(tmp_path / "pack", today=TODAY, metrics=output_names())
    assert checked.errors == ()
    assert [s.id for s in checked.pack.shots] == [p.id for p in found.shots]
    assert [len(s.acceptance) for s in checked.pack.shots] == [
        len(p.template.lines) for p in found.shots
    ]


def test_nothing_is_overwritten_and_no_suite_is_invented(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Conflict):
        skeleton.start(suite.load("closed_beta"), tmp_path)
    with pytest.raises(UnknownName, match="closed_beta"):
        suite.load("closed_bete")


@pytest.mark.slow
def test_the_command_lists_shows_and_starts(tmp_path):
    terminal = Terminal(tmp_path / "home")
    rows = terminal.run("suite", "list").answer["suites"]
    assert {r["name"]: r["shots"] for r in rows} == {"closed_beta": 30, "season": 400}
    shots = terminal.run("suite", "show", "closed_beta").answer["shots"]
    assert all(s["acceptance"] for s in shots)
    made = terminal.run("suite", "new", "closed_beta", str(tmp_path / "pack"))
    assert (made.code, made.answer["shots"]) == (0, 30)
    assert terminal.run("pack", "check", str(tmp_path / "pack")).code == 0
