"""A deadline for a whole call: the SDK's timeouts start anew with every byte that drips in.

A call that is not over in time is left behind in its thread, whose answer nobody waits for; the
next call gets another thread. Threads are kept, because each holds a client that is dear to make,
and end by themselves when idle.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from router.ports import Outcome, Setback

IDLE_S = 60.0
Task = tuple[Callable[[], Outcome], "Future[Outcome]"]


@dataclass(slots=True)
class Overseer:
    """Lends threads to calls."""

    idle_s: float = IDLE_S
    _idle: list["SimpleQueue[Task]"] = field(default_factory=list)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def within(self, seconds: float, call: Callable[[], Outcome]) -> Outcome:
        """Make a call, and give its outcome or, when the time is over, that it is not known."""
        done: Future[Outcome] = Future()
        self._inbox().put((call, done))
        if not wait([done], timeout=seconds).done:
            reason = f"no whole answer within {seconds:g} s"
            return Setback(kind="ambiguous", code="deadline", reason=reason)
        return done.result()

    def _inbox(self) -> "SimpleQueue[Task]":
        with self._gate:
            if self._idle:
                return self._idle.pop()
        inbox: SimpleQueue[Task] = SimpleQueue()
        threading.Thread(target=self._serve, args=(inbox,), name="send", daemon=True).start()
        return inbox

    def _serve(self, inbox: "SimpleQueue[Task]") -> None:
        while True:
            try:
                call, done = inbox.get(timeout=self.idle_s)
            except Empty:
                if self._retire(inbox):
                    return
                continue
            outcome, error = _made(call)
            with self._gate:
                self._idle.append(inbox)
            if error is None and outcome is not None:
                done.set_result(outcome)
            else:
                done.set_exception(error or TypeError("a backend gave no outcome"))
            del call, done, outcome, error  # an idle thread keeps no pictures

    def _retire(self, inbox: "SimpleQueue[Task]") -> bool:
        with self._gate:
            if inbox in self._idle:
                self._idle.remove(inbox)
                return True
            return False  # somebody has just taken it


def _made(call: Callable[[], Outcome]) -> tuple[Outcome | None, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:  # noqa: BLE001 - a thread's outermost door: the caller raises it
        return None, error


def total_s(timeout_s: float) -> float:
    """Give the time of a whole call, longer than any single silence that is allowed in it."""
    return 1.25 * timeout_s + 1.0
