"""The console as a person uses it, for tests: a process of its own, one JSON answer."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command left behind."""

    code: int
    answer: Any  # the JSON document; None where none was printed
    errors: str  # standard error


@dataclass(frozen=True, slots=True)
class Terminal:
    """A home, and commands run against it."""

    home: Path

    def command(self, *words: str) -> list[str]:
        """Spell a command line."""
        front = [sys.executable, "-W", "ignore", "-m", "dashboard.console"]
        return [*front, *words, "--home", str(self.home), "--json"]

    def run(self, *words: str) -> Said:
        """Run a command to its end."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        answer = json.loads(done.stdout) if done.stdout.strip() else None
        return Said(code=done.returncode, answer=answer, errors=done.stderr)

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command and leave it running, in a process group of its own."""
        return subprocess.Popen(
            self.command(*words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def billed(self) -> list[dict[str, Any]]:
        """Read what the embedded emulator would have charged."""
        path = self.home / "emulator" / "billing.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
