"""Shot packs over HTTP: handed in, checked, kept, listed."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmarks.packs.receiving import Received
from router.api import pages, wire
from router.api.doors import StrictRoute
from router.api.pages import Page
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.api.uploads import UploadDesk
from router.domain.caller import Reach

Json = dict[str, Any]
UploadId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Partner = Annotated[wire.Partner, Query(description="the studio whose packs are asked for")]


class PackDesk(Protocol):
    """Takes packs in and lists them; what is out of reach is unknown."""

    def from_zip(self, reach: Reach, partner: str, upload: str) -> Received:
        """Take in a zip."""
        ...

    def from_files(self, reach: Reach, partner: str, files: Sequence[tuple[str, str]]) -> Received:
        """Take in files."""
        ...

    def packs(self, reach: Reach, partner: str, offset: int, limit: int) -> Page:
        """List packs."""
        ...

    def pack(self, reach: Reach, partner: str, seal: str) -> Json:
        """Give one pack."""
        ...


class Hatch(PackDesk, Protocol):
    """Takes single files in, too."""

    @property
    def intake(self) -> UploadDesk:
        """Give what takes files in."""
        ...


class PackPart(wire.Entering):
    """One file of a pack."""

    path: str = Field(min_length=1, max_length=200, description="inside the pack, with / between")
    upload: UploadId


class HandedIn(wire.Entering):
    """A pack: one zip, or its files; each is a complete upload. Addresses are not fetched."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"partner": "northlight_pictures", "upload": "0" * 32}]}
    )

    partner: wire.Partner
    upload: UploadId | None = None
    files: list[PackPart] = Field(default=[], max_length=2_000)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.upload is None) == (not self.files):
            raise ValueError("either upload (a zip) or files")
        return self


class PackMistake(BaseModel):
    """One thing wrong with a pack."""

    file: str
    field: str
    line: int | None
    found: str
    expected: str
    code: str


class PackChecked(BaseModel):
    """What `circletake pack check` says, and the seal under which the pack is kept."""

    pack: str | None
    ok: bool
    errors: list[PackMistake]
    warnings: list[PackMistake]


class PackRow(BaseModel):
    """One pack that is kept."""

    pack: str
    partner: str
    code: str
    title: str
    shots_total: int
    files: int


class Packs(BaseModel):
    """A page of packs."""

    packs: list[PackRow]
    total: int
    first: int
    next: str | None
    previous: str | None


class PackShot(BaseModel):
    """One shot of a pack."""

    shot: str
    task: str
    description: str
    lines: int


class PackDetail(PackRow):
    """A pack with its shots."""

    shots: list[PackShot]


def routes(desk: PackDesk) -> APIRouter:
    """Build the routes."""
    router = APIRouter(prefix="/v1/packs", tags=["packs"], route_class=StrictRoute)

    @router.post(
        "",
        status_code=201,
        response_model=PackChecked,
        responses={
            200: {"model": PackChecked, "description": "the same pack is kept already"},
            **answers(400, 401, 403, 404, 409, 413, 415),
            422: {"description": "mistakes in the pack, all at once, or in the request"},
        },
        summary="Hand in a shot pack",
    )
    def hand_in(caller: Submitter, body: HandedIn, response: Response) -> Json:
        """Check a pack as `circletake pack check` does, seal it and keep it.

        A pack with mistakes is answered with 422 and all of them; nothing of it is kept.
        """
        if body.upload:
            found = desk.from_zip(caller.reads, body.partner, body.upload)
        else:
            files = [(part.path, part.upload) for part in body.files]
            found = desk.from_files(caller.reads, body.partner, files)
        response.status_code = 422 if not found.ok else 201 if found.is_new else 200
        return found.body

    @router.get(
        "",
        response_model=Packs,
        responses=answers(401, 403, 404, 422),
        summary="Packs that are kept",
    )
    def packs(
        caller: Reader,
        paging: pages.Paging,
        partner: Partner,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = 48,
    ) -> Json:
        """List the packs of a studio."""
        question = {"list": "packs", "partner": partner}
        at = paging.offset(cursor, question)
        page = desk.packs(caller.reads, partner, at, limit)
        return {"packs": list(page.items), **paging.around(at, limit, page, question)}

    @router.get(
        "/{seal}",
        response_model=PackDetail,
        responses=answers(401, 403, 404, 422),
        summary="One pack",
    )
    def pack(
        caller: Reader, seal: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")], partner: Partner
    ) -> Json:
        """Give a pack with its shots."""
        return desk.pack(caller.reads, partner, seal)

    return router
