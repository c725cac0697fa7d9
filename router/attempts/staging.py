"""Raw answers on disk between arrival and settlement: what was paid for is never only in memory."""

import contextlib
import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from router.domain.errors import StoreCorrupt
from router.files.durable_file import write_durably

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the provider said about its answer."""

    mime: str
    seed: int | None
    provider_ref: str
    simulated: bool
    units: float  # billed: pictures, or seconds of film
    latency_s: float  # asked → answered, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A raw answer with its label."""

    label: Label
    data: bytes


class Staging:
    """One file per answer: a JSON line, then the bytes as received.

    A spare file of `spare_bytes` is kept beside them; it is given up when an answer that was paid
    for would otherwise find the disk full.
    """

    def __init__(
        self,
        folder: Path,
        *,
        spare_bytes: int,
        write: Callable[[Path, bytes], None] | None = None,
    ) -> None:
        """Create the folder and the spare file."""
        self._folder = folder
        self._spare = folder / ".spare"
        self._write = write or write_durably
        folder.mkdir(parents=True, exist_ok=True)
        self._fill_spare(spare_bytes)

    def put(self, partner: str, attempt: str, staged: Staged) -> None:
        """Write durably; raises OSError when even the spare room does not suffice."""
        head = json.dumps(asdict(staged.label), allow_nan=False).encode()
        path = self._path(partner, attempt)
        self.with_spare_room(lambda: self._write(path, head + b"\n" + staged.data))

    def get(self, partner: str, attempt: str) -> Staged | None:
        """Read back; None when nothing was staged."""
        path = self._path(partner, attempt)
        try:
            head, _, data = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        try:
            return Staged(label=Label(**json.loads(head)), data=data)
        except (ValueError, TypeError) as error:
            expected = "a label line, then the answer"
            raise StoreCorrupt(field=str(path), found=str(error), expected=expected) from error

    def drop(self, partner: str, attempt: str) -> None:
        """Forget an answer that is settled."""
        self._path(partner, attempt).unlink(missing_ok=True)

    def keep(self, partner: str, attempt: str, raw: bytes | None = None) -> None:
        """Set aside an answer that was paid for and cannot be used, for a person to look at."""
        path = self._path(partner, attempt)
        kept = path.with_suffix(".unusable")
        if raw is None:
            path.replace(kept)
        else:
            self.with_spare_room(lambda: self._write(kept, raw))

    def with_spare_room(self, act: Callable[[], T]) -> T:
        """Do something that needs disk space; when there is none, give up the spare and repeat."""
        try:
            return act()
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT} or not self._spare.exists():
                raise
            self._spare.unlink(missing_ok=True)
            return act()

    def _path(self, partner: str, attempt: str) -> Path:
        return self._folder / partner / f"{attempt}.answer"

    def _fill_spare(self, size: int) -> None:
        if self._spare.exists() and self._spare.stat().st_size == size:
            return
        # Without room for the spare there is no room to work: the check before each send says so.
        with contextlib.suppress(OSError), self._spare.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(size, 1))
