"""What is written in a request's folder: each file whole or absent."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.folders.names import ERROR, JOURNAL, NOT_READY, READY, SCHEMA, STATE
from router.domain.errors import BadInput, PlatformError
from router.domain.mistake import BadFile
from router.files.durable_file import write_durably

Json = dict[str, Any]


def write(path: Path, body: Mapping[str, Any]) -> None:
    """Write JSON as people read it; a file that says the same already is left alone."""
    data = (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()
    with suppress(OSError):
        if path.read_bytes() == data:
            return
    write_durably(path, data)
    path.chmod(0o644)  # the application may run as somebody else


def read(path: Path) -> Json | None:
    """Read JSON that was written here; None where there is none.

    Raises:
        BadInput: somebody else wrote there.
    """
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        expected = "what this command wrote; remove the folder and drop it again under a new name"
        raise BadInput(field=path.name, found="something else", expected=expected)
    return body


def journal(folder: Path) -> Json:
    """Say what was sent of a folder; {} = nothing yet."""
    return read(folder / JOURNAL) or {}


def note(folder: Path, **more: Any) -> Json:
    """Remember a step before the next one is taken."""
    known = journal(folder) | more
    write(folder / JOURNAL, known)
    return known


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
