"""Reads `unit_costs.yaml`: every mistake at once, none of them silent."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.domain.cost import Band, Capacity, Kind, UnitCosts
from router.files.form import filled
from router.files.yaml_file import read

Amount = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Band(_Form):
    low: Amount
    typical: Amount
    worst: Amount
    source: str

    def plain(self) -> Band:
        return Band(low=self.low, typical=self.typical, worst=self.worst)


class _Kind(_Form):
    measuring_cpu_s: _Band
    bytes: _Band


class _Models(_Form):
    typical: str
    worst: str


class _Judge(_Form):
    model: _Models
    questions_a_take: _Band
    tokens_in: _Band
    tokens_out: _Band


class _Price(_Form):
    usd: str = Field(pattern=r"^[0-9]+(\.[0-9]+)?$")
    source: str
    as_of: date

    @property
    def musd(self) -> float:
        return float(self.usd) * 1_000_000


class _Prices(_Form):
    vcpu_hour: _Price
    gb_month: _Price
    put: _Price


class _Capacity(_Form):
    value: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    unit: str
    source: str
    then: str


class _Days(_Form):
    value: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    source: str
    then: str


class _Kinds(_Form):
    still: _Kind
    clip: _Kind


class _Capacities(_Form):
    calls: _Capacity
    measuring: _Capacity
    commits: _Capacity
    database: _Capacity
    media: _Capacity
    report: _Capacity


class _File(_Form):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    schema_: Literal["costs/1"] = Field(alias="schema")
    as_of: date
    unbilled: _Band
    circled: _Band
    kinds: _Kinds
    beside_bytes: _Band
    row_bytes: _Band
    routing_cpu_s: _Band
    judge: _Judge
    prices: _Prices
    not_counted: list[str]
    season_days: _Days
    capacities: _Capacities


@lru_cache(maxsize=1)
def load() -> UnitCosts:
    """Read the table; raises BadFile with every mistake, each with its line."""
    document = read(Path(__file__).with_suffix(".yaml"))
    form = filled(_File, document, document.data)
    judge, prices = form.judge, form.prices
    return UnitCosts(
        as_of=form.as_of.isoformat(),
        unbilled=form.unbilled.plain(),
        circled=form.circled.plain(),
        kinds={name: _kind(getattr(form.kinds, name)) for name in ("still", "clip")},
        beside_bytes=form.beside_bytes.plain(),
        row_bytes=form.row_bytes.plain(),
        routing_cpu_s=form.routing_cpu_s.plain(),
        judges=(judge.model.typical, judge.model.worst),
        questions=judge.questions_a_take.plain(),
        tokens_in=judge.tokens_in.plain(),
        tokens_out=judge.tokens_out.plain(),
        vcpu_hour_musd=prices.vcpu_hour.musd,
        gb_month_musd=prices.gb_month.musd,
        put_musd=prices.put.musd,
        not_counted=tuple(form.not_counted),
        season_days=form.season_days.value,
        capacities={name: Capacity(**row) for name, row in form.capacities.model_dump().items()},
        sources=tuple(_sources(form)),
    )


def _kind(form: _Kind) -> Kind:
    return Kind(measuring_cpu_s=form.measuring_cpu_s.plain(), bytes=form.bytes.plain())


def _sources(form: BaseModel, path: str = "") -> list[tuple[str, str]]:
    """Name every number with who says so."""
    found = []
    for name in type(form).model_fields:
        value = getattr(form, name)
        if name == "source":
            found.append((path, str(value)))
        elif isinstance(value, BaseModel):
            found += _sources(value, f"{path}.{name}".lstrip("."))
    return found
