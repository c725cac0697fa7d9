"""What somebody else may have put anywhere: opened through no link, waited for never, kept whole.

Whoever drops requests may replace any name in their folder by a link or a pipe, at any time. So a
folder is held open, and what is in it is reached from there.
"""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from benchmarks.packs.content import Trouble
from router.domain.errors import BadInput

READABLE = 0o644  # the application may run as somebody else
_BLOCK = 1 << 20
_NEVER = os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | _NEVER
_FILE = os.O_RDONLY | os.O_NONBLOCK | _NEVER
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NEVER
PLAIN = "a plain file of its own"


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold a request's folder open; its last name is no link."""
    handle = os.open(path, _FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def below(folder: int, name: str) -> Iterator[int]:
    """Hold a folder in a folder open; it is made where there is none.

    Raises:
        BadInput: something else bears its name.
    """
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=folder)
    with _stepped(folder, name) as handle:
        yield handle


@contextmanager
def _opened(folder: int, name: str) -> Iterator[io.BufferedReader | None]:
    try:
        handle = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        yield None
        return
    except OSError:
        raise BadInput(field=name, found="a link, or nothing to read", expected=PLAIN) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadInput(field=name, found="something else", expected=PLAIN)
    with os.fdopen(handle, "rb") as file:
        yield file


@contextmanager
def reached(folder: Path, name: str) -> Iterator[io.BufferedReader]:
    """Open a plain file below a request's folder, step by step: no link is followed on the way.

    Raises:
        BadInput: there is a link, no file, or nothing.
    """
    *above, last = PurePosixPath(name).parts
    with ExitStack() as stack:
        at = stack.enter_context(held(folder))
        for part in above:
            at = stack.enter_context(_stepped(at, part))
        file = stack.enter_context(_opened(at, last))
        if file is None:
            raise BadInput(field=name, found="no such file", expected=PLAIN)
        yield file


@contextmanager
def _stepped(folder: int, name: str) -> Iterator[int]:
    try:
        handle = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:
        raise BadInput(field=name, found="something else", expected="a folder, no link") from None
    try:
        yield handle
    finally:
        os.close(handle)


def content(path: Path, most: int) -> bytes | None:
    """Read a plain file; None where there is none.

    Raises:
        BadInput: it is a link, no plain file, or larger than `most` bytes.
    """
    with held(path.parent) as folder, _opened(folder, path.name) as file:
        data = file.read(most + 1) if file else None
    if data is not None and len(data) > most:
        raise BadInput(field=path.name, found="a larger file", expected=f"at most {most} bytes")
    return data


def sha256(folder: int, name: str) -> str | None:
    """Hash a plain file; None where there is none, whatever else bears the name."""
    with suppress(BadInput), _opened(folder, name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if file else None
    return None


def size(folder: int, name: str) -> int:
    """Give the bytes of a file."""
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size


def put(folder: int, name: str, source: BinaryIO) -> None:
    """Write a file that everybody may read: whole or absent, and never through a link."""
    draft = f".{name}.new"  # one watcher at a time: whose it is was never finished
    with suppress(FileNotFoundError):
        os.unlink(draft, dir_fd=folder)
    with os.fdopen(os.open(draft, _NEW, 0o600, dir_fd=folder), "wb") as file:
        while block := source.read(_BLOCK):
            file.write(block)
        file.flush()
        os.fchmod(file.fileno(), READABLE)
        os.fsync(file.fileno())
    os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)


def inside(folder: Path, name: str) -> Path:
    """Give the place that a request names: in its own folder, with no link on the way.

    Raises:
        Trouble: it leads elsewhere; whether anything is there is not said.
    """
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise Trouble("a path that leads out", "a path in the request's own folder", "path")
    at = folder
    for part in place.parts:
        at /= part
        if at.is_symlink():
            raise Trouble("a link on the way", "files and folders, no links", "path")
    return at
