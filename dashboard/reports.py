"""Reports over HTTP: build, list, download by signed link."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from dashboard.ports import Studio
from dashboard.report import MANIFEST
from dashboard.shelf import Shelf
from router.api.doors import StrictRoute
from router.api.links import Signer
from router.api.permit import LINK, Reader
from router.api.problems import answers
from router.api.routes import MEDIA_HEADERS, Expiry, Signature
from router.api.wire import Entering, Id

NOBODY = "-"  # a report may hold several partners' campaigns; the link is bound to its id
TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}
PAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
)
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]+\.[a-z]+$", max_length=64)]
ReportId = Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{16}$")]


class Wanted(Entering):
    """Which campaigns go into a report."""

    campaigns: list[Id] = Field(min_length=1, max_length=50)


class ReportFile(BaseModel):
    """One file of a report."""

    name: str
    bytes: int
    sha256: str
    link: str = Field(description="signed, two minutes long")


class ReportRow(BaseModel):
    """A frozen report."""

    report: str
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
        """List finished reports with signed links to their files."""
        return {"reports": [_linked(r, signer) for r in shelf.all()]}

    @router.post(
        "/reports",
        status_code=201,
        response_model=ReportRow,
        responses=answers(400, 404, 409, 413, 415, 422),
        summary="Build a report",
    )
    def build(caller: Reader, body: Wanted) -> dict[str, Any]:
        """Freeze what is known now into a report; simulated and real campaigns never mix."""
        return _linked(shelf.build(studio, body.campaigns), signer)

    @router.get(
        "/reports/{id}/{name}",
        dependencies=[LINK],
        response_class=Response,
        responses={
            200: {"content": {"*/*": {}}, "description": "the file"},
            **answers(403, 404, 422),
        },
        summary="A file of a report, by signed link only",
    )
    def file(
        id_: ReportId,
        name: Name,
        expiry: Expiry,
        signature: Signature,
        partner: Annotated[str, Query(pattern="^-$")] = NOBODY,
        variant: Annotated[str, Query(pattern="^report$")] = "report",
    ) -> Response:
        """Give a file as it was made; a changed one is not given."""
        signer.check(
            partner=partner,
            name=f"{id_}/{name}",
            variant=variant,
            expiry=expiry,
            signature=signature,
        )
        return _served(shelf.read(id_, name), name)

    return router


def _linked(entry: dict[str, Any], signer: Signer) -> dict[str, Any]:
    names = [*entry["files"], {"name": MANIFEST, "bytes": 0, "sha256": ""}]
    files = [
        {
            **file,
            "link": signer.link(
                f"/v1/reports/{entry['report']}/{file['name']}",
                partner=NOBODY,
                name=f"{entry['report']}/{file['name']}",
                variant="report",
            ),
        }
        for file in names
    ]
    return {**entry, "files": files}


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
