"""Errors as RFC 9457 problem documents: what field, what was found, what would be right.

What the caller sent is described, never repeated: a prompt or a name must not travel back through
an error into a log or a page.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from router.domain.errors import BadInput, PlatformError, UnknownName

MEDIA_TYPE = "application/problem+json"
QUOTES_THE_CALLER = (UnknownName, BadInput)
KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "nothing"),
    (bool, "true or false"),
    ((int, float), "a number"),
    ((str, bytes), "a text of {} characters"),
    (Mapping, "an object of {} fields"),
    ((list, tuple), "a list of {}"),
)
OPEN = frozenset({"/healthz", "/readyz"})  # nobody is asked for a key there
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,47}")
TITLES = {
    400: "The request cannot be read",
    401: "Nobody that is known here",
    402: "The budget does not cover it",
    403: "Not permitted",
    404: "There is no such thing",
    405: "Not this method",
    408: "Too slow",
    409: "It contradicts what is there",
    410: "It is on its way out",
    413: "Too large",
    414: "Too long an address",
    415: "Not this content type",
    416: "Not this range",
    422: "Asked wrongly",
    429: "Too often",
    431: "Too much before the body",
    500: "It broke",
    503: "Somebody outside does not answer",
}


class Fault(BaseModel):
    """One thing wrong with a request."""

    field: str
    found: str
    expected: str


class Problem(BaseModel):
    """RFC 9457 problem document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Asked wrongly",
                    "status": 422,
                    "detail": "seed: found a text of 5 characters; expected a valid integer",
                    "code": "bad_input",
                    "field": "seed",
                    "found": "a text of 5 characters",
                    "expected": "a valid integer",
                    "errors": [],
                    "request_id": "9f0c2a1b4d5e6f70",
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    field: str
    found: str
    expected: str
    request_id: str = Field(description="also in the header X-Request-Id and in the log")
    errors: list[Fault] = Field(default=[], description="every mistake, where there are several")


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may answer with, for the API's own description."""
    return {status: {"description": TITLES[status], "model": Problem} for status in statuses}


def problem(status: int, code: str, faults: Sequence[Fault], request_id: str) -> dict[str, Any]:
    """Write a problem document; the first fault is its headline."""
    first = faults[0]
    made = Problem(
        title=TITLES.get(status, "It cannot be answered"),
        status=status,
        detail=f"{first.field}: found {first.found}; expected {first.expected}",
        code=code,
        field=first.field,
        found=first.found,
        expected=first.expected,
        request_id=request_id,
        errors=list(faults) if len(faults) > 1 else [],
    )
    return made.model_dump()


def described(value: Any) -> str:
    """Say what kind of thing was sent, without repeating it."""
    for kinds, words in KINDS:
        if isinstance(value, kinds):
            return words.format(len(value) if hasattr(value, "__len__") else 0)
    return "something else"


def install(app: FastAPI) -> None:
    """Let every error of an app leave as a problem document."""
    app.add_exception_handler(PlatformError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    described_by = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        schema = described_by()
        return _with_problems(schema) if fresh else schema

    app.openapi = openapi  # type: ignore[method-assign]  # the hook that FastAPI documents


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """Say the true media type of errors; FastAPI describes them all as plain JSON of its own."""
    shown = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = ((m, p, r) for p, methods in schema["paths"].items() for m, r in methods.items())
    for method, path, route in every:
        told = route["responses"]
        for each in sorted(_anywhere(method, path, route) - {int(s) for s in told}):
            told[str(each)] = {}
        for status, answer in told.items():
            if status >= "4":
                answer |= {"content": shown, "description": TITLES[int(status)]}
    for unused in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(unused, None)
    return schema


def _anywhere(method: str, path: str, route: Mapping[str, Any]) -> frozenset[int]:
    """Give the problems that a route may answer with whatever it does itself.

    They come from the door (host, type and size of a body), from whoever says who asks and how
    often, and from what every question has: parameters, or a body.
    """
    found = {400, 414, 431}
    if path not in OPEN:
        found |= {401, 403, 429, 503}
    if route.get("parameters") or "requestBody" in route:
        found |= {404, 422}
    if method in {"post", "put", "patch"}:
        found |= {408, 413, 415}
    return frozenset(found)


def _answer(request: Request, status: int, code: str, faults: Sequence[Fault]) -> JSONResponse:
    id_ = getattr(request.state, "request_id", "")
    return JSONResponse(
        problem(status, code, faults, id_), status_code=status, media_type=MEDIA_TYPE
    )


def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, PlatformError):
        raise error
    quotes = isinstance(error, QUOTES_THE_CALLER)
    found = described(error.found) if quotes else str(error.as_dict()["found"])
    fault = Fault(field=error.field, found=found, expected=error.expected)
    answer = _answer(request, error.http_status, error.code, [fault])
    if (wait_s := getattr(error, "retry_after_s", None)) is not None:
        answer.headers["Retry-After"] = str(wait_s)
    if error.http_status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        Fault(field=_field(e["loc"]), found=_found(e), expected=_expected(e))
        for e in error.errors()[:20]
    ]
    return _answer(request, 422, "bad_input", faults)


def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    expected = {404: "a path of this API, see /openapi.json", 405: "another method"}
    fault = Fault(
        field="request",
        found="no such path" if error.status_code == 404 else "a request that cannot be answered",
        expected=expected.get(error.status_code, "well-formed JSON"),
    )
    codes = {404: "unknown_path", 405: "wrong_method"}
    code = codes.get(error.status_code, "bad_request")
    return _answer(request, error.status_code, code, [fault])


def _broken(request: Request, _error: Exception) -> JSONResponse:
    fault = Fault(field="service", found="a fault of ours", expected="none; see the log")
    return _answer(request, 500, "broken", [fault])


def _field(loc: Sequence[str | int]) -> str:
    """Write a place in the body as a path; a name that is no name is not repeated."""
    text = ""
    for part in loc[1:] if len(loc) > 1 and loc[0] in {"body", "query", "path"} else loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if FIELD.fullmatch(part) else "(unreadable name)"
            text += f".{name}" if text else name
    return text or "body"


def _found(error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "nothing"
    if error["type"] == "extra_forbidden":
        return "a field that is not known"
    return described(error.get("input"))


def _expected(error: Mapping[str, Any]) -> str:
    known = {
        "missing": "a value",
        "extra_forbidden": "only the documented fields",
        "json_invalid": "well-formed JSON",
    }
    words = str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return known.get(error["type"], words)
