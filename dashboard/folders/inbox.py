"""An inbox: one folder for each request, swept by one watcher."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.packs.wording import printable
from dashboard.folders import papers
from dashboard.folders.names import ERROR, LOCK, READY, REQUEST, STATE
from dashboard.folders.steps import ENDED, Steward
from router.domain.errors import BadInput, Conflict, PlatformError

Json = dict[str, Any]
SKIPPED = "skipped"  # of a row, never written: the folder takes nothing
NOT_YET = "being written: `ready` is not there yet"


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Be the only watcher of an inbox on this machine; a watcher that died holds nothing.

    Raises:
        Conflict: somebody watches it already.
    """
    if not inbox.is_dir():
        raise BadInput(field="INBOX", found=str(inbox), expected="a folder that exists")
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(inbox / LOCK, flags, 0o600)
    except OSError as error:
        found, expected = f"{LOCK}: {error.strerror}", "a folder that this user may write into"
        raise BadInput(field="INBOX", found=found, expected=expected) from None
    with os.fdopen(handle, "rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            expected = "one watcher of an inbox; the other one does the same"
            raise Conflict(field="INBOX", found="another watcher", expected=expected) from None
        yield


def requests(inbox: Path) -> list[Path]:
    """Give every folder of an inbox that is a request, or will be one, by name."""
    return sorted(path for path in inbox.iterdir() if _is_request(path))


def _is_request(path: Path) -> bool:
    if path.name.startswith(".") or path.is_symlink() or not path.is_dir():
        return False
    try:
        return any((path / name).exists() for name in (REQUEST, READY, ERROR, STATE))
    except PermissionError:
        return True  # nobody can know; looked at, it says why not


def sweep(
    steward: Steward, folders: list[Path], told: Callable[[str, Json], None]
) -> Iterator[Json]:
    """Take every request a step further; gives how each stands.

    Whatever lies in one folder, the next one is looked at.

    Raises:
        PlatformError: no folder's fault: no service, no key, a wall in between.
    """
    for folder in folders:
        name = printable(folder.name)
        try:
            body = steward.advance(folder)
        except PlatformError:
            raise
        except Exception as error:  # noqa: BLE001 - one request's outermost door; it is told
            body = _skipped(error)
        if body is not None:
            told(name, body)
        yield row(folder, body or stands(folder))


def row(folder: Path, body: Json) -> Json:
    """Say of a folder how it stands; its name is its own, whatever lies in it."""
    name = {"folder": printable(folder.name)}
    return name | body | name


def stands(folder: Path) -> Json:
    """Say how a request stands, without asking anybody."""
    try:
        said = papers.said(folder)
        if said is None:
            return {"state": "writing", "words": NOT_YET}
        if said["state"] == "bad" and (folder / READY).exists():
            return said | {"state": "mended", "words": "to be looked at again"}
    except (BadInput, OSError) as error:
        return _skipped(error)
    return said


def _skipped(error: Exception) -> Json:
    """Say why nothing can be done about a folder; a file's name, never its content."""
    why = str(error) if isinstance(error, BadInput) else type(error).__name__
    if isinstance(error, OSError):
        where = error.filename if isinstance(error.filename, str) else ""
        why = f"{Path(where).name}: {error.strerror}".removeprefix(": ")
    words = f"{why}; mend the folder, or drop it again under a new name"
    return {"state": SKIPPED, "words": words}


def open_(rows: list[Json]) -> bool:
    """Say whether anything is still on its way."""
    return any(row["state"] not in ENDED | {"writing", SKIPPED} for row in rows)
