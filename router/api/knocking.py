"""How long a connection may take to say what it wants: against those that are only kept open."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 900  # below the 1,024 files that a process may usually have open


class Knocking(H11Protocol):
    """Closes a connection whose request line and headers do not come in time.

    The server itself waits for them for ever; what comes after them is the door's to wait for.
    """

    headers_s = 10.0
    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, or cease: the headers of a request are whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cease to wait."""
        self._cease()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._cease()
        elif self._until is None:
            self._until = self.loop.call_later(self.headers_s, self.transport.close)

    def _cease(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None
