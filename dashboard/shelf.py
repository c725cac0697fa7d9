"""Finished reports on disk: built, listed by their manifests, read back file by file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dashboard import report
from dashboard.ports import Studio
from router.domain.errors import StoreCorrupt, UnknownName
from router.domain.ids import sha256_of


class Shelf:
    """A folder that holds one folder for each report."""

    def __init__(self, folder: Path) -> None:
        """Keep reports under `folder`; it is made when the first one is built."""
        self._folder = folder

    def build(self, studio: Studio, campaigns: Sequence[str]) -> dict[str, Any]:
        """Compile, freeze and write the report of some campaigns."""
        document, assets = studio.document(campaigns)
        id_ = report.snapshot(document)[:16]
        report.write(document, assets, self._folder / id_)
        return self._entry(id_)

    def all(self) -> list[dict[str, Any]]:
        """List the finished reports, newest first."""
        found = [self._entry(p.parent.name) for p in self._folder.glob(f"*/{report.MANIFEST}")]
        return sorted(found, key=lambda r: (r["created_at"], r["report"]), reverse=True)

    def read(self, id_: str, name: str) -> bytes:
        """Read a file of a report; only what its manifest names, only if it is unchanged."""
        files = {f["name"]: f["sha256"] for f in self._entry(id_)["files"]}
        if name == report.MANIFEST:
            return (self._folder / id_ / name).read_bytes()
        if name not in files:
            raise UnknownName("file", name, files)
        data = (self._folder / id_ / name).read_bytes()
        if sha256_of(data) != files[name]:
            raise StoreCorrupt(
                field=f"report {id_}", found=f"a changed {name}", expected="the file as it was made"
            )
        return data

    def _entry(self, id_: str) -> dict[str, Any]:
        path = self._folder / id_ / report.MANIFEST
        if not path.is_file():
            raise UnknownName("report", id_, ())
        return {"report": id_, **json.loads(path.read_text(encoding="utf-8"))}
