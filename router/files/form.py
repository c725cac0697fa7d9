"""A form (pydantic) filled from a file, its mistakes told by field and line."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from router.domain.mistake import BadFile, Mistake
from router.files.yaml_file import Document

_Filled = TypeVar("_Filled", bound=BaseModel)


def filled(form: type[_Filled], document: Document, data: Any) -> _Filled:
    """Fill a form; `data` is the document's data, or what was made of it.

    Strictly, as JSON: "5" is no number and "on" is no truth, while a date is read from its text.

    Raises:
        BadFile: with every mistake, each with its line.
    """
    try:
        return form.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise BadFile(mistakes(document, error)) from None


def mistakes(document: Document, error: ValidationError) -> list[Mistake]:
    """Tell what pydantic found, in words for the person who wrote the file."""
    return [_mistake(document, problem) for problem in error.errors(include_url=False)]


def _mistake(document: Document, problem: Any) -> Mistake:
    kind, field = str(problem["type"]), path(problem["loc"])
    if kind == "missing":
        return document.mistake(field, found="nothing", expected="a value", code="missing")
    if kind == "extra_forbidden":
        name = str(problem["loc"][-1])
        expected = "a field of this form"
        return document.mistake(
            field, found=f"the field {name}", expected=expected, code="unknown_field"
        )
    expected = str(problem["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        expected = f"text of the form {problem['ctx']['pattern']}"
    return document.mistake(field, found=_shown(problem["input"]), expected=expected, code=kind)


def _shown(value: Any) -> object:
    """Show a scalar as it is, of anything larger only what it is."""
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value), value)


def path(parts: Sequence[str | int]) -> str:
    """Write a place as people do: models[3].price.usd."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
