"""Nothing leaves that is not OMC-JSON as we know it, or that points at what is not there."""

from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema

from benchmarks.omc.words import SCHEMA, Json
from router.domain.errors import BadInput


def require(entities: Sequence[Json]) -> None:
    """Hold entities against the part of OMC-JSON that we write.

    Raises:
        BadInput: the first mistake, with its place; or an edge that leads nowhere.
    """
    checker = jsonschema.Draft201909Validator(SCHEMA)
    mistake = next(iter(checker.iter_errors(list(entities))), None)
    if mistake is not None:
        field = ".".join(map(str, mistake.absolute_path)) or "omc"
        raise BadInput(field=field, found=mistake.message[:200], expected="OMC-JSON v2.8")
    known = {each["identifier"][0]["identifierValue"] for each in entities}
    for each in entities:
        for to in _edges(each):
            if to not in known:
                expected = "an entity of this file"
                raise BadInput(field=str(each["name"]), found=f"an edge to {to}", expected=expected)


def _edges(told: Any) -> Iterator[str]:
    """Find identifiers that stand for another entity: those without an entity around them."""
    if isinstance(told, list):
        for each in told:
            yield from _edges(each)
    elif isinstance(told, dict):
        if set(told) == {"identifier"}:
            yield str(told["identifier"][0]["identifierValue"])
        else:
            yield from _edges(list(told.values()))
