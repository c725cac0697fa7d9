"""What is written in a request's folder: each file whole or absent."""

import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.folders import dropped
from dashboard.folders.names import ERROR, MARK, NOT_READY, READY, SCHEMA, STATE
from router.domain.errors import BadInput, PlatformError
from router.domain.mistake import BadFile

Json = dict[str, Any]
MOST_BYTES = 4_000_000


def write(path: Path, body: Mapping[str, Any]) -> None:
    """Write JSON as people read it; a file that says the same already is left alone."""
    data = (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()
    with suppress(BadInput):  # what else bears the name is replaced
        if dropped.content(path, len(data)) == data:
            return
    with dropped.held(path.parent) as folder:
        dropped.put(folder, path.name, io.BytesIO(data))


def read(path: Path) -> Json | None:
    """Read JSON that was written here; None where there is none.

    Raises:
        BadInput: somebody else wrote there.
    """
    data = dropped.content(path, MOST_BYTES)
    if data is None:
        return None
    try:
        body = json.loads(data)
        json.dumps(body, allow_nan=False, ensure_ascii=False).encode()  # so it can be said again
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        expected = "what this command wrote; remove the folder and drop it again under a new name"
        raise BadInput(field=path.name, found="something else", expected=expected)
    return body


def mark(folder: Path) -> str | None:
    """Give the mark that was left in a folder; None where there is none that can be read."""
    with suppress(BadInput):
        found = (read(folder / MARK) or {}).get("mark")
        return found if isinstance(found, str) else None
    return None


def said(folder: Path) -> Json | None:
    """Say how a request stands, as its folder has it; None = it does not say.

    Raises:
        BadInput: somebody else wrote there.
    """
    body = read(folder / STATE)
    if body is not None and not all(isinstance(body.get(n), str) for n in ("state", "words")):
        raise BadInput(field=STATE, found="something else", expected="state and words")
    return body


def tell(folder: Path, state: str, words: str, **facts: Any) -> Json:
    """Say how a request stands."""
    body = {"schema": SCHEMA, "state": state, "words": words, **facts}
    write(folder / STATE, body)
    return body


def refuse(folder: Path, errors: list[Json], when: str) -> Json:
    """Say what is to be mended, and take the mark away; it counts again once it is written anew."""
    write(folder / ERROR, {"schema": SCHEMA, "errors": errors, "at": when})
    first = errors[0]
    place = f"{first['file']} line {first['line']}" if first.get("line") else first["file"]
    said = f"{place}: {first['field']}: found {first['found']}; expected {first['expected']}"
    rest = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    body = tell(
        folder, "bad", f"{said}{rest}", at=when,
        next=f"mend what {ERROR} lists, then write `{READY}` anew; nothing was paid",
    )  # fmt: skip
    with suppress(FileNotFoundError):
        (folder / READY).replace(folder / NOT_READY)
    return body


def errors_of(error: PlatformError, file: str) -> list[Json]:
    """Give the mistakes of an error, each with its place."""
    if isinstance(error, BadFile):
        return [asdict(mistake) for mistake in error.mistakes]
    listed = [dict(one) for one in getattr(error, "errors", ()) if isinstance(one, dict)]
    if listed and all({"field", "found", "expected"} <= set(one) for one in listed):
        return [{"file": file, "line": None, "code": error.code} | one for one in listed]
    return [{"file": file, "line": None, **error.as_dict()}]
