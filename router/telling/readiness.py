"""Readiness: each part that the service rests on is looked at in the background.

Whoever asks gets what was seen last, at once, however slow or dead a part is; what was not seen for
a while counts as not ready. What was found is one word, never an error's own text.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from router.domain.errors import PlatformError

LOOK_S = 2.0  # between two looks, while somebody asks
STALE_S = 15.0  # older news is none
IDLE_S = 60.0  # nobody asked for so long: nobody looks
FIRST_S = 0.04  # how long the first to ask waits for the first look


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How to look at one part: gives a word, raises what is wrong."""

    look: Callable[[], str]
    vital: bool = True  # without it the service is not ready; else it is degraded
    every_s: float = LOOK_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What was seen of a part."""

    part: str
    ok: bool
    vital: bool
    found: str


@dataclass(slots=True)
class Readiness:
    """The parts of one service; threads may share it."""

    checks: Mapping[str, Check]
    broken: tuple[type[Exception], ...] = (PlatformError, OSError)  # what a look may raise
    _seen: dict[str, tuple[float, bool, str]] = field(default_factory=dict)
    _asked: float = 0.0
    _looking: dict[str, threading.Thread] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)
    _first: threading.Event = field(default_factory=threading.Event)

    def signs(self) -> tuple[Sign, ...]:
        """Give what was seen last of each part."""
        self._asked = time.monotonic()
        with self._gate:
            for name in self.checks:
                thread = self._looking.get(name)
                if thread is None or not thread.is_alive():
                    self._first.clear()
                    self._seen.pop(name, None)
                    self._looking[name] = self._begun(name)
        self._first.wait(FIRST_S)
        return tuple(self._sign(name, check) for name, check in self.checks.items())

    def _begun(self, name: str) -> threading.Thread:
        thread = threading.Thread(target=self._watch, args=[name], name=name, daemon=True)
        thread.start()
        return thread

    def _watch(self, name: str) -> None:
        """Look at one part for as long as somebody asks; a part that hangs holds up no other."""
        check = self.checks[name]
        while time.monotonic() - self._asked < IDLE_S:
            ok, found = self._looked(check)
            self._seen[name] = time.monotonic(), ok, found
            if len(self._seen) == len(self.checks):
                self._first.set()
            time.sleep(check.every_s)

    def _looked(self, check: Check) -> tuple[bool, str]:
        try:
            return True, check.look()
        except PlatformError as error:
            return False, error.code
        except self.broken as error:
            return False, type(error).__name__

    def _sign(self, name: str, check: Check) -> Sign:
        at, ok, found = self._seen.get(name, (0.0, False, "not looked at yet"))
        if at and time.monotonic() - at > STALE_S + check.every_s:
            ok, found = False, "does not answer"
        return Sign(part=name, ok=ok, vital=check.vital, found=found)
