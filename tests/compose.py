"""deploy/compose.yaml, read as Compose reads it, and its services as processes of this machine.

    services = read({"CIRCLETAKE_REHEARSE": "--simulate"})
    place = Place(folder, services, {"database:5432": …})     # what stands in for other machines
    child = place.start("api")                                # its own words and variables only

A container's folders become folders below one of ours; a host and port becomes whatever stands in
for it. Nothing else of a command or of a variable is touched.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?-)([^}]*))?\}")


def read(environment=None):
    """Give the services with every variable filled in."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    return _filled(yaml.safe_load(text), environment or {})["services"]


def _filled(value, environment):
    if isinstance(value, dict):
        return {name: _filled(inner, environment) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environment) for inner in value]
    if not isinstance(value, str):
        return value

    def fill(found):
        name, sign, default = found.groups()
        known = environment.get(name)
        absent = known is None or (sign == ":-" and known == "")
        return (default or "") if absent else known

    return _VARIABLE.sub(fill, value)


def words(said):
    """Give a command or a health check as a list of words."""
    if isinstance(said, str):
        return shlex.split(said)
    return said[1:] if said[:1] == ["CMD"] else list(said)


@dataclass
class Place:
    """One machine that plays them all."""

    folder: Path
    services: dict
    stands_in: dict[str, str]
    children: dict = field(default_factory=dict)

    def environment(self, name):
        """Give the variables of a service's container, as they are here."""
        given = self.services[name].get("environment", {})
        here = {key: self._here(name, str(value)) for key, value in given.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        scratch = self._inside(name, "/tmp")
        own = {"PATH": path, "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}
        return own | {"CIRCLETAKE_GIVEN": str(self._secrets(name))} | here

    def command(self, name):
        """Give the words of a service behind the entry of the image."""
        return self._entered(name, words(self.services[name]["command"]))

    def start(self, name):
        """Start a service as Compose would."""
        empty = self._inside(name, "/srv")
        log = (self.folder / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            self.command(name),
            cwd=empty,
            env=self.environment(name),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        return self.children[name]

    def run(self, name, *said):
        """Run a service to its end, or other words in its container; gives the process."""
        command = self._entered(name, list(said)) if said else self.command(name)
        return subprocess.run(
            command,
            cwd=self._inside(name, "/srv"),
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def is_healthy(self, name):
        """Ask its health check, which the entry does not stand before."""
        test = [self._here(name, w) for w in words(self.services[name]["healthcheck"]["test"])]
        done = subprocess.run(
            test, env=self.environment(name), capture_output=True, check=False, timeout=30
        )
        return done.returncode == 0

    def said(self, name):
        """Give what a service wrote to its log."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def left_behind(self, name):
        """Name what a service wrote beside its own folders."""
        return sorted(p.name for p in self._inside(name, "/srv").iterdir())

    def _entered(self, name, said):
        entry = [sys.executable, str(DEPLOY / "enter.py")]
        return [*entry, *(self._here(name, word) for word in said)]

    def _secrets(self, name):
        """Hand over the secrets that the service lists, and no other."""
        given = self._inside(name, "/run/secrets")
        for one in self.services[name].get("secrets", ()):
            if not (given / one).is_file():  # once: who is starting may be reading it now
                (given / one).write_bytes((self.folder / "secrets" / one).read_bytes())
        return given

    def _inside(self, name, path):
        """Give the folder that stands for one of the container's; volumes are shared by name."""
        for volume in self.services[name].get("volumes", ()):
            source, target, *_ = volume.split(":")
            if path == target or path.startswith(f"{target}/"):
                rest = path.removeprefix(target).strip("/")
                return _made(self.folder / "volumes" / source.strip("./") / rest)
        return _made(self.folder / "containers" / name / path.strip("/"))

    def _here(self, name, text):
        for there, here in self.stands_in.items():
            text = text.replace(there, here)
        roots = r"(?:/run|/var/lib|/etc)/(?:circletake|secrets)[\w/.-]*"
        text = re.sub(roots, lambda m: str(self._inside(name, m[0])), text)
        return text.replace("/srv/", f"{DEPLOY}/")


def _made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder
