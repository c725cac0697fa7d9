"""What a request can cost at worst, and what it did cost: exact, in integer micro-dollars."""

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from router.domain.errors import BadInput
from router.domain.ids import content_id
from router.domain.model import Model, Price
from router.domain.request import Request

MICRO = Decimal(1_000_000)


def worst_case_musd(model: Model, request: Request) -> int:
    """Give the most that this request can cost, micro-dollars.

    Raises:
        BadInput: the model is not priced by the picture or the second, or is not sold any more.
    """
    return _musd(_unit_price(model, request) * _most_units(model, request))


def actual_musd(model: Model, request: Request, units: float) -> int:
    """Give what `units` (pictures, or seconds of film) cost, micro-dollars.

    Raises:
        BadInput: as `worst_case_musd`, or the units are negative or not finite.
    """
    amount = Decimal(repr(units))
    if not amount.is_finite() or amount < 0:
        raise BadInput(field="units", found=units, expected="a finite number, 0 or more")
    return _musd(_unit_price(model, request) * amount)


@lru_cache(maxsize=1024)
def version_of(price: Price) -> str:
    """Name a price by its day and its content: the same price, the same version."""
    options = [list(option) for option in price.by_option]
    said = [price.unit, price.usd, price.source, price.as_of.isoformat(), options]
    return f"{price.as_of.isoformat()}.{content_id('price', said)[:16]}"


def _most_units(model: Model, request: Request) -> Decimal:
    if model.price.unit == "image":
        return Decimal(1)
    return Decimal(request.seconds or max(model.limits.seconds))


def _unit_price(model: Model, request: Request) -> Decimal:
    """Price of one picture or second; without a resolution, that of the dearest one."""
    price = model.price
    if not price.usd:
        raise BadInput(field="price", found=price.source, expected="a model with a price")
    if price.unit not in {"image", "second"}:
        expected = "a price by the picture or the second: no other has a worst case per call"
        raise BadInput(field="price.unit", found=price.unit, expected=expected)
    options = dict(price.by_option)
    if request.resolution in options:
        return Decimal(options[request.resolution])
    if request.resolution is not None and options:
        expected = f"one of: {', '.join(options)}"
        raise BadInput(field="resolution", found=request.resolution, expected=expected)
    return max(Decimal(usd) for usd in (price.usd, *options.values()))


def _musd(usd: Decimal) -> int:
    """Turn dollars into whole micro-dollars; a fraction of one counts as one."""
    return int((usd * MICRO).to_integral_value(ROUND_CEILING))
