"""What a take costs where the hour is paid: exact, and never flattering."""

import json
from decimal import Decimal

import pytest

from dashboard.console import run
from router.cloud import instances
from router.domain.errors import BadInput, UnknownName

TABLE = instances.load()
ONE = instances.Instance(name="ml.test.large", usd_hour=Decimal("3.6"), said="a test")


def share(**changes):
    given = {"seconds": Decimal(10), "utilisation": Decimal("0.5")} | changes
    return instances.share(ONE, **given)


def test_a_take_pays_for_the_time_in_which_nothing_is_asked():
    # 3.60 USD an hour is 0.001 a second: 10 s at full use 0.01, at half of it twice that
    assert share(utilisation=Decimal(1)).take_musd == 10_000
    assert share().take_musd == 20_000


def test_a_film_is_priced_by_its_second_and_rounded_against_us():
    assert share(film_seconds=5).second_musd == 4_000
    assert share(film_seconds=3).second_musd == 6_667
    assert share().second_musd is None


def test_a_burst_from_zero_pays_for_its_start_and_its_end():
    found = share(takes=6, around_s=Decimal(60))
    assert found.burst_musd == 120_000
    assert found.burst_utilisation == Decimal("0.5")


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": Decimal(0)},
        {"utilisation": Decimal(0)},
        {"utilisation": Decimal("1.01")},
        {"takes": 0},
        {"film_seconds": 0},
        {"around_s": Decimal(-1)},
    ],
)
def test_a_number_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput):
        share(**wrong)


def test_every_price_says_who_says_so_and_when():
    assert all("2026-" in one.said and "not read by us" in one.said for one in TABLE.values())
    with pytest.raises(UnknownName, match="--usd-hour"):
        instances.choose("ml.none.large", None, TABLE)
    assert instances.choose("ml.none.large", Decimal(9), TABLE).said == "your own word"


def test_the_command_gives_the_line_for_the_catalogue(capsys):
    words = ["--instance", "ml.g6e.2xlarge", "--seconds", "18", "--utilisation", ".3"]
    assert run(["aws", "endpoint-cost", *words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["take_usd"] == pytest.approx(2.8026 * 18 / 3600 / 0.3, abs=1e-6)
    assert run(["aws", "endpoint-cost", *words, "--film-seconds", "5"]) == 0
    assert "per second of film" in capsys.readouterr().out
    assert run(["aws", "endpoint-cost", "--instance", "ml.g6e.2xlarge", "--seconds", "soon"]) == 2
