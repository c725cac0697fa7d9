"""Workers have names, and a name is held by a lock for as long as its process lives.

So anybody on this machine can ask whether a worker is alive, without clocks and without leases: a
name whose lock can be had belongs to nobody. The locked file says whose life it is: under a name
that was taken again, the lives before are over. Workers on several machines lease theirs
(leases.py).
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from router.domain.errors import Unreachable

_MOST = 64
_END = "\n"  # of a life that was written down whole
# Who takes a name, or a dead one's work, locks first and then wipes the life before: looks between
# the two are repeated, after so many seconds.
_LOOKS_S = (0.002, 0.02, 0.0)
_HELD: set[int] = set()  # open lock files of this process


class Worker(Protocol):
    """A name that this process holds, on one machine or among many."""

    @property
    def slot(self) -> str:
        """The name that the job engine knows."""
        ...

    @property
    def run(self) -> str:
        """This process' life under that name."""
        ...

    def is_dead(self, run: str) -> bool:
        """Say whether the life named `run` is surely over; one's own is not."""
        ...

    def holding_dead(self, slot: str) -> AbstractContextManager[bool]:
        """Hold the name of a dead worker, so that nobody takes it meanwhile; False if it lives."""
        ...

    def release(self) -> None:
        """Give the name back."""
        ...


@dataclass(frozen=True, slots=True)
class LockedName:
    """A name on this machine; a Worker."""

    folder: Path
    slot: str  # worker-0: taken again by the next process, which inherits unfinished work
    run: str  # worker-0/4711-…: this process' life under that name
    _handle: int  # the open file that carries the lock

    def is_dead(self, run: str) -> bool:
        """Say whether the life named `run` is surely over; one's own is not."""
        slot, _, life = run.partition("/")
        if run == self.run:
            return False
        return slot == self.slot or not slot or _is_over(self.folder / f"{slot}.lock", life)

    def holding_dead(self, slot: str) -> AbstractContextManager[bool]:
        """Hold the name of a dead worker, so that nobody takes it meanwhile; False if it lives."""
        return holding_dead(self.folder, slot)

    def release(self) -> None:
        """Give the name back; a second time, or in a forked child, there is nothing to give."""
        if self._handle in _HELD:
            _HELD.remove(self._handle)
            os.close(self._handle)


def hold_name(folder: Path) -> LockedName:
    """Take the first free name under a folder; raises Unreachable when all are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_MOST):
        slot = f"worker-{number}"
        handle = os.open(folder / f"{slot}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        if _lock(handle):
            life = f"{os.getpid()}-{os.urandom(4).hex()}"
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{life}{_END}".encode(), 0)
            _HELD.add(handle)
            return LockedName(folder, slot, f"{slot}/{life}", handle)
        os.close(handle)
    raise Unreachable(
        field="workers", found=f"{_MOST} running", expected="a free place for one more"
    )


@contextmanager
def holding_dead(folder: Path, slot: str) -> Iterator[bool]:
    """Hold the name of a dead worker, so that nobody takes it meanwhile; False when it is alive."""
    handle = os.open(folder / f"{slot}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        held = _lock(handle)
        if held:
            os.ftruncate(handle, 0)  # whoever asks meanwhile finds it locked, and that life over
        yield held
    finally:
        os.close(handle)


def is_free(folder: Path, slot: str) -> bool:
    """Say whether nobody has a name now; any number may ask at once."""
    try:
        handle = os.open(folder / f"{slot}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return _lock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _is_over(path: Path, life: str) -> bool:
    """Say whether a life is surely over: nobody has its name, or another life has, or its heir."""
    for pause in _LOOKS_S:
        if is_free(path.parent, path.stem):
            return True
        if life and path.read_text(encoding="ascii").partition(_END)[0] != life:
            return True
        time.sleep(pause)
    return False


def _lock(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go() -> None:
    """A forked child must not keep its parent's name alive."""
    for handle in _HELD:
        os.close(handle)
    _HELD.clear()


os.register_at_fork(after_in_child=_let_go)
