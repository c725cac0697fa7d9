"""The shape of a pack: what the schema says, every mistake at once."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from benchmarks.packs.wording import mistake, one_of
from router.domain.mistake import Mistake
from router.files.yaml_file import Document

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of fields",
}


def mistakes(document: Document) -> Iterator[Mistake]:
    """Give every place where the document is not a shot pack by its schema."""
    for error in _errors(document.data):
        field = _field(error)
        if error.validator == "required":
            yield from _missing(document, field, error)
        elif error.validator == "additionalProperties":
            yield from _unknown(document, field, error)
        else:
            expected, code = _expected(error)
            yield mistake(document, field, error.instance, expected, code)


@cache
def _schema() -> dict[str, Any]:
    text = files("benchmarks.packs").joinpath("shotpack.schema.yaml").read_text("utf-8")
    schema: dict[str, Any] = yaml.safe_load(text)
    return schema


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(_schema(), format_checker=FormatChecker(["date"]))


def _errors(data: Any) -> Iterator[Any]:
    # Any: the library's own types allow for schemas of other kinds than ours.
    yield from _validator().iter_errors(data)


def _field(error: Any) -> str:
    field = ""
    for step in error.absolute_path:
        if isinstance(step, int):
            field += f"[{step}]"
        else:
            field = f"{field}.{step}" if field else step
    return field


def _missing(document: Document, field: str, error: Any) -> Iterator[Mistake]:
    # The library gives one error for each missing name, and names it only in its message.
    wanted = [name for name in error.validator_value if name not in error.instance]
    name = next((n for n in wanted if error.message.startswith(repr(n))), wanted[0])
    expected = _described(error.schema.get("properties", {}).get(name, {}))
    place = f"{field}.{name}" if field else name
    yield mistake(document, place, None, expected, "missing")


def _unknown(document: Document, field: str, error: Any) -> Iterator[Mistake]:
    known = error.schema.get("properties", {})
    for name in error.instance:
        if name not in known:
            place = f"{field}.{name}" if field else str(name)
            yield mistake(document, place, name, one_of(known, name), "unknown_field")


def _described(schema: Mapping[str, Any]) -> str:
    """Say in words what a field of the schema wants."""
    if "$ref" in schema:
        return _described(_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    if "description" in schema:
        return str(schema["description"])
    if "enum" in schema:
        return one_of(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("format") == "date":
        return "a date such as 2027-03-01"
    return _TYPES.get(schema.get("type", ""), "a value")


def _expected(error: Any) -> tuple[str, str]:
    limit = error.validator_value
    wordings: dict[str, Callable[[], tuple[str, str]]] = {
        "type": lambda: (_type(error), "type"),
        "enum": lambda: (one_of(limit, error.instance), "choice"),
        "const": lambda: (str(limit), "choice"),
        "pattern": lambda: (_described(error.schema), "form"),
        "format": lambda: (_described(error.schema), "form"),
        "minLength": lambda: (f"at least {limit} characters", "too_short"),
        "maxLength": lambda: (f"at most {limit} characters", "too_long"),
        "minItems": lambda: (f"at least {limit} of them", "too_few"),
        "maxItems": lambda: (f"at most {limit} of them", "too_many"),
        "minimum": lambda: (f"{limit} or more", "range"),
        "maximum": lambda: (f"{limit} or less", "range"),
        "exclusiveMinimum": lambda: (f"more than {limit}", "range"),
        "uniqueItems": lambda: ("each item once", "duplicate"),
    }
    return wordings[str(error.validator)]()


def _type(error: Any) -> str:
    wanted = _described({"type": error.validator_value})
    number = isinstance(error.instance, int | float)
    return f"{wanted} (put it in quotes)" if wanted == "text" and number else wanted
