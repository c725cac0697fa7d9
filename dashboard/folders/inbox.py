"""An inbox: one folder for each request, swept by one watcher."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboard.folders import papers
from dashboard.folders.names import ERROR, LOCK, READY, REQUEST, STATE
from dashboard.folders.steps import ENDED, Steward
from router.domain.errors import BadInput, Conflict

Json = dict[str, Any]
NOT_YET = "being written: `ready` is not there yet"


@contextmanager
def alone(inbox: Path) -> Iterator[None]:
    """Be the only watcher of an inbox on this machine; a watcher that died holds nothing.

    Raises:
        Conflict: somebody watches it already.
    """
    if not inbox.is_dir():
        raise BadInput(field="INBOX", found=str(inbox), expected="a folder that exists")
    with (inbox / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            expected = "one watcher of an inbox; the other one does the same"
            raise Conflict(field="INBOX", found="another watcher", expected=expected) from None
        yield


def requests(inbox: Path) -> list[Path]:
    """Give every folder of an inbox that is a request, or will be one, by name."""
    return sorted(
        path
        for path in inbox.iterdir()
        if path.is_dir()
        and not path.is_symlink()
        and not path.name.startswith(".")
        and any((path / name).exists() for name in (REQUEST, READY, ERROR, STATE))
    )


def sweep(
    steward: Steward, folders: list[Path], told: Callable[[str, Json], None]
) -> Iterator[Json]:
    """Take every request a step further; gives how each stands."""
    for folder in folders:
        body = steward.advance(folder)
        row = {"folder": folder.name, **(body or stands(folder))}
        if body is not None:
            told(folder.name, body)
        yield row


def stands(folder: Path) -> Json:
    """Say how a request stands, without asking anybody."""
    said = papers.read(folder / STATE)
    if said is None:
        return {"state": "writing", "words": NOT_YET}
    if said["state"] == "bad" and (folder / READY).exists():
        return said | {"state": "mended", "words": "to be looked at again"}
    return said


def open_(rows: list[Json]) -> bool:
    """Say whether anything is still on its way."""
    return any(row["state"] not in ENDED | {"writing"} for row in rows)
