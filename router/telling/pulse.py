"""A worker's sign of life beside its lock: what only it knows, for the metrics of this machine."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

FRESH = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a worker is."""

    worker: str
    at: datetime
    running: int  # jobs
    dropped: int  # lines of its log that were lost
    breakers: Mapping[str, bool]  # lane → whether it is open

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the worker lived just now."""
        return now - self.at < FRESH


def beat(folder: Path, pulse: Pulse) -> None:
    """Leave a sign of life, whole; it need not outlive a power cut. Raises OSError."""
    path = folder / f"{pulse.worker.replace('/', '_')}.pulse"
    draft = path.with_suffix(".draft")
    body = {**asdict(pulse), "at": pulse.at.isoformat(), "breakers": dict(pulse.breakers)}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft.write_text(json.dumps(body), encoding="utf-8")
    draft.replace(path)


def pulses(folder: Path) -> Iterator[Pulse]:
    """Give the signs of life on this machine, old ones too; what cannot be read is none."""
    for path in sorted(folder.glob("*.pulse")):
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            yield Pulse(**{**body, "at": datetime.fromisoformat(body["at"])})
        except (OSError, ValueError, TypeError, KeyError):
            continue


def forget(folder: Path, worker: str) -> None:
    """Take a sign of life back: the worker left."""
    (folder / f"{worker.replace('/', '_')}.pulse").unlink(missing_ok=True)
