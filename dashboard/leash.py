"""A program on a leash: when who started it dies, however it dies, it is told to stop.

Run as a file, before anything else is loaded: `python leash.py PARENT_PID PROGRAM WORDS…`. The
kernel sends SIGTERM (prctl(2), PR_SET_PDEATHSIG), which survives the exec. Elsewhere than on Linux
there is no leash, and the program runs all the same.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


def leashed(words: Sequence[str]) -> list[str]:
    """Spell a command line that ends with this process."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *words]


def main(parent: int, words: Sequence[str]) -> None:
    """Put the leash on, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the leash was on
            sys.exit(1)
    os.execv(words[0], list(words))  # noqa: S606 - the very program that was asked for


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
