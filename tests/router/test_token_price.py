"""Tokens cost what the catalogue says, to the micro-dollar and never less."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import catalog
from router.admission.token_price import tokens_musd
from router.domain.errors import BadInput

CATALOGUE = catalog.load()
NOVA = CATALOGUE["judge-nova-2-lite"]
COUNT = st.integers(0, 10_000_000)


def test_a_price_per_million_tokens_is_micro_dollars_per_token():
    assert tokens_musd(NOVA, 1_000_000, 0) == 330_000
    assert tokens_musd(NOVA, 0, 1_000_000) == 2_750_000
    assert tokens_musd(NOVA, 1, 0) == 1  # a part of a micro-dollar counts as one


@given(COUNT, COUNT)
def test_the_bill_is_never_below_the_price_and_less_than_a_micro_dollar_above(read, written):
    exact = Decimal("0.33") * read + Decimal("2.75") * written
    assert exact <= tokens_musd(NOVA, read, written) < exact + 1


@pytest.mark.parametrize("counts", [(-1, 0), (0, -1)])
def test_negative_counts_are_refused(counts):
    with pytest.raises(BadInput):
        tokens_musd(NOVA, *counts)


def test_what_is_not_sold_by_the_token_has_no_such_price():
    with pytest.raises(BadInput) as caught:
        tokens_musd(CATALOGUE["sd35-large"], 1, 1)
    assert caught.value.found == "image"
