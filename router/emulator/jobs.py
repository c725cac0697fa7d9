"""Asynchronous jobs: accepted, kept on disk, painted, delivered to S3."""

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from router.emulator.errors import AwsError

MOST_AT_ONCE = 64
PAINTERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One job, as it stands on disk; times are ISO 8601, UTC."""

    id: str
    region: str
    model: str
    token: str | None
    fingerprint: str
    """Hash of the parameters, for the idempotency of the token."""
    request: Mapping[str, Any]
    """The model input."""
    bucket: str
    prefix: str
    submitted: str
    due: str
    status: str = "InProgress"
    message: str | None = None
    ended: str | None = None
    doom: str | None = None
    """What the job will fail with, known when it is accepted."""
    spoil: Mapping[str, Any] | None = None
    """A fault that spoils it: `{"fault", …args}`."""
    place: str | None = None
    """The object that the answer goes to, where the caller has a say in it."""

    @property
    def key(self) -> str:
        """The object that the film goes to."""
        return self.place or "/".join(filter(None, (self.prefix, self.id, "output.mp4")))


class Jobs:
    """All jobs of one emulator, by id; what is open goes on after a restart."""

    def __init__(self, folder: Path, perform: Callable[[Work], str | None], at_once: int) -> None:
        """Read the jobs of earlier lives.

        Args:
            folder: One JSON file a job.
            perform: Makes and delivers the film; gives the text of a failure, or None.
            at_once: Jobs of one model that may be open at the same time.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._perform = perform
        self._at_once = at_once
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._painters = threading.Semaphore(PAINTERS)
        self._pool = ThreadPoolExecutor(min(at_once, MOST_AT_ONCE), "job")
        self._jobs: dict[str, Work] = {}
        for place in folder.glob("*.json"):
            work = Work(**json.loads(place.read_text()))
            self._jobs[work.id] = work
        self._by_token = {(w.region, w.token): w.id for w in self._jobs.values() if w.token}

    def resume(self) -> None:
        """Go on with what is open."""
        for work in self.all():
            if work.status == "InProgress":
                self._pool.submit(self._run, work)

    def accept(self, work: Work, now: datetime) -> tuple[Work, bool]:
        """Take a job on; the same token with the same parameters is the same job.

        Returns:
            The job, and whether it is a new one.

        Raises:
            AwsError: the token stands for other parameters, or too many jobs are open.
        """
        with self._lock:
            known = self._by_token.get((work.region, work.token)) if work.token else None
            if known is not None:
                return self._same(self._jobs[known], work), False
            rivals = (work.region, work.model)
            mine = [job for job in self._open() if (job.region, job.model) == rivals]
            if len(mine) >= self._at_once:
                said = "Too many requests, please wait before trying again. You have reached your "
                raise AwsError(429, "ThrottlingException", f"{said}concurrent request quota.")
            self._keep(work)
            if work.token:
                self._by_token[work.region, work.token] = work.id
        if datetime.fromisoformat(work.due) <= now:
            self._run(work)
        else:
            self._pool.submit(self._run, work)
        return work, True

    def get(self, job_id: str) -> Work | None:
        """Give a job as it stands."""
        return self._jobs.get(job_id)

    def all(self) -> list[Work]:
        """Give every job, oldest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda work: (work.submitted, work.id))

    def open_count(self) -> int:
        """Count the jobs that have not ended."""
        with self._lock:
            return len(self._open())

    def stop(self) -> None:
        """Leave what is open for the next life."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _open(self) -> list[Work]:
        return [work for work in self._jobs.values() if work.status == "InProgress"]

    def _same(self, known: Work, asked: Work) -> Work:
        if known.fingerprint != asked.fingerprint:
            said = "The client request token was used before with different parameters."
            raise AwsError(400, "ConflictException", said)
        return known

    def _keep(self, work: Work) -> None:
        draft = self._folder / f"{work.id}.draft"
        draft.write_text(json.dumps(asdict(work)))
        draft.replace(self._folder / f"{work.id}.json")
        self._jobs[work.id] = work

    def _run(self, work: Work) -> None:
        if work.spoil is not None and work.spoil["fault"] == "job_stuck":
            return
        wait = datetime.fromisoformat(work.due) - datetime.now(UTC)
        if self._stopping.wait(max(0.0, wait / timedelta(seconds=1))):
            return
        with self._painters:
            message = work.doom or self._perform(work)
        ended = datetime.now(UTC).isoformat()
        status = "Failed" if message else "Completed"
        with self._lock:
            self._keep(replace(work, status=status, message=message, ended=ended))
