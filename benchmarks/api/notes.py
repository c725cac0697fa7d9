"""Notes on takes over HTTP: marked, listed, and made into a request for another take."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from benchmarks.api.front import NoteDesk, WantedRefinement
from benchmarks.api.people import By, Paged, RepairRow
from benchmarks.domain.note import Jotted, Mark, Stroke, Wish
from router.api import pages
from router.api.doors import StrictRoute, TaggedRoute
from router.api.idempotency import IdempotencyKey, Remembers, once, wish_of
from router.api.links import Links, Signer
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.api.speaker import speaker
from router.api.wire import Entering, Id
from router.domain.money import musd_of
from router.store.answers import Answer

Json = dict[str, Any]
PathId = Annotated[Id, Path(alias="id")]
Share = Annotated[float, Field(ge=0, le=1)]
Frame = Annotated[int, Field(ge=0, le=1_000_000)]
Point = Annotated[list[Share], Field(min_length=2, max_length=2)]
MOST_STROKES, MOST_POINTS = 200, 4000  # of one note; of one stroke

EXAMPLE: Json = {
    "frame": 0,
    "frames": None,
    "region": [0.41, 0.2, 0.12, 0.3],
    "strokes": [
        {"points": [[0.42, 0.22], [0.52, 0.22], [0.47, 0.48]], "width": 0.01, "closed": True}
    ],
    "text": "The scar belongs on the other cheek: paint this one away",
    "wish": "inpaint",
    "line": None,
}


class StrokeBody(Entering):
    """One line of a drawing, in shares of the picture; a closed one is filled."""

    points: list[Point] = Field(min_length=1, max_length=MOST_POINTS)
    width: Share = Field(default=0.01, description="share of the picture's width")
    closed: bool = False


class NoteBody(Entering):
    """What a named person marks and says on a take; frames count from 0 in the take itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    frame: Frame | None = None
    frames: Annotated[list[Frame], Field(min_length=2, max_length=2)] | None = None
    region: Annotated[list[Share], Field(min_length=4, max_length=4)] | None = Field(
        default=None, description="x, y, width, height; what is drawn where there are no strokes"
    )
    strokes: list[StrokeBody] = Field(default=[], max_length=MOST_STROKES)
    text: str = Field(default="", max_length=4000)
    wish: Literal["inpaint", "erase", "recolour", "outpaint", "none"] = "none"
    line: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="the acceptance line that it answers"
    )
    by: By

    def jotted(self, by: str) -> Jotted:
        """Give it as the desk takes it."""
        strokes = tuple(
            Stroke(points=tuple((x, y) for x, y in s.points), width=s.width, closed=s.closed)
            for s in self.strokes
        )
        frames, box = self.frames, self.region
        mark = Mark(
            frame=self.frame,
            frames=(frames[0], frames[1]) if frames else None,
            region=(box[0], box[1], box[2], box[3]) if box else None,
            strokes=strokes,
        )
        return Jotted(by=by, mark=mark, text=self.text, wish=Wish(self.wish), line=self.line)


class StrokeRow(BaseModel):
    """One line of a drawing."""

    points: list[list[float]]
    width: float
    closed: bool


class NoteRow(BaseModel):
    """A note as it is kept, and the takes that came of it."""

    id: str
    partner: str
    campaign: str
    take: str
    by: str
    at: str
    frame: int | None
    frames: list[int] | None
    region: list[float] | None
    strokes: list[StrokeRow]
    text: str
    wish: str
    line: int | None
    matte: str | None = Field(description="sha-256 of what is drawn, at the take's raster")
    matte_link: str | None = Field(default=None, description="null: nothing drawn, or not yours")
    children: list[str] = Field(description="takes that were made because of it")


class Notes(Paged):
    """One page of the notes on a take, oldest first."""

    notes: list[NoteRow]


class RefinementBody(Entering):
    """Which notes on a take shall be done; they wish the same thing."""

    notes: list[Id] = Field(min_length=1, max_length=50)
    budget_usd: float | None = Field(
        default=None, gt=0, le=1_000_000, description="spend at most this; null = the rest"
    )
    dry_run: bool = Field(default=False, description="say what would be asked, and ask nothing")
    by: By

    def budget_musd(self) -> int | None:
        """Give the budget in micro-dollars."""
        if self.budget_usd is None:
            return None
        return musd_of("budget_usd", Decimal(repr(self.budget_usd)))


class PlannedRefinement(BaseModel):
    """What would be asked, and the most that it costs."""

    take: str
    notes: list[str]
    lines: list[int]
    operation: str
    prompt: str
    matte: str | None
    matte_link: str | None = None
    worst_case_usd: float


def routes(desk: NoteDesk, remembers: Remembers, signer: Signer) -> APIRouter:
    """Build the routes; `remembers` keeps the answers to paid wishes."""
    saying = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)
    _add_jot(saying, desk, signer)
    _add_refine(saying, desk, remembers, signer)
    looking = APIRouter(prefix="/v1", tags=["people"], route_class=TaggedRoute)
    _add_list(looking, desk, signer)
    whole = APIRouter()
    whole.include_router(saying)
    whole.include_router(looking)
    return whole


def _add_jot(router: APIRouter, desk: NoteDesk, signer: Signer) -> None:
    @router.post(
        "/takes/{id}/notes",
        status_code=201,
        response_model=NoteRow,
        responses=answers(400, 403, 404, 413, 415, 422),
        summary="Mark and say something on a take",
    )
    def jot(caller: Submitter, id_: PathId, body: NoteBody) -> Json:
        """Keep a note; nothing is overwritten, and the same note twice is one."""
        found = desk.jot(caller.reads, id_, body.jotted(speaker(caller, body.by)))
        return _linked(found, Links(signer, caller, desk.named))


def _add_list(router: APIRouter, desk: NoteDesk, signer: Signer) -> None:
    @router.get(
        "/takes/{id}/notes",
        response_model=Notes,
        responses=answers(404, 422),
        summary="What people marked and said on a take",
    )
    def notes(
        caller: Reader,
        paging: pages.Paging,
        id_: PathId,
        frame: Annotated[int | None, Query(ge=0, description="only what concerns it")] = None,
        line: Annotated[int | None, Query(ge=1, description="only what answers it")] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Json:
        """Give the notes on a take, oldest first; those of no frame concern every frame."""
        question = {"list": "notes", "take": id_, "frame": frame, "line": line}
        at = paging.offset(cursor, question)
        found = desk.notes(caller.reads, id_)
        rows = [r for r in found if _concerns(r, frame) and line in {None, r["line"]}]
        page = pages.Page(items=rows[at : at + limit], total=len(rows))
        links = Links(signer, caller, desk.named)
        shown = [_linked(row, links) for row in page.items]
        return {"notes": shown, **paging.around(at, limit, page, question)}


def _add_refine(router: APIRouter, desk: NoteDesk, remembers: Remembers, signer: Signer) -> None:
    @router.post(
        "/takes/{id}/refinements",
        status_code=202,
        response_model=RepairRow | PlannedRefinement,
        responses={
            200: {"model": PlannedRefinement, "description": "a dry run"},
            **answers(400, 402, 403, 404, 409, 413, 415, 422),
        },
        summary="Have notes done: inside what is drawn, and nowhere else",
    )
    def refine(
        caller: Submitter,
        id_: PathId,
        body: RefinementBody,
        response: Response,
        key: IdempotencyKey = None,
    ) -> Json:
        """Hand what notes wish to the workers: a child take under its parent, as of a repair."""
        partner = desk.owner_of_take(caller.reads, id_)
        said = body.model_dump(mode="json")
        wish = wish_of(caller, partner, key, f"takes/{id_}/refinements", said)
        wanted = WantedRefinement(
            take=id_,
            notes=tuple(body.notes),
            budget_musd=body.budget_musd(),
            by=speaker(caller, body.by),
            key=f"{wish.tenant}:{wish.key}",
        )
        if body.dry_run:
            response.status_code = 200
            planned = {**desk.priced(caller.reads, wanted), "partner": partner}
            return _linked(planned, Links(signer, caller, desk.named))

        def carry_out() -> Answer:
            found = desk.refine(caller.reads, wanted)
            return Answer(status=202, location=f"/v1/repairs/{found['repair']}", body=found)

        return once(remembers, wish, response, carry_out)


def _linked(note: Mapping[str, Any], links: Links) -> Json:
    found = links.media(note["partner"], note["matte"], "original")
    return {**note, "matte_link": found}


def _concerns(note: Json, frame: int | None) -> bool:
    """Say whether a note is about a frame; one that names none is about all of them."""
    if frame is None:
        return True
    if note["frames"]:
        first, last = note["frames"]
        return bool(first <= frame <= last)
    return note["frame"] in {None, frame}
