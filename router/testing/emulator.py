"""The emulator as a process of its own, for tests of every storey."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A running emulator."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str
    bucket: str
    ledger: Path
    process: subprocess.Popen[str]

    def client(self, service: str, **settings: Any) -> Any:
        """Make a real boto3 client for it: one attempt, path-style S3.

        Args:
            service: `bedrock-runtime`, `bedrock` or `s3`.
            **settings: Further arguments of botocore's `Config`.
        """
        import boto3
        from botocore.config import Config

        config = {
            "retries": {"total_max_attempts": 1},
            "s3": {"addressing_style": "path"},
            "signature_version": "s3v4" if service == "s3" else "v4",
        }
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=settings.pop("region_name", self.region),
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(**{**config, **settings}),
        )

    def billed(self) -> list[dict[str, Any]]:
        """Read the billing ledger."""
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]


@contextmanager
def running_emulator(state: Path, **options: object) -> Iterator[Emulator]:
    """Start `python -m router.emulator` on a free port and stop it at the end.

    Args:
        state: Its state folder; the ledger is `ledger.jsonl` in it unless `ledger` says otherwise.
        **options: Long options with underscores: `instant=True`, `speed=100`, `faults=path`.

    Raises:
        RuntimeError: it did not start.
    """
    process = start(state, **options)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the emulator did not start: exit {process.wait()}")
        facts = json.loads(line)
        yield Emulator(
            endpoint=facts["endpoint"],
            region=facts["region"],
            access_key=facts["access_key"],
            secret_key=facts["secret_key"],
            bucket=facts["bucket"],
            ledger=Path(str(options.get("ledger", state / "ledger.jsonl"))),
            process=process,
        )
    finally:
        stop(process)


def start(state: Path, **options: object) -> subprocess.Popen[str]:
    """Start an emulator; its standard output holds one JSON line once it is ready."""
    words = [sys.executable, "-m", "router.emulator", "--json", "--state", str(state)]
    for name, value in options.items():
        flag = name.replace("_", "-")
        if value is True:
            words.append(f"--{flag}")
        elif value is False:
            words.append(f"--no-{flag}")
        else:
            words += [f"--{flag}", str(value)]
    house = Path(__file__).parents[2]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=house)


def stop(process: subprocess.Popen[str]) -> int:
    """Ask it to stop, and give its exit status."""
    if process.poll() is None:
        process.terminate()
    status = process.wait(timeout=15)
    if process.stdout:
        process.stdout.close()
    return status
