"""Request bodies, checked by hand: a compiled JSON Schema is several times slower here.

The words are those of the everit JSON Schema library, which Bedrock passes on.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from router.emulator.errors import AwsError, malformed

KINDS = {
    bool: "Boolean",
    str: "String",
    int: "Integer",
    float: "Double",
    list: "JSONArray",
    dict: "JSONObject",
    type(None): "Null",
}


class Field(Protocol):
    """One member of a body."""

    def check(self, name: str, value: Any) -> None:
        """Raise AwsError where the value is not one that the member takes."""


def expect(name: str, value: Any, kind: type, wanted: str) -> None:
    """Refuse a value of another JSON type; a Boolean is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _mistyped(name, wanted, value)


def _mistyped(name: str, wanted: str, value: Any) -> AwsError:
    found = KINDS.get(type(value), type(value).__name__)
    return malformed(f"#/{name}: expected type: {wanted}, found: {found}")


@dataclass(frozen=True, slots=True)
class Text:
    """A string of bounded length."""

    longest: int = 10_000
    shortest: int = 0

    def check(self, name: str, value: Any) -> None:
        """Refuse other types and lengths."""
        expect(name, value, str, "String")
        if len(value) > self.longest:
            raise malformed(f"#/{name}: expected maxLength: {self.longest}, actual: {len(value)}")
        if len(value) < self.shortest:
            raise malformed(f"#/{name}: expected minLength: {self.shortest}, actual: {len(value)}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds; `whole` also takes 5.0 for 5."""

    low: float
    high: float
    whole: bool = False

    def check(self, name: str, value: Any) -> None:
        """Refuse other types, fractions where whole numbers are wanted, and values beyond."""
        wanted = "Integer" if self.whole else "Number"
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _mistyped(name, wanted, value)
        if self.whole and (not math.isfinite(value) or value != int(value)):
            raise _mistyped(name, wanted, value)
        if not value >= self.low:
            raise malformed(f"#/{name}: {value} is not greater or equal to {self.low:g}")
        if not value <= self.high:
            raise malformed(f"#/{name}: {value} is not less or equal to {self.high:g}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few strings."""

    values: tuple[str, ...]

    def check(self, name: str, value: Any) -> None:
        """Refuse every other value."""
        if value not in self.values or not isinstance(value, str):
            raise malformed(f"#/{name}: {value} is not a valid enum value")


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def check(self, name: str, value: Any) -> None:
        """Refuse other types."""
        expect(name, value, bool, "Boolean")


@dataclass(frozen=True, slots=True)
class Plain:
    """A JSON object or array that is checked elsewhere."""

    kind: type
    wanted: str

    def check(self, name: str, value: Any) -> None:
        """Refuse other types."""
        expect(name, value, self.kind, self.wanted)


def parse(body: bytes) -> dict[str, Any]:
    """Read a body as one JSON object.

    Raises:
        AwsError: not UTF-8, not JSON, or not an object.
    """
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as error:
        raise malformed(f"#: not valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise malformed(f"#: expected type: JSONObject, found: {KINDS[type(found)]}")
    return found


def check(body: Mapping[str, Any], known: Mapping[str, Field], required: tuple[str, ...]) -> None:
    """Check members against their fields.

    Raises:
        AwsError: an extraneous key, a missing one, or a value that its field refuses.
    """
    for name in body:
        if name not in known:
            raise malformed(f"#: extraneous key [{name}] is not permitted")
    for name in required:
        if name not in body:
            raise malformed(f"#: required key [{name}] not found")
    for name, value in body.items():
        known[name].check(name, value)


def _no_constant(said: str) -> None:
    raise ValueError(f"{said} is not JSON")
