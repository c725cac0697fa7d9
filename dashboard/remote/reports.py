"""Reports, built and kept by a service."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.wording import announced
from router.afar import There, only_here
from router.client import Client
from router.domain.errors import UnknownName

INTERNAL = "internal"


def build(
    there: There,
    *,
    campaign: list[str],
    out: Path,
    title: str,
    validation: Path | None,
    edition: str,
    study: list[str] | None,
) -> None:
    """Let the service build a report, and fetch it."""
    if title != "Findings":
        raise only_here("--title")
    if validation is not None:
        raise only_here("--validation")
    if study:
        raise only_here("--study")
    body = {"campaigns": campaign, "edition": None if edition == INTERNAL else edition}
    _fetched(there, there.service.post("/v1/reports", body), out)


def fetch(there: There, *, report: str | None, out: Path) -> None:
    """Fetch a report, or list those that there are."""
    rows = there.service.get("/v1/reports")["reports"]
    if report is None:
        lines = [f"{r['report']}  {r['created_at']}  {r['edition']}  {r['title']}" for r in rows]
        there.said.answer({"reports": rows}, "\n".join(lines) or "no report yet")
        return
    named = {row["report"]: row for row in rows}
    if report not in named:
        raise UnknownName("report", report, named)
    _fetched(there, named[report], out)


def _fetched(there: There, row: Mapping[str, Any], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        fresh = Path(folder) / "report"
        fresh.mkdir()
        for file in row["files"]:
            link = _link(there, row["report"], file["name"])
            Client(there.service).fetch(
                link, fresh / Path(file["name"]).name, file["sha256"] or None
            )
        if out.exists():
            shutil.rmtree(out)
        fresh.replace(out)
    files = sorted(str(out / Path(file["name"]).name) for file in row["files"])
    body = {
        "campaigns": row["campaigns"],
        "edition": row["edition"],
        "simulated": row["simulated"],
        "files": files,
    }
    page = next(name for name in files if name.endswith(".html"))
    there.said.answer(body, announced([page], simulated=row["simulated"]))


def _link(there: There, report: str, name: str) -> Any:
    """Give what asks for a fresh link to a file."""

    def link() -> str | None:
        rows = there.service.get("/v1/reports")["reports"]
        files = next((row["files"] for row in rows if row["report"] == report), ())
        return next((file["link"] for file in files if file["name"] == name), None)

    return link
