"""What a language model's question and answer cost: exact, in integer micro-dollars."""

from decimal import ROUND_CEILING, Decimal

from router.domain.errors import BadInput
from router.domain.model import Model, Price

PICTURE_TOKENS = 16_384  # the largest that a family documents for one picture (Qwen-VL's default)
FRAME_TOKENS = (
    2_000  # what a provider may lay around a question: roles, rules for the answer's form
)


def tokens_musd(
    model: Model, tokens_in: int, tokens_out: int, *, price: Price | None = None
) -> int:
    """Give what so many tokens cost; a fraction of a micro-dollar counts as one.

    A price in dollars per million tokens is a price in micro-dollars per token. `price` stands in
    for the row's own where another one was in force.

    Raises:
        BadInput: the model has no price of input and output, or a count is negative.
    """
    price = price or model.price
    prices = dict(price.by_option)
    if price.unit != "token" or not {"input", "output"} <= prices.keys():
        expected = "a price of input and one of output tokens"
        raise BadInput(field="price.unit", found=price.unit, expected=expected)
    if tokens_in < 0 or tokens_out < 0:
        found = f"{tokens_in} in, {tokens_out} out"
        raise BadInput(field="tokens", found=found, expected="0 or more")
    musd = Decimal(prices["input"]) * tokens_in + Decimal(prices["output"]) * tokens_out
    return int(musd.to_integral_value(ROUND_CEILING))


def worst_question_musd(model: Model, text_bytes: int, pictures: int, most_tokens: int) -> int:
    """Give the most that a question can cost: no tokeniser makes two tokens of one byte.

    Args:
        model: The row that is asked.
        text_bytes: UTF-8 bytes of everything that is said, the schema of the answer included.
        pictures: How many are shown; each counts as its row's `picture_tokens`.
        most_tokens: That the answer may have.

    Raises:
        BadInput: as `tokens_musd`.
    """
    each = int(dict(model.options).get("picture_tokens", PICTURE_TOKENS))
    return tokens_musd(model, text_bytes + pictures * each + FRAME_TOKENS, most_tokens)
