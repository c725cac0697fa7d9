"""Everything that one emulator holds while it runs."""

import json
import secrets
import string
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from router.emulator.errors import throttled
from router.emulator.faults import Fault, Switchboard
from router.emulator.jobs import Jobs
from router.emulator.ledger import Ledger
from router.emulator.objects import Objects
from router.emulator.options import Options
from router.emulator.profiles import Profile
from router.emulator.signature import Keys
from router.emulator.studio import Studio
from router.emulator.wire import Errand, Request

ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One authenticated call."""

    request: Request
    errand: Errand
    region: str
    request_id: str
    at: datetime
    fault: Fault | None = None

    def header(self, name: str) -> str | None:
        """Give a request header by its lower-case name."""
        return self.request.headers.get(name)

    def fails(self, name: str) -> bool:
        """Tell whether this call got the fault of that name."""
        return self.fault is not None and self.fault.name == name


class Rate:
    """Requests a minute for each region and model, as a token bucket that starts full."""

    def __init__(self, per_minute: int) -> None:
        """Keep the limit; 0 means none."""
        self._limit = per_minute
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, region: str, model: str) -> None:
        """Take one token.

        Raises:
            AwsError: none is left.
        """
        if not self._limit:
            return
        now = time.monotonic()
        with self._lock:
            left, then = self._buckets.get((region, model), (float(self._limit), now))
            left = min(float(self._limit), left + (now - then) * self._limit / 60)
            self._buckets[region, model] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise throttled()


class Tally:
    """What arrived with a good signature."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._lock = threading.Lock()
        self.posts: Counter[str] = Counter()
        """POST requests by base model id."""
        self.operations: Counter[str] = Counter()

    def count(self, operation: str, model: str, *, is_post: bool) -> None:
        """Count one request."""
        with self._lock:
            self.operations[operation] += 1
            if is_post:
                self.posts[model] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The stores and switches that handlers work with."""

    options: Options
    keys: Keys
    objects: Objects
    ledger: Ledger
    faults: Switchboard
    profiles: Mapping[str, Profile]
    studio: Studio
    rate: Rate
    jobs: Jobs
    inferences: Jobs
    """Of endpoints: queued without a limit, and listed nowhere."""
    tally: Tally


def keys_of(state: Path) -> Keys:
    """Give the state folder's keys, made at first; they are good for nothing but this emulator."""
    place = state / "keys.json"
    if not place.exists():
        fresh = {
            "access_key": "CTEMU" + "".join(secrets.choice(ALPHABET) for _ in range(15)),
            "secret_key": secrets.token_urlsafe(30),
        }
        place.touch(mode=0o600)
        place.write_text(json.dumps(fresh))
    return Keys(**json.loads(place.read_text()))
