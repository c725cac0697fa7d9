"""What may be told of work: ids, sizes, codes, durations and counts; nothing that anybody wrote.

A field that is not listed here is left out, and under test it is a mistake; a value that is not of
its field's shape is left out. So a prompt, a title, a name or a secret cannot get into a log or a
trace: there is no field for it, and none of the shapes would take it.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

Fact = str | int | float | bool

_ID = re.compile(r"[0-9a-f]{6,64}(-\d{1,6})?(\+\d{1,6})?")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_MODEL = re.compile(r"[a-z0-9][A-Za-z0-9._:-]{0,119}")
_ROUTE = re.compile(r"/[a-z0-9_/{}.]{0,119}")
_WORKER = re.compile(r"[A-Za-z0-9._-]{1,64}(/\d+-[0-9a-f]+)?")
_PLACE = re.compile(r"[A-Za-z0-9_.]{1,80}:\d{1,6}( < [A-Za-z0-9_.]{1,80}:\d{1,6}){0,11}")
_NUMBER = None

FIELDS: Mapping[str, "re.Pattern[str] | None"] = MappingProxyType(
    {
        **dict.fromkeys(
            ("request_id", "campaign", "request", "attempt", "take", "trial", "job", "upload"), _ID
        ),
        **dict.fromkeys(("code", "state", "kind", "level", "method", "metric", "verdict"), _CODE),
        "model": _MODEL,
        "region": _MODEL,
        "queue": _MODEL,
        "logger": _MODEL,
        "route": _ROUTE,
        "worker": _WORKER,
        "where": _PLACE,
        **dict.fromkeys(
            (
                *("status", "count", "bytes", "seconds", "musd", "reserved_musd", "tries"),
                *("running", "waiting", "dropped", "simulated"),
            ),
            _NUMBER,
        ),
    }
)


class Unlisted(ValueError):
    """Something was to be told that nobody said may be told."""

    def __init__(self, field: str) -> None:
        """Name the field; never its value."""
        super().__init__(f"the field {field!r} is not listed")


class _Strictness:
    is_on = False


def demand(*, strict: bool) -> None:
    """Make what is not listed a mistake (under test), or leave it out (at work)."""
    _Strictness.is_on = strict


def allowed(fields: Mapping[str, object]) -> dict[str, Fact]:
    """Give what may be told of these fields; raises Unlisted where that is demanded."""
    unlisted = next((name for name in fields if name not in FIELDS), None)
    if unlisted is not None and _Strictness.is_on:
        raise Unlisted(unlisted)
    return of_others(fields)


def of_others(fields: Mapping[str, object]) -> dict[str, Fact]:
    """Give what may be told of fields that somebody else chose."""
    return dict(_fitting(fields))


def _fitting(fields: Mapping[str, object]) -> Iterator[tuple[str, Fact]]:
    for name, value in fields.items():
        if name not in FIELDS:
            continue
        shape = FIELDS[name]
        if shape is None:
            if isinstance(value, int | float):
                yield name, value
        elif isinstance(value, str) and shape.fullmatch(value):
            yield name, value
