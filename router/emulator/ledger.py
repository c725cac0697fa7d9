"""The billing ledger: what AWS would have put on the bill, one JSON line for each billed call."""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path


class Ledger:
    """Appends lines at once; a thread of its own brings them to the disk in groups."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending, and make it where it is missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._lock = threading.Lock()
        self._dirty = threading.Event()
        self._closing = False
        self._syncer = threading.Thread(target=self._sync, name="ledger", daemon=True)
        self._syncer.start()

    def bill(
        self,
        *,
        request_id: str,
        model: str,
        usd: float,
        token: str | None,
        metadata: Mapping[str, str] | None,
    ) -> None:
        """Write one line before the answer goes out."""
        line = {
            "request_id": request_id,
            "model": model,
            "usd": round(usd, 6),
            "token": token,
            "metadata": metadata,
        }
        data = json.dumps(line).encode() + b"\n"
        with self._lock:
            os.write(self._file, data)
        self._dirty.set()

    def close(self) -> None:
        """Bring everything to the disk and let go of the file."""
        self._closing = True
        self._dirty.set()
        self._syncer.join()
        os.close(self._file)

    def _sync(self) -> None:
        while not self._closing:
            self._dirty.wait()
            self._dirty.clear()
            os.fsync(self._file)
