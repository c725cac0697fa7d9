"""Money is exact, and nothing without a price has a worst case."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import catalog
from router.admission.pricing import actual_musd, worst_case_musd
from router.domain.errors import BadInput
from router.testing.asking import request

CATALOGUE = catalog.load()
FILM = CATALOGUE["luma-ray2"]


@pytest.mark.parametrize(
    ("resolution", "seconds", "musd"),
    [
        ("540p", 5, 3_750_000),
        ("720p", 9, 13_500_000),
        (None, 5, 7_500_000),
        ("540p", None, 6_750_000),
        (None, None, 13_500_000),
    ],
)
def test_a_film_is_reserved_at_the_dearest_that_it_can_become(resolution, seconds, musd):
    asked = request(FILM, "text_to_video", resolution=resolution, seconds=seconds)
    assert worst_case_musd(FILM, asked) == musd


def test_a_picture_costs_its_price_and_a_control_nothing():
    model, control = CATALOGUE["stable-image-ultra"], CATALOGUE["control-do-nothing"]
    assert worst_case_musd(model, request(model, "text_to_image")) == 140_000
    assert actual_musd(model, request(model, "text_to_image"), 1.0) == 140_000
    assert worst_case_musd(control, request(control, "do_nothing")) == 0


def test_a_fraction_of_a_micro_dollar_counts_as_a_whole_one():
    model = CATALOGUE["sd35-large"]
    cheap = replace(model, price=replace(model.price, usd="0.0000001"))
    assert actual_musd(cheap, request(model, "text_to_image"), 1.0) == 1


@given(st.integers(min_value=0, max_value=1000))
def test_what_was_used_is_never_dearer_than_the_same_share_of_the_worst_case(tenths: int):
    asked = request(FILM, "text_to_video", resolution="720p", seconds=9)
    assert actual_musd(FILM, asked, tenths / 10) == tenths * 150_000


@pytest.mark.parametrize("key", ["judge-nova-2-lite", "nova-canvas"])
def test_row57_what_is_not_sold_by_the_call_has_no_worst_case(key: str):
    model = CATALOGUE[key]
    with pytest.raises(BadInput, match="price"):
        worst_case_musd(model, request(model, model.operations[0]))


@pytest.mark.parametrize("units", [-1.0, float("nan"), float("inf")])
def test_impossible_units_are_refused(units: float):
    with pytest.raises(BadInput, match="units"):
        actual_musd(FILM, request(FILM, "text_to_video"), units)


def test_row57_an_unpriced_resolution_is_refused():
    with pytest.raises(BadInput, match="540p, 720p"):
        worst_case_musd(FILM, request(FILM, "text_to_video", resolution="1080p"))
