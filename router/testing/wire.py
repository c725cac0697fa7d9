"""The dialects on a running emulator, with a switch for its faults."""

import hashlib
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.backends import bedrock_async, bedrock_invoke, sagemaker_async
from router.cloud import aws
from router.domain.model import Model
from router.domain.request import Request
from router.ports import Backend, Call, Outcome, Running
from router.testing.asking import call
from router.testing.emulator import Emulator, running_emulator


@dataclass
class Wire:
    """A running emulator, our backends on it, and a switch for its faults."""

    emulator: Emulator
    backends: dict[str, Backend]
    faults: Path
    switched: int = 0

    def fault(self, name: str | None, on: str = "*", **args: Any) -> None:
        """Let the next call (of one operation) get this fault; None = no fault."""
        self.switched += 1
        said = {**args, "switch": self.switched}
        row = {"fault": name, "operation": on, "args": said, "count": 1}
        self.faults.write_text(json.dumps([row] if name else []))

    def posts(self, model: Model) -> int:
        """Count the requests for a model that have reached the emulator."""
        with urllib.request.urlopen(f"{self.emulator.endpoint}/_circletake/state") as answer:
            counts = json.load(answer)["posts"]
        return sum(n for name, n in counts.items() if name in {model.wire_id, model.model_id})

    def end_of(self, asked: Call, outcome: Outcome) -> Outcome:
        """Poll a job until it stands still."""
        backend, until = self.backends[asked.model.dialect], time.monotonic() + 20
        while isinstance(outcome, Running) and time.monotonic() < until:
            time.sleep(0.02)
            outcome = backend.poll(asked, outcome.provider_ref)
        return outcome


@contextmanager
def wired(folder: Path, **options: object) -> Iterator[Wire]:
    """Start an emulator under a folder, and put the dialects on it."""
    folder.mkdir(parents=True, exist_ok=True)
    faults = folder / "faults.json"
    faults.write_text("[]")
    with running_emulator(folder / "state", instant=True, faults=faults, **options) as emulator:
        clients = aws.Clients(
            aws.Endpoint(
                bedrock_url=emulator.endpoint,
                s3_url=emulator.endpoint,
                access_key=emulator.access_key,
                secret_key=emulator.secret_key,
                bucket=emulator.bucket,
            )
        )
        backends: dict[str, Backend] = {
            "bedrock_invoke": bedrock_invoke.build(clients),
            "bedrock_async": bedrock_async.build(clients),
            "sagemaker_async": sagemaker_async.build(clients),
        }
        yield Wire(emulator=emulator, backends=backends, faults=faults)


def asked_of(model: Model, asked: Request, node: str, data: bytes) -> Call:
    """Resolve a request under an attempt id made of a test's name."""
    attempt = hashlib.sha256(node.encode()).hexdigest()[:32]
    return call(model, asked, attempt=attempt, data=data)
