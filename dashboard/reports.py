"""Reports over HTTP: build, list, download by signed link."""

from collections.abc import Collection
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from benchmarks.api.routes import edition_of
from benchmarks.reporting.editions import INTERNAL
from dashboard.ports import Studio
from dashboard.printing.report import MANIFEST
from dashboard.printing.shelf import Shelf
from router.api.doors import StrictRoute
from router.api.links import NOBODY, Claimed, Links, Signer
from router.api.permit import LINK, NotAllowed, Reader
from router.api.problems import answers
from router.api.routes import MEDIA_HEADERS
from router.api.turns import DearReader
from router.api.wire import Entering, Id, Partner
from router.domain.caller import Caller, Role
from router.domain.errors import UnknownName

TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}
PAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
)
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]+\.[a-z]+$", max_length=64)]
ReportId = Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{16}$")]


class Wanted(Entering):
    """Which campaigns go into a report."""

    campaigns: list[Id] = Field(min_length=1, max_length=50)
    edition: Partner | None = Field(
        default=None,
        description="the partner who reads it; null = a studio's people their own, others internal",
    )


class ReportFile(BaseModel):
    """One file of a report."""

    name: str
    bytes: int
    sha256: str
    link: str | None = Field(
        description="signed, two minutes long; null where the caller may see no pictures"
    )


class ReportRow(BaseModel):
    """A frozen report."""

    report: str
    edition: str
    title: str
    created_at: str
    simulated: bool
    campaigns: list[str]
    snapshot: str
    code_version: str
    files: list[ReportFile]


class Reports(BaseModel):
    """All finished reports, newest first."""

    reports: list[ReportRow]


def routes(studio: Studio, shelf: Shelf, signer: Signer) -> APIRouter:
    """Build the routes of the report shelf."""
    router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)

    @router.get("/reports", response_model=Reports, summary="Finished reports")
    def reports(caller: Reader) -> dict[str, Any]:
        """List finished reports of campaigns within reach, with signed links to their files."""
        editions = [*([] if _is_studios(caller) else [INTERNAL]), *caller.reads]
        rows = [(r, _owners(studio, caller, r)) for e in editions for r in shelf.all(e)]
        shown = [_linked(r, owners, signer, caller) for r, owners in rows if owners]
        order = sorted(shown, key=lambda r: (r["created_at"], r["report"]), reverse=True)
        return {"reports": order}

    @router.post(
        "/reports",
        status_code=201,
        response_model=ReportRow,
        responses=answers(400, 404, 409, 413, 415, 422),
        summary="Build a report",
    )
    def build(caller: DearReader, body: Wanted) -> dict[str, Any]:
        """Freeze what is known now into a report; simulated and real campaigns never mix.

        A report shows partners by name and by picture: somebody who is neither the home's owner nor
        of the one studio in it needs to be granted their pictures.
        """
        owners = frozenset(studio.owners(caller.reads, body.campaigns).values())
        edition = _edition(caller, owners, body.edition)
        made = shelf.build(studio, caller.reads, body.campaigns, edition)
        return _linked(made, owners, signer, caller)

    @router.get(
        "/reports/{id}/{name}",
        dependencies=[LINK],
        response_class=Response,
        responses={
            200: {"content": {"*/*": {}}, "description": "the file"},
            **answers(403, 404, 422, 429),
        },
        summary="A file of a report, by signed link only",
    )
    def file(request: Request, id_: ReportId, name: Name, said: Claimed) -> Response:
        """Give a file as it was made; a changed one is not given."""
        signer.admit(request, said, f"{id_}/{name}")
        edition = INTERNAL if said.partner == NOBODY else said.partner
        return _served(shelf.read(edition, id_, name), name)

    return router


def _is_studios(caller: Caller) -> bool:
    """Say whether the caller is of a studio: those read their own edition only."""
    return not (caller.is_internal or caller.role is Role.OWNER)


def _edition(caller: Caller, owners: Collection[str], wanted: str | None) -> str:
    """Say which edition is built; raises UnknownName and NotAllowed."""
    its_own = edition_of(caller, owners)
    if wanted is not None and wanted not in owners:
        raise UnknownName("edition", wanted, owners)
    if caller.is_internal and wanted is None and not all(p in caller.looks for p in owners):
        raise NotAllowed(
            field="edition",
            found="partners whose pictures are not granted",
            expected="a grant for each, or the edition of one of them",
        )
    return wanted or its_own


def _owners(studio: Studio, caller: Caller, entry: dict[str, Any]) -> frozenset[str]:
    """Name the partners of a report; none where one is out of reach, or gone."""
    with suppress(UnknownName):
        return frozenset(studio.owners(caller.reads, entry["campaigns"]).values())
    return frozenset()


def _linked(
    entry: dict[str, Any], owners: Collection[str], signer: Signer, caller: Caller
) -> dict[str, Any]:
    names = [*entry["files"], {"name": MANIFEST, "bytes": 0, "sha256": ""}]
    links = Links(signer, caller, lambda name: name)
    partner = NOBODY if entry["edition"] == INTERNAL else entry["edition"]
    may = all(p in caller.looks for p in owners)

    def link(file: str) -> str | None:
        name = f"{entry['report']}/{file}"
        path = f"/v1/reports/{name}"
        return links.signed(path, partner=partner, name=name, variant="report") if may else None

    return {**entry, "files": [{**f, "link": link(f["name"])} for f in names]}


def _served(data: bytes, name: str) -> Response:
    ending = "." + name.rpartition(".")[2]
    place = "inline" if ending == ".html" else "attachment"
    return Response(
        data,
        media_type=TYPES.get(ending, "application/octet-stream"),
        headers={
            **MEDIA_HEADERS,
            "Accept-Ranges": "none",
            "Content-Security-Policy": PAGE_POLICY,
            "Content-Disposition": f'{place}; filename="{name}"',
        },
    )
