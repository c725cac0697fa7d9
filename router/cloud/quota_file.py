"""Quotas of one account, beside the catalogue that is shipped: `quotas.yaml` in the home."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from router.cloud.quotas import AT_ONCE, CALLS, Quotas
from router.domain.mistake import BadFile
from router.domain.model import Model, Quota
from router.files.form import filled
from router.files.yaml_file import read

NAME = "quotas.yaml"
HEAD = """\
# Quotas of this account, read from Service Quotas: `circletake models quotas --write` writes them.
# They take the place of the catalogue's; take the file away, and the catalogue's count again.
"""
Word = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Row(_Form):
    requests_per_minute: float | None = Field(default=None, gt=0)
    in_flight: int | None = Field(default=None, ge=1)
    source: Word


class _File(_Form):
    schema_: Literal["quotas/1"] = Field(alias="schema")
    read_on: date
    models: dict[str, _Row]


def applied(catalogue: Mapping[str, Model], path: Path) -> Mapping[str, Model]:
    """Give the catalogue with this account's quotas; as it is where no file was written.

    Raises:
        BadFile: with every mistake, each with its line.
    """
    if not path.is_file():
        return catalogue
    document = read(path)
    parsed = filled(_File, document, document.data)
    mistakes = [
        document.mistake(f"models.{key}", found=key, expected="a model's key", code="unknown_name")
        for key in parsed.models
        if key not in catalogue
    ]
    if mistakes:
        raise BadFile(mistakes)
    rows = parsed.models
    return {k: _with(m, rows[k]) if k in rows else m for k, m in catalogue.items()}


def text(found: Quotas, day: date) -> str:
    """Write the file; what AWS lists as zero is no quota to keep but a model that is closed."""
    lines = [f"schema: quotas/1\nread_on: {day.isoformat()}\nmodels:"]
    lines += _rows(found, day)
    if len(lines) == 1:
        lines[0] += " {}"
    return HEAD + "\n".join(lines) + "\n"


def closed(found: Quotas) -> tuple[str, ...]:
    """Name the models of which the account may ask nothing."""
    return tuple(dict.fromkeys(f.model for f in found.found if f.value == 0))


def _rows(found: Quotas, day: date) -> Iterator[str]:
    for key in dict.fromkeys(f.model for f in found.found):
        calls, at_once = found.of(key, CALLS), found.of(key, AT_ONCE)
        said = [f"requests_per_minute: {calls:g}"] if calls else []
        said += [f"in_flight: {int(at_once)}"] if at_once and at_once >= 1 else []
        if not said or key in closed(found):
            continue
        codes = sorted({f"{f.code} in {f.region}" for f in found.found if f.model == key})
        source = json.dumps(f"Service Quotas {', '.join(codes)}, read {day.isoformat()}"[:400])
        yield f"  {key}: {{{', '.join([*said, f'source: {source}'])}}}"


def _with(model: Model, row: _Row) -> Model:
    quota = Quota(
        requests_per_minute=row.requests_per_minute or model.quota.requests_per_minute,
        in_flight=row.in_flight or model.quota.in_flight,
        source=row.source,
    )
    return replace(model, quota=quota)
