"""Frozen nouns as JSON and back, by their type hints: what is stored is what was meant."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_TEXT = (date, Path)  # a datetime is a date


def encode(noun: Any) -> Any:
    """Turn a noun into plain JSON data."""
    if is_dataclass(noun) and not isinstance(noun, type):
        return {f.name: encode(getattr(noun, f.name)) for f in fields(noun)}
    if isinstance(noun, Mapping):
        return {str(k): encode(v) for k, v in noun.items()}
    if isinstance(noun, list | tuple):
        return [encode(v) for v in noun]
    if isinstance(noun, Enum):
        return noun.value
    if isinstance(noun, _TEXT):
        return noun.isoformat() if isinstance(noun, date) else str(noun)
    return noun


def decode(kind: type[T], data: Any) -> T:
    """Turn JSON data back into a noun of this kind; an unknown field is an error."""
    found: T = _decode(kind, data)
    return found


def dumps(noun: Any) -> str:
    """Write a noun as JSON text; only finite numbers are numbers."""
    return json.dumps(encode(noun), sort_keys=True, allow_nan=False, ensure_ascii=False)


def loads(kind: type[T], text: str) -> T:
    """Read a noun from JSON text."""
    return decode(kind, json.loads(text))


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _union(get_args(kind), data)
    if origin is tuple:
        return _tuple(get_args(kind), data)
    if isinstance(kind, type):
        return _plain(kind, data)
    return data  # a mapping of JSON values, or Any


def _union(choices: tuple[Any, ...], data: Any) -> Any:
    """Decode `X | None`; a union of scalars is what JSON made of it."""
    real = [c for c in choices if c is not NoneType]
    return _decode(real[0], data) if len(real) == 1 and data is not None else data


def _tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], v) for v in data)
    return tuple(_decode(k, v) for k, v in zip(kinds, data, strict=True))


def _plain(kind: type, data: Any) -> Any:
    if is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _decode(hints[name], value) for name, value in data.items()})
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(data)
    return kind(data) if issubclass(kind, Enum | Path | float) else data
