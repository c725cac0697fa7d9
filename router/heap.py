"""The collector of unreachable cycles, out of the way where very much is made at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def growing() -> Iterator[None]:
    """Make very many objects without their being looked through again and again.

    The collector walks the whole heap each time that it has grown by a quarter. Reading half a
    million nouns it finds nothing, and takes a third of the time. Counting references goes on.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
