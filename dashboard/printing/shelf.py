"""Finished reports on disk: built, listed by their manifests, read back file by file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reporting.editions import INTERNAL
from dashboard.ports import Studio
from dashboard.printing import report
from router.domain.caller import Reach
from router.domain.errors import StoreCorrupt, UnknownName
from router.domain.ids import sha256_of


class Shelf:
    """A folder that holds one folder for each report.

    Editions for a partner lie in a folder of that partner's, `for/NAME`: what is for nobody else is
    never beside what is.
    """

    def __init__(self, folder: Path) -> None:
        """Keep reports under `folder`; it is made when the first one is built."""
        self._folder = folder

    def build(
        self, studio: Studio, reach: Reach, campaigns: Sequence[str], edition: str
    ) -> dict[str, Any]:
        """Compile, freeze and write the report of some campaigns; raises UnknownName."""
        document, assets = studio.document(reach, campaigns, edition=edition)
        id_ = report.snapshot(document)[:16]
        report.write(document, assets, self._place(edition) / id_)
        return self._entry(edition, id_)

    def all(self, edition: str) -> list[dict[str, Any]]:
        """List the finished reports of an edition, newest first."""
        places = self._place(edition).glob(f"*/{report.MANIFEST}")
        found = [self._entry(edition, p.parent.name) for p in places]
        return sorted(found, key=lambda r: (r["created_at"], r["report"]), reverse=True)

    def read(self, edition: str, id_: str, name: str) -> bytes:
        """Read a file of a report; only what its manifest names, only if it is unchanged."""
        files = {f["name"]: f["sha256"] for f in self._entry(edition, id_)["files"]}
        place = self._place(edition) / id_ / name
        if name == report.MANIFEST:
            return place.read_bytes()
        if name not in files:
            raise UnknownName("file", name, files)
        data = place.read_bytes()
        if sha256_of(data) != files[name]:
            raise StoreCorrupt(
                field=f"report {id_}", found=f"a changed {name}", expected="the file as it was made"
            )
        return data

    def _place(self, edition: str) -> Path:
        return self._folder if edition == INTERNAL else self._folder / "for" / edition

    def _entry(self, edition: str, id_: str) -> dict[str, Any]:
        path = self._place(edition) / id_ / report.MANIFEST
        if not path.is_file():
            raise UnknownName("report", id_, ())
        told = json.loads(path.read_text(encoding="utf-8"))
        return {"report": id_, "edition": edition, **told}
