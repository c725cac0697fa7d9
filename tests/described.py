"""The service does what its description says: schemathesis asks whatever the description allows.

    python -m tests.described --seconds 600

It makes requests from the description, good and bad ones, and chains of them; an answer of 5xx, or
one that the description does not foresee, is a fault.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from router.api.permit import Owner
from tests.matrix_world import TENANTS, live, world

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@dataclass(slots=True)
class Seen:
    """What schemathesis saw."""

    cases: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)  # route and kind → an example


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Answer on a real socket; gives the address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@contextmanager
def owned(home: Path) -> Iterator[str]:
    """Serve a home in which two tenants have lived to its owner, who may do everything."""
    with world(home, live(home)) as lived:
        lived.app.state.doorkeeper = Owner(frozenset(TENANTS))
        with served(lived.app) as url:
            yield url


def asked(url: str, seconds: int, seed: int) -> Seen:
    """Ask for some seconds whatever the description allows, and some of what it does not."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    config = SchemathesisConfig.from_dict(_config(seconds, seed))
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    seen = Seen()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(seen, event.recorder)
        if isinstance(event, events.NonFatalError | events.FatalError):
            seen.faults[f"{event}"[:80]] = str(getattr(event, "value", event))[:500]
    return seen


def _config(seconds: int, seed: int) -> dict[str, Any]:
    off = {"enabled": False}
    return {
        "seed": seed,
        "max-time": seconds,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "phases": {"examples": off, "coverage": off},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "generation": {"no-shrink": True, "database": "none"},
        "request-timeout": 20.0,
    }


def _note(seen: Seen, recorder: Any) -> None:
    for id_, exchange in recorder.interactions.items():
        seen.cases += 1
        status = exchange.response.status_code if exchange.response else 0
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        case = recorder.cases[id_].value
        for check in recorder.checks.get(id_, ()):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                kind = f"{case.method} {case.path}: {check.name} {status}"
                seen.faults.setdefault(kind, f"{failure.message}\n{case.as_curl_command()}"[:1500])


def main() -> int:
    """Print what was seen; 1 where something was not as described."""
    words = argparse.ArgumentParser(prog="python -m tests.described", description=__doc__)
    words.add_argument("--seconds", type=int, default=600)
    words.add_argument("--seed", type=int, default=1)
    said = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, owned(Path(folder)) as url:
        seen = asked(url, said.seconds, said.seed)
    print(f"{seen.cases} cases, by status {dict(sorted(seen.statuses.items()))}")  # noqa: T201
    for kind, example in sorted(seen.faults.items()):
        print(f"{kind}\n    {example}")  # noqa: T201
    print(f"{len(seen.faults)} faults")  # noqa: T201
    return 1 if seen.faults else 0


if __name__ == "__main__":
    sys.exit(main())
