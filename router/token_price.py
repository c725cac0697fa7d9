"""What a language model's question and answer cost: exact, in integer micro-dollars."""

from decimal import ROUND_CEILING, Decimal

from router.domain.errors import BadInput
from router.domain.model import Model


def tokens_musd(model: Model, tokens_in: int, tokens_out: int) -> int:
    """Give what so many tokens cost; a fraction of a micro-dollar counts as one.

    A price in dollars per million tokens is a price in micro-dollars per token.

    Raises:
        BadInput: the model has no price of input and output, or a count is negative.
    """
    prices = dict(model.price.by_option)
    if model.price.unit != "token" or not {"input", "output"} <= prices.keys():
        expected = "a price of input and one of output tokens"
        raise BadInput(field="price.unit", found=model.price.unit, expected=expected)
    if tokens_in < 0 or tokens_out < 0:
        found = f"{tokens_in} in, {tokens_out} out"
        raise BadInput(field="tokens", found=found, expected="0 or more")
    musd = Decimal(prices["input"]) * tokens_in + Decimal(prices["output"]) * tokens_out
    return int(musd.to_integral_value(ROUND_CEILING))
