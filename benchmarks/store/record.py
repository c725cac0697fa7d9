"""Frozen nouns as JSON and back, by their type hints: what is stored is what was meant."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]

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
    asked: Any = kind
    found: T = _reader(asked)(data)
    return found


def dumps(noun: Any) -> str:
    """Write a noun as JSON text; only finite numbers are numbers."""
    return json.dumps(encode(noun), sort_keys=True, allow_nan=False, ensure_ascii=False)


def loads(kind: type[T], text: str) -> T:
    """Read a noun from JSON text."""
    return decode(kind, json.loads(text))


def loads_all(kind: type[T], texts: Iterable[str]) -> list[T]:
    """Read many nouns, each from its JSON text: quicker at once than one by one."""
    return [decode(kind, data) for data in json.loads(f"[{','.join(texts)}]")]


@cache
def _reader(kind: Any) -> Reader:
    """Make what reads one kind, once: a campaign has half a million nouns to read."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(get_args(kind))
    if origin is tuple:
        return _tuple(get_args(kind))
    if isinstance(kind, type):
        return _plain(kind)
    return _as_it_is  # a mapping of JSON values, or Any


def _as_it_is(data: Any) -> Any:
    return data


def _optional(choices: tuple[Any, ...]) -> Reader:
    """Read `X | None`; a union of scalars is what JSON made of it."""
    real = [c for c in choices if c is not NoneType]
    if len(real) != 1:
        return _as_it_is
    read = _reader(real[0])
    return read if read is _as_it_is else lambda data: None if data is None else read(data)


def _tuple(kinds: tuple[Any, ...]) -> Reader:
    readers = [_reader(k) for k in kinds if k is not Ellipsis]
    if kinds[-1] is Ellipsis:
        (read,) = readers
        return tuple if read is _as_it_is else lambda data: tuple(map(read, data))
    return lambda data: tuple(read(v) for read, v in zip(readers, data, strict=True))


def _plain(kind: Any) -> Reader:
    if is_dataclass(kind):
        return _noun(kind)
    if issubclass(kind, datetime | date):
        return cast("Reader", kind.fromisoformat)
    if issubclass(kind, Enum):
        return _member(kind)
    return kind if issubclass(kind, Path | float) else _as_it_is


def _member(kind: Any) -> Reader:
    """Read a member of an enumeration; asking the class itself takes ten times as long."""
    known = {member.value: member for member in kind}
    return lambda value: known[value] if value in known else kind(value)


def _noun(kind: Any) -> Reader:
    """Read a noun: fields that JSON already has right are handed on untouched."""
    hints = get_type_hints(kind)
    readers = {f.name: _reader(hints[f.name]) for f in fields(kind)}
    special = [(name, read) for name, read in readers.items() if read is not _as_it_is]

    def read_noun(data: Any) -> Any:
        given = dict(data)
        for name, read in special:
            if name in given:
                given[name] = read(given[name])
        return kind(**given)

    return read_noun
