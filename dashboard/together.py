"""Several doors of one house as child processes: started in order, watched, stopped together."""

import json
import select
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.leash import leashed
from router.domain.errors import Broken, Unreachable

HOST = "127.0.0.1"
READY_S = 90.0
STOP_S = 45.0  # a worker lets calls in flight come to rest
LOOK_S = 0.2


@dataclass(slots=True)
class Together:
    """Children that live and die together."""

    log: Path  # what they say beside their answers
    _children: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    _told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def start(self, name: str, words: Sequence[str], *, announces: bool = True) -> None:
        """Start a child in a session of its own: Ctrl-C is ours, and they are stopped in order.

        It does not outlive this process, however that ends. One that `announces` writes a line when
        it is ready, and nothing more there.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # faces will lie there
        with self.log.open("a", encoding="utf-8") as log:
            self._children[name] = subprocess.Popen(
                leashed(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if announces else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def said(self, name: str) -> dict[str, Any]:
        """Wait for the line with which a child says that it is ready.

        Raises:
            Broken: it ended instead, or said nothing in time.
        """
        if name in self._told:
            return self._told[name]
        pipe = self._children[name].stdout
        ready = select.select([pipe], [], [], READY_S)[0] if pipe else []
        line = pipe.readline() if pipe and ready else ""
        if not line.startswith("{") or "error" in json.loads(line):
            raise self._broken(name, f"not ready: {line.strip()}" if line else "not ready")
        told: dict[str, Any] = json.loads(line)
        self._told[name] = told
        return told

    def answers(self, name: str, url: str) -> None:
        """Wait until a child answers at an address; raises Broken."""
        until = time.monotonic() + READY_S
        while not is_up(url):
            if self._children[name].poll() is not None or time.monotonic() > until:
                raise self._broken(name, f"no answer at {url}")
            time.sleep(LOOK_S)

    def watch(self) -> None:
        """Stay until a child ends; raises Broken and says which."""
        while True:
            for name, child in self._children.items():
                if child.poll() is not None:
                    raise self._broken(name, f"ended with exit code {child.returncode}")
            time.sleep(LOOK_S)

    def stop(self) -> None:
        """Stop all, the last one started first."""
        children = list(reversed(self._children.values()))
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout:
                child.stdout.close()

    def _broken(self, name: str, found: str) -> Broken:
        return Broken(field=name, found=found, expected=f"running until stopped; see {self.log}")


def command(home: Path, *words: str) -> list[str]:
    """Spell one of our own commands on a home."""
    front = [sys.executable, "-m", "dashboard.console", "--json", "--home", str(home)]
    return [*front, *words]


def free_port(port: int) -> int:
    """Give the port back if nobody has it, or any free one for 0.

    Raises:
        Unreachable: somebody has it.
    """
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as error:
            expected = "a free port; choose one with --port, 0 = any"
            raise Unreachable(field="port", found=f"{port} in use", expected=expected) from error
        return int(door.getsockname()[1])


def is_up(url: str) -> bool:
    """Say whether somebody answers at an address of this machine."""
    if not url.startswith(f"http://{HOST}:"):
        return False
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback, see above
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
