"""Time and cost against the old way: a multiple with its interval, or "not measured" and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.domain.pack import Baseline
from benchmarks.reporting.baseline import Effort, labour_of, multiple, standing, worked
from benchmarks.store.store import MIGRATIONS, Store
from benchmarks.testing import doubles
from benchmarks.testing.routing import StoppedClock
from benchmarks.timesheet import Timesheet
from router.domain.errors import BadInput, Conflict, UnknownName
from router.store import database


def effort(shot, new, old=10.0, source="measured", *, circled=True):
    baseline = Baseline(source=source, by="the paint team", hours=old) if old else None
    return Effort(shot=shot, circled=circled, hours=new, cost_usd=None, baseline=baseline)


SHOTS = [effort("a", 1.0), effort("b", 0.9), effort("c", 1.1), effort("d", 1.05)]


def test_a_multiple_is_told_with_its_interval_and_its_shots():
    found = multiple(SHOTS, "hours")
    assert found.times == pytest.approx(9.9, abs=0.2)
    assert found.ci_low < found.times < found.ci_high
    assert "9.9 × less time than the studio's own way (95 % CI" in found.sentence
    assert "4 shots" in found.sentence


@pytest.mark.parametrize("source", ["estimate", "guess"])
def test_a_guessed_baseline_never_makes_a_multiple(source):
    found = multiple(
        [replace(e, baseline=replace(e.baseline, source=source)) for e in SHOTS], "hours"
    )
    assert (found.times, found.ci_low) == (None, None)
    assert "not measured" in found.sentence
    assert "0 a measured or bid one" in found.sentence
    assert "×" not in found.sentence


def test_one_shot_has_no_interval_and_so_no_multiple():
    found = multiple(SHOTS[:1], "hours")
    assert found.times is None
    assert "×" not in found.sentence


def test_the_same_ratio_on_every_shot_has_no_interval_and_so_no_multiple():
    found = multiple([effort(s, 1.0) for s in "abc"], "hours")
    assert found.times is None
    assert "not measured" in found.sentence


def test_shots_that_were_given_up_are_told_with_the_hours_that_went_into_them():
    found = multiple([*SHOTS, effort("e", 30.0, circled=False)], "hours")
    assert found.n_shots == 4
    assert "1 of them without a circled take, on which 30.0 hours went" in found.sentence


def test_an_interval_over_one_is_no_difference():
    found = multiple([effort("a", 5.0), effort("b", 20.0), effort("c", 11.0)], "hours")
    assert "no difference from the studio's own way detected" in found.sentence


def test_slower_is_said_as_slower():
    found = multiple([effort("a", 30.0), effort("b", 33.0), effort("c", 29.0)], "hours")
    assert "more time than the studio's own way" in found.sentence


@pytest.fixture
def sheet(tmp_path):
    engine = database.connect(tmp_path / "circletake.db")
    database.migrate(engine, [database.MIGRATIONS, MIGRATIONS])
    yield Timesheet(
        store=Store(engine, ("lantern",)),
        clock=StoppedClock(),
        partner="lantern",
        campaign="c1",
        shots={"SH1", "SH2"},
    )
    engine.dispose()


def logged(sheet, minutes=30.0, shot="SH1", role="compositor", by="Ada"):
    return sheet.log(shot=shot, role=role, what="masking", by=by, minutes=minutes)


def test_a_correction_counts_and_what_was_said_before_stays(sheet):
    first = logged(sheet)
    second = sheet.correct(first.id, 45, "Ada", "forgot the hair")
    third = sheet.correct(second.id, 40, "Ada")
    assert [e.minutes for e in sheet.entries()] == [40]
    kept = sheet.store.timesheet.entries("lantern", "c1")
    assert {e.minutes for e in kept} == {30, 45, 40}
    assert third.corrects == second.id


def test_a_timer_counts_its_minutes_and_its_person_may_know_better(sheet):
    running = logged(sheet, minutes=None)
    sheet.clock.sleep(600)
    assert sheet.stop(running.id).minutes == 10
    forgotten = logged(sheet, minutes=None)
    sheet.clock.sleep(60 * 60 * 14)
    assert sheet.stop(forgotten.id, minutes=25).minutes == 25
    assert sheet.running() == ()


def test_a_timer_that_runs_is_not_started_twice(sheet):
    logged(sheet, minutes=None)
    with pytest.raises(Conflict):
        logged(sheet, minutes=None)
    logged(sheet, minutes=None, by="Ben")


def test_what_cannot_be_is_refused(sheet):
    with pytest.raises(UnknownName):
        logged(sheet, shot="SH9")
    for minutes in (-1, float("nan"), 1e9):
        with pytest.raises(BadInput):
            logged(sheet, minutes=minutes)
    with pytest.raises(BadInput):
        logged(sheet, by="  ")
    with pytest.raises(BadInput, match="whose minutes"):
        sheet.correct(logged(sheet).id, 5, "Ben")
    with pytest.raises(UnknownName):
        sheet.stop("nothing")


def test_hours_are_summed_by_role_and_credit_and_a_role_without_a_rate_has_no_cost(sheet):
    logged(sheet, 30)
    logged(sheet, 90, shot="SH2")
    logged(sheet, 60, role="director", by="Ines")
    rows = worked(sheet.entries(), {"compositor": 80.0})
    assert [(r.role, r.by, r.hours, r.cost_usd, r.shots) for r in rows] == [
        ("compositor", "Ada", 2.0, 160.0, 2),
        ("director", "Ines", 1.0, None, 1),
    ]
    assert labour_of("SH2", sheet.entries(), {"compositor": 80.0}) == (1.5, 120.0)
    assert labour_of("SH1", sheet.entries(), {"compositor": 80.0}) == (1.5, None)
    assert labour_of("SH3", sheet.entries(), {}) == (None, None)


def test_the_order_of_entries_does_not_matter(sheet):
    first = logged(sheet)
    sheet.clock.sleep(1)
    last = sheet.correct(first.id, 12, "Ada")
    late = replace(first, id="zz", at=doubles.NOW + timedelta(days=1))
    assert {e.id for e in standing([late, last, first])} == {last.id, "zz"}
