"""Secret files: random bytes that their owner alone may read; made once, checked when read."""

import stat
from pathlib import Path

from router.domain.errors import Broken, StoreCorrupt
from router.files.durable_file import make_secret

BYTES = 32


def kept(path: Path, *, lost: str) -> bytes:
    """Give the secret of a file, made when it is first asked for; two processes make one.

    Args:
        path: where it lies; its folder is made for its owner alone.
        lost: what is void with another secret, for whoever finds the file damaged.

    Raises:
        Broken: others may read it, or it cannot be read.
        StoreCorrupt: it is too short to be one.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_secret(path)
    return given(path, lost=lost)


def given(path: Path, *, lost: str) -> bytes:
    """Give the secret of a file that somebody put there; raises as `kept`."""
    try:
        mode, found = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise Broken(field=str(path), found=error.strerror, expected="a file to read") from error
    if mode & 0o077:
        raise Broken(field=str(path), found=f"mode {mode:04o}", expected="mode 0600")
    if len(found) < BYTES:
        expected = f"{BYTES} random bytes; {lost}"
        raise StoreCorrupt(field=str(path), found=f"{len(found)} bytes", expected=expected)
    return found
