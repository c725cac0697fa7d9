"""The log: one JSON line for each thing that happened, in the words of `words` and no others.

Lines are written by a thread of their own from a queue that has an end: a full disk, a pipe that
nobody reads or a folder that is gone loses lines, which are counted, and stops no work.
"""

import atexit
import logging
import os
import queue
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from router.telling.words import FIELDS, Fact, allowed, of_others

MOST = 10_000  # lines that wait to be written
_DEEPEST = 8  # frames that are told of where something broke
_OURS = "circletake"
# These speak for themselves; what else reaches the root logger goes the same way.
_FOREIGN = ("dbos", "opentelemetry", "uvicorn", "uvicorn.error", "uvicorn.access")


@dataclass(slots=True)
class Sink:
    """Where lines go: a file, or standard error; None = nowhere yet."""

    path: Path | None = None
    dropped: int = 0  # lines that were lost
    _lines: "queue.Queue[bytes]" = field(default_factory=lambda: queue.Queue(MOST))
    _thread: Thread | None = None
    _idle: Event = field(default_factory=Event)
    _gate: Lock = field(default_factory=Lock)

    def put(self, line: str) -> None:
        """Have a line written, soon; never waits and never raises."""
        self._idle.clear()
        try:
            self._lines.put_nowait(line.encode("utf-8", "replace") + b"\n")
        except queue.Full:
            self.dropped += 1
        if self._thread is None:
            with self._gate:
                if self._thread is None:
                    self._thread = Thread(target=self._write_on, name="log", daemon=True)
                    self._thread.start()

    def flush(self, timeout_s: float = 1.0) -> bool:
        """Wait until what was put is written; False where that takes too long."""
        return self._thread is None or self._idle.wait(timeout_s)

    def _write_on(self) -> None:
        while True:
            line = self._lines.get()
            try:
                self._write(line)
            except OSError:
                self.dropped += 1
            if self._lines.empty():
                self._idle.set()

    def _write(self, line: bytes) -> None:
        if self.path is None:
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, line)
            return
        # Opened for each line: whoever moves the file away (rotation, a purge) is followed.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        handle = os.open(self.path, flags, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)


class _Here:
    """The one log of this process."""

    sink: Sink | None = None


def open_log(path: Path | None) -> Sink:
    """Send what is told, and what libraries log from WARNING on, to a file; None = stderr."""
    if _Here.sink is not None and _Here.sink.path != path:
        _Here.sink.flush()
    if _Here.sink is None or _Here.sink.path != path:
        if path is not None:
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _Here.sink = Sink(path)
    handler = _Filtering()
    for name in (_OURS, *_FOREIGN):
        logger = logging.getLogger(name)
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
    return _Here.sink


def close_log() -> int:
    """Write what is left, and tell nobody from now on; says how many lines were lost."""
    flush()
    lost = dropped()
    _Here.sink = None
    return lost


def handed_on() -> Callable[[], object]:
    """Give what opens the same log in a child process; it can be pickled."""
    return partial(open_log, _Here.sink.path) if _Here.sink is not None else bool


def dropped() -> int:
    """Say how many lines of this process were lost."""
    return _Here.sink.dropped if _Here.sink else 0


def flush(timeout_s: float = 1.0) -> None:
    """Have written what was told; for those who leave without a farewell."""
    if _Here.sink is not None:
        _Here.sink.flush(timeout_s)


def tell(event: str, **fields: object) -> None:
    """Tell that something happened; the event is a literal word.

    Raises:
        Unlisted: under test, for a field that may not be told.
    """
    _tell("info", event, allowed(fields))


def _tell(level: str, event: str, facts: Mapping[str, Fact]) -> None:
    if _Here.sink is not None:
        getattr(_logger(), level)(event, **facts)


@cache
def _logger() -> Any:
    import structlog

    return structlog.wrap_logger(
        _Printer(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(),
        ],
        cache_logger_on_first_use=True,
    )


class _Printer:
    """What structlog hands finished lines to."""

    def info(self, line: str) -> None:
        if _Here.sink is not None:
            _Here.sink.put(line)

    warning = error = critical = debug = info


class _Filtering(logging.Handler):
    """Takes what libraries log: who spoke, where, and what kind of error; never their words.

    Of our own loggers the sentence is told, too, as it stands in the source, without what was
    filled in; a field given as `extra` is told if it is listed.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _tell(_level(record), _event(record), of_others(_facts(record)))
        except Exception:  # noqa: BLE001  # the outermost door of logging
            if _Here.sink is not None:
                _Here.sink.dropped += 1


def _level(record: logging.LogRecord) -> str:
    return "error" if record.levelno >= logging.ERROR else "warning"


def _event(record: logging.LogRecord) -> str:
    ours = record.name == _OURS or record.name.startswith(f"{_OURS}.")
    return str(record.msg) if ours else "a library spoke"


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts: dict[str, object] = {name: v for name, v in vars(record).items() if name in FIELDS}
    facts |= {"logger": record.name, "where": f"{record.module}:{record.lineno}"}
    if record.exc_info and record.exc_info[1] is not None:
        facts |= broken(record.exc_info[1])
    return facts


def broken(error: BaseException) -> MutableMapping[str, object]:
    """Describe an error by its kind and where it came from; its words may be anybody's."""
    places, at = [], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{Path(code.co_filename).stem}.{code.co_name}:{at.tb_lineno}")
        at = at.tb_next
    deepest = " < ".join(p.replace("<", "").replace(">", "") for p in places[::-1][:_DEEPEST])
    return {"kind": type(error).__name__, **({"where": deepest} if deepest else {})}


def _in_a_child() -> None:
    """A forked child has the queue, and not the thread that empties it."""
    if _Here.sink is not None:
        _Here.sink = Sink(_Here.sink.path)


os.register_at_fork(after_in_child=_in_a_child)
atexit.register(flush)
