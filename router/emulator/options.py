"""What an emulator is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything that can be set on the command line."""

    state: Path
    ledger: Path
    host: str = "127.0.0.1"
    port: int = 0
    faults: Path | None = None
    profiles: Path | None = None
    speed: float = 1.0
    """Divides every delay."""
    instant: bool = False
    """No delays, flat pictures."""
    bucket: str = "circletake-emulated"
    region: str = "us-west-2"
    luma_concurrency: int = 1
    requests_per_minute: int = 0
    """For each region and model; 0: no limit."""
    still_seconds: float = 2.0
    job_seconds: float = 30.0
    """For a film of five seconds; longer ones take longer."""
    invocation_log: bool = True
    workers: int = 4
    """Threads that answer requests."""
    as_json: bool = False

    def delay(self, seconds: float) -> float:
        """Give the seconds that a delay takes here."""
        return 0.0 if self.instant else seconds / self.speed
