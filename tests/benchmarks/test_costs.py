"""What a campaign costs beside the provider, and what a season costs by recipe."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.planning import costs, recipes
from benchmarks.planning.unit_costs import load
from benchmarks.seasons import growth, seasonal
from benchmarks.seasons.weather import RECIPES
from dashboard import console
from router import catalog, tasks

ROOT = Path(__file__).parents[2]
CATALOGUE = catalog.load()
KNOWN = recipes.load(CATALOGUE, tasks.load())
UNIT = load()


def reckoned(name, many=10, **changes):
    steps = seasonal.calls(KNOWN[name], many, 1)
    every = [r for step in steps for r in step]
    last = {r.id for r in steps[-1]}
    found = costs.reckon(
        every, CATALOGUE, replace(UNIT, **changes), retention_days=60, measured=last
    )
    return {line.part: line for line in found.lines}, found


def test_the_provider_at_worst_is_the_sum_of_all_worst_cases_to_the_micro_dollar():
    lines, _ = reckoned("face_again")  # two steps: 0.08 and 0.07 USD
    assert lines["provider"].musd.worst == 10 * 150_000
    assert lines["provider"].musd.low < lines["provider"].musd.typical < 10 * 150_000


def test_what_is_not_counted_is_null_and_said_in_words_and_never_nothing():
    lines, found = reckoned("text_only")
    assert lines["evaluation_gpu"].musd is None
    body = costs.as_json(found)
    gpu = next(row for row in body["lines"] if row["part"] == "evaluation_gpu")
    assert gpu["typical_usd"] is None
    assert "GPU" in gpu["said"]
    assert any("GPU" in line for line in costs.told(body))


def test_a_step_on_the_way_is_paid_and_kept_but_neither_measured_nor_judged():
    one, _ = reckoned("init_image")
    two, _ = reckoned("face_again")
    assert two["judge"].musd == one["judge"].musd
    assert two["storage"].musd.typical == pytest.approx(2 * one["storage"].musd.typical)
    measured = UNIT.kinds["still"].measuring_cpu_s.typical / 3600 * UNIT.vcpu_hour_musd * 10
    routed = UNIT.routing_cpu_s.typical / 3600 * UNIT.vcpu_hour_musd * 20
    assert two["evaluation_cpu"].musd.typical == pytest.approx(measured + routed)


def test_keeping_twice_as_long_costs_twice_as_much_but_for_the_writing():
    every = [r for step in seasonal.calls(KNOWN["text_only"], 5, 2) for r in step]

    def kept(days):
        found = costs.reckon(every, CATALOGUE, UNIT, retention_days=days)
        return next(c.musd.typical for c in found.lines if c.part == "storage")

    assert kept(60) - kept(30) == pytest.approx(kept(90) - kept(60))


def test_a_free_control_is_measured_and_kept_and_asks_no_provider():
    lines, _ = reckoned("do_nothing")
    assert lines["provider"].musd.worst == 0
    assert lines["judge"].musd.worst == 0
    assert lines["evaluation_cpu"].musd.typical > 0


def test_an_approved_take_costs_more_than_a_take_and_worst_is_dearest():
    (row,) = seasonal.sheet([KNOWN["text_only"]], CATALOGUE, UNIT, shots=400, takes=4)
    each, take = row.each, 0.04 * costs.MILLION
    assert take < each.low < each.typical < each.worst
    assert row.approved.typical < 400


@pytest.mark.parametrize("field", ["unbilled", "circled", "questions", "row_bytes"])
def test_every_band_of_the_table_has_someone_who_says_so(field):
    sources = dict(UNIT.sources)
    name = {"questions": "judge.questions_a_take"}.get(field, field)
    assert sources[name]
    assert getattr(UNIT, field).typical > 0


def test_a_hundred_seasons_break_at_the_slowest_quota_and_at_one_report_over_all():
    chosen = [KNOWN[name] for name in RECIPES]
    sizes = growth.grown(chosen, CATALOGUE, UNIT, shots=400, takes=4)
    assert [s.takes for s in sizes] == [12_800, 128_000, 1_280_000]
    assert not [s for s in sizes[0].strains if s.share > 1], "one season holds"
    shares = [s.share for s in sizes[2].strains]
    assert shares == sorted(shares, reverse=True)
    broken = {s.what for s in sizes[2].strains if s.share > 1}
    assert broken >= {"the quota of luma-ray2", "one findings report over all"}
    assert all(s.then for s in sizes[2].strains)


def test_the_page_on_growth_is_what_the_command_writes(tmp_path, capsys):
    out = tmp_path / "scale.md"
    assert console.run(["season", "grow", "--out", str(out), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["sizes"]) == 3
    assert out.read_text(encoding="utf-8") == (ROOT / "deploy/runbook/scale.md").read_text(
        encoding="utf-8"
    )


def test_the_sheet_is_a_table_for_people_and_for_spreadsheets(tmp_path, capsys):
    out = tmp_path / "season.csv"
    words = ["season", "cost", "--recipes", "text_only", "video_from_text", "--out", str(out)]
    assert console.run(words) == 0
    header, *rows = out.read_text(encoding="utf-8").splitlines()
    assert header.split(",")[0] == "recipe"
    assert [row.split(",")[0] for row in rows] == ["text_only", "video_from_text"]
    assert console.run(["season", "cost", "--out", str(tmp_path / "a.txt")]) == 2
    assert "ends in .csv or .md" in capsys.readouterr().err


def test_a_season_names_the_share_of_takes_that_its_approved_price_rests_on(capsys, tmp_path):
    words = ["season", "cost", "--recipes", "text_only", "video_from_text"]
    assert console.run(words) == 0
    said = capsys.readouterr().out
    assert f"if people circle {UNIT.circled.typical:.0%} of takes" in said
    assert "|" not in said  # columns for a terminal, bars only for a page
    page = tmp_path / "season.md"
    assert console.run([*words, "--out", str(page)]) == 0
    assert "| an approved take |" in page.read_text()
    capsys.readouterr()
    assert console.run([*words, "--json"]) == 0
    shares = json.loads(capsys.readouterr().out)["approved_share"]
    assert shares["likely"] == UNIT.circled.typical
