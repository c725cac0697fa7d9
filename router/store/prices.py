"""Prices as they were when money was reserved under them.

They are kept, so that a price table that changes in the middle of a run changes no bill.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from router.admission.pricing import version_of
from router.domain.errors import StoreCorrupt
from router.domain.model import Price
from router.store.tables import prices

# Built once: building a statement costs more than running it.
_GET = select(prices.c.body).where(
    prices.c.partner == bindparam("the_partner"), prices.c.version == bindparam("the_version")
)


def keep(connection: Connection, partner: str, price: Price, at: datetime) -> str:
    """Write a price where it is not here yet; gives its version."""
    version = version_of(price)
    if connection.scalar(_GET, {"the_partner": partner, "the_version": version}) is None:
        body = {**asdict(price), "as_of": price.as_of.isoformat()}
        row = {"partner": partner, "version": version, "body": body, "first_at": at}
        connection.execute(insert(prices), row)
    return version


def get(connection: Connection, partner: str, version: str) -> Price:
    """Read a price back; raises StoreCorrupt where it is not here or is another one."""
    body = connection.scalar(_GET, {"the_partner": partner, "the_version": version})
    price = None if body is None else _price(body)
    if price is None or version_of(price) != version:
        found = "nothing" if price is None else "another price"
        raise StoreCorrupt(field=f"price {version}", found=found, expected="the price it names")
    return price


def _price(body: Mapping[str, Any]) -> Price:
    options = tuple((name, usd) for name, usd in body["by_option"])
    return Price(**{**body, "as_of": date.fromisoformat(body["as_of"]), "by_option": options})
