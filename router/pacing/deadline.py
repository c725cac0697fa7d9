"""A deadline for a whole call: the SDK's timeouts start anew with every byte that drips in.

A call that is not over in time is left behind in its thread, whose answer nobody waits for; the
next call gets another thread. Threads are kept, because each holds a client that is dear to make,
and end by themselves when idle.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from router.ports import Outcome, Setback

IDLE_S = 60.0
_Made = tuple[Outcome | None, BaseException | None]
_Task = tuple[Callable[[], Outcome], "SimpleQueue[_Made]"]  # and where its outcome is waited for


@dataclass(slots=True)
class Overseer:
    """Lends threads to calls."""

    idle_s: float = IDLE_S
    _idle: list["SimpleQueue[_Task]"] = field(default_factory=list)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def within(self, seconds: float, call: Callable[[], Outcome]) -> Outcome:
        """Make a call, and give its outcome or, when the time is over, that it is not known."""
        done: SimpleQueue[_Made] = SimpleQueue()
        self._inbox().put((call, done))
        try:
            outcome, error = done.get(timeout=seconds)
        except Empty:
            reason = f"no whole answer within {seconds:g} s"
            return Setback(kind="ambiguous", code="deadline", reason=reason)
        if outcome is None:
            raise error or TypeError("a backend gave no outcome")
        return outcome

    def _inbox(self) -> "SimpleQueue[_Task]":
        with self._gate:
            if self._idle:
                return self._idle.pop()
        inbox: SimpleQueue[_Task] = SimpleQueue()
        threading.Thread(target=self._serve, args=(inbox,), name="send", daemon=True).start()
        return inbox

    def _serve(self, inbox: "SimpleQueue[_Task]") -> None:
        while True:
            try:
                call, done = inbox.get(timeout=self.idle_s)
            except Empty:
                if self._retire(inbox):
                    return
                continue
            made = _made(call)
            with self._gate:
                self._idle.append(inbox)
            done.put(made)
            del call, done, made  # an idle thread keeps no pictures

    def _retire(self, inbox: "SimpleQueue[_Task]") -> bool:
        with self._gate:
            if inbox in self._idle:
                self._idle.remove(inbox)
                return True
            return False  # somebody has just taken it


def _made(call: Callable[[], Outcome]) -> _Made:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - a thread's outermost door: the caller raises it
        return None, error


def total_s(timeout_s: float) -> float:
    """Give the time of a whole call, longer than any single silence that is allowed in it."""
    return 1.25 * timeout_s + 1.0
