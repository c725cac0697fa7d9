"""What a take costs on an instance that is paid by the hour, busy or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from router.domain.errors import BadInput, UnknownName
from router.files.form import filled
from router.files.yaml_file import read

TABLE = Path(__file__).with_name("instances.yaml")
SOURCE = "AWS Price List API, as public repositories quote it; not read by us"
Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}(\.[0-9]{1,6})?$")]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9]+\.[a-z0-9]+$")]
    gpu: str
    gpu_gib: int = Field(ge=1)
    usd_hour: Usd
    where: str
    as_of: date


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_: Literal["instances/1"] = Field(alias="schema")
    instances: list[_Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance, and who says what it costs."""

    name: str
    usd_hour: Decimal
    said: str  # by whom, for where, when
    gpu: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a take costs, and a burst of them that starts from zero instances."""

    take_musd: int
    second_musd: int | None  # of film; None = it makes no film
    burst_musd: int
    burst_hours: Decimal
    burst_utilisation: Decimal  # of the burst: what the stated one should be held against


def load(path: Path = TABLE) -> Mapping[str, Instance]:
    """Read the table; raises BadFile with every mistake."""
    document = read(path)
    rows = filled(_File, document, document.data).instances
    return {
        row.name: Instance(
            name=row.name,
            usd_hour=Decimal(row.usd_hour),
            said=f"{SOURCE}: {row.where}, {row.as_of.isoformat()}",
            gpu=f"{row.gpu}, {row.gpu_gib} GiB",
        )
        for row in rows
    }


def choose(name: str, usd_hour: Decimal | None, table: Mapping[str, Instance]) -> Instance:
    """Give an instance; a price that a person says wins.

    Raises:
        UnknownName: it is not in the table, and no price was said.
    """
    if usd_hour is not None:
        gpu = table[name].gpu if name in table else ""
        return Instance(name=name, usd_hour=usd_hour, said="your own word", gpu=gpu)
    if name not in table:
        raise UnknownName("instance", name, table, hint="or say what an hour costs: --usd-hour")
    return table[name]


def share(
    instance: Instance,
    *,
    seconds: Decimal,
    utilisation: Decimal,
    film_seconds: int | None = None,
    takes: int = 1,
    around_s: Decimal = Decimal(0),
) -> Share:
    """Share the hours out among takes, rounded up to the micro-dollar.

    Args:
        instance: what is paid by the hour.
        seconds: of work for one take.
        utilisation: share of the paid time in which it works, above 0 to 1.
        film_seconds: how long the film is, where it makes one.
        takes: of a burst, one after the other.
        around_s: seconds that are paid before the first and after the last take of a burst.

    Raises:
        BadInput: a number that cannot be.
    """
    for field, value, fits, expected in (
        ("--seconds", seconds, seconds > 0, "above 0"),
        ("--utilisation", utilisation, 0 < utilisation <= 1, "above 0, at most 1"),
        ("--takes", takes, takes >= 1, "1 or more"),
        ("--film-seconds", film_seconds, film_seconds is None or film_seconds > 0, "above 0"),
        ("--start-minutes", around_s, around_s >= 0, "0 or more"),
    ):
        if not fits:
            raise BadInput(field=field, found=str(value), expected=expected)
    take = instance.usd_hour * seconds / 3600 / utilisation
    work = seconds * takes
    burst_s = work + around_s
    return Share(
        take_musd=_musd(take),
        second_musd=None if film_seconds is None else _musd(take / film_seconds),
        burst_musd=_musd(instance.usd_hour * burst_s / 3600),
        burst_hours=burst_s / 3600,
        burst_utilisation=work / burst_s,
    )


def _musd(usd: Decimal) -> int:
    return int((usd * 1_000_000).to_integral_value(ROUND_CEILING))
