"""Scripts for other applications: listed, and copied out. Nothing of ours runs in there."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.domain.errors import Conflict, UnknownName
from router.files.durable_file import write_durably

SOURCES = Path(__file__).parent / "applications"
DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the same files are the same zip, whenever it is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, and what is put into it."""

    name: str
    title: str
    files: Mapping[str, str]  # in applications/ → where it is copied to
    next: str  # what a person does then
    proven: str
    zip: str | None = None  # the same files in one, where the application wants that

    def as_json(self) -> dict[str, Any]:
        """Give what `apps list` prints."""
        told = {"name": self.name, "title": self.title, "proven": self.proven}
        return told | {"files": sorted(self.files.values()), "next": self.next}


def applications() -> tuple[Application, ...]:
    """Give every application that there is a script for."""
    rows = json.loads((SOURCES / "apps.json").read_text("utf-8"))["applications"]
    return tuple(Application(**row) for row in rows)


def named(name: str) -> Application:
    """Give one application; raises UnknownName."""
    known = {each.name: each for each in applications()}
    if name not in known:
        raise UnknownName("application", name, known)
    return known[name]


def install(application: Application, to: Path, *, over: bool = False) -> list[Path]:
    """Copy the files of an application; the same ones again change nothing.

    Raises:
        Conflict: a file is there with other content, and it was not said to write over it.
    """
    files = {
        target: (SOURCES / source).read_bytes() for source, target in application.files.items()
    }
    if application.zip:
        files[application.zip] = _zipped(files)
    for name, data in files.items():
        target = to / name
        if not over and target.exists() and target.read_bytes() != data:
            expected = "--over to write over it, or another folder"
            raise Conflict(field=str(target), found="a file with other content", expected=expected)
    for name, data in files.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        write_durably(to / name, data)
        (to / name).chmod(0o644)  # the application may run as somebody else
    return [to / name for name in files]


def _zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, DAY_ONE)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)
    return target.getvalue()
