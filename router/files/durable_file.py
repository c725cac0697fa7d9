"""Files that are whole or absent after a crash."""

import contextlib
import os
import re
import time
from pathlib import Path

ABANDONED_S = 3600.0  # no write takes that long: whoever began it is dead
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}")


def write_durably(path: Path, data: bytes) -> None:
    """Write, sync, rename, sync the folder: after a crash the file is whole or absent.

    What a killed process left half-written in the folder is removed once it is an hour old.
    """
    try:
        handle, temporary = _beside(path)
    except FileNotFoundError:
        _make_folder(path.parent)
        handle, temporary = _beside(path)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sweep(path.parent)
    _sync_folder(path.parent)


def put_in_place(draft: Path, path: Path) -> None:
    """Sync a finished file, rename it and sync the folder: it is at its place whole, or not yet."""
    handle = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.rename(path)
    _sync_folder(path.parent)


def make_secret(path: Path) -> None:
    """Make a file of 32 random bytes where there is none; it is whole, or absent."""
    if path.exists():
        return
    handle, draft = _beside(path)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # never replaces: whoever was first wins
        _sync_folder(path.parent)  # what is sealed with it may be on disk in a moment
    except FileExistsError:
        return
    finally:
        draft.unlink()


def is_temporary(path: Path) -> bool:
    """Say whether this is a file that was never finished, or is being written now."""
    return _TEMPORARY.fullmatch(path.name) is not None


def _sweep(folder: Path) -> None:
    oldest = time.time() - ABANDONED_S
    for name in os.listdir(folder):  # noqa: PTH208 - before every answer: names only, no objects
        if name.startswith(".") and _TEMPORARY.fullmatch(name):
            path = folder / name
            with contextlib.suppress(FileNotFoundError):  # finished, or swept by another
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _make_folder(path: Path) -> None:
    """A new folder lasts only once the one above it is on disk."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _beside(path: Path) -> tuple[int, Path]:
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    return os.open(temporary, flags, 0o600), temporary
