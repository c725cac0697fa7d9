"""The acceptance sheet over HTTP: shots against their lines, overruling, decisions, history."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmarks.api.acceptance_ports import AcceptanceDesk, Decided, SheetQuery
from benchmarks.api.evidence import with_evidence
from benchmarks.api.wire import DecisionBody, DecisionRow, VerdictRow
from router.api import pages
from router.api.doors import StrictRoute, TaggedRoute
from router.api.links import Links, Signer
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.api.speaker import speaker
from router.api.turns import DearReader
from router.api.wire import Entering, Id, Name

Json = dict[str, Any]
PathId = Annotated[Id, Path(alias="id")]
Line = Annotated[int, Path(ge=1, le=10_000)]
Status = Literal["circled", "approved", "changes", "rejected", "withdrawn"]
KNOWN = answers(400, 403, 404, 409, 413, 415, 422)
By = Annotated[
    Name | None,
    Field(default=None, min_length=1, max_length=80, description="who says it; yourself, if left"),
]


class DecisionSaid(DecisionBody):
    """What a named person decided, and which decision they saw when they did."""

    status: Status | None = Field(default=None, description="circled, if left out")
    instead_of: str | None = Field(
        default=None,
        max_length=64,
        description="the decision that stood when this one was made, empty for none; if another "
        "one stands by now, nothing is kept and a 409 tells of it",
    )

    @model_validator(mode="after")
    def _one_word(self) -> Self:
        """Refuse two answers to one question."""
        if self.withdraw and self.status not in {None, "withdrawn"}:
            raise ValueError("withdraw and another status")
        return self

    def decided(self, by: str) -> Decided:
        """Give the decision."""
        return Decided(
            by=by,
            status="withdrawn" if self.withdraw else self.status or "circled",
            role=self.role,
            note=self.note,
            instead_of=self.instead_of,
        )


class Made(DecisionRow):
    """A decision that was kept."""

    decision: str = Field(description="its id; who replaces it names it in `instead_of`")


class OpenLine(BaseModel):
    """A must-line that is not known to be met."""

    line: int
    criterion: str
    verdict: str
    reason: str | None = None


class Beside(BaseModel):
    """A circled take of the same shot."""

    take: str
    version: str = Field(description="as people say it: v003")
    by: str
    at: str


class Outcome(Made):
    """A decision that was kept, and what follows from it."""

    version: str | None = Field(default=None, description="as in SQ010_SH0020_genai_v003")
    open: list[OpenLine] = Field(default=[], description="must-lines open on the take")
    replaces: Beside | None = Field(default=None, description="what was circled until now")
    stands: Beside | None = Field(
        default=None, description="of a withdrawal: the circled take that counts again"
    )


class OverruleBody(Entering):
    """What a named person says of a line, and why."""

    ruling: Literal["pass", "fail", "unsure"]
    reason: str = Field(min_length=1, max_length=2000)
    by: By


class LookBody(Entering):
    """Somebody opens a take in approval."""

    by: By


class Look(BaseModel):
    """Who has seen a take, and since when; their votes on it count no more from then on."""

    take: str
    by: str
    at: str


class RepairSaid(BaseModel):
    """What a repair did to a take, and to what lies outside its matte."""

    parent: str
    child: str
    lines: list[int]
    before: list[dict[str, Any]] = Field(description="line and verdict of the parent")
    after: list[dict[str, Any]] = Field(description="line and verdict of the child")
    outside_mask: float = Field(description="share of pixels outside the matte that changed")
    ground: str
    cost_usd: float
    latency_s: float | None = None


class History(BaseModel):
    """What was decided about a take, oldest first, and the repairs that it came from or led to."""

    decisions: list[Made]
    repairs: list[RepairSaid]


class Spent(BaseModel):
    """What the repairs aimed at a line have taken; one of several lines is told at each."""

    repairs: int
    cost_usd: float
    minutes: float


class SheetLine(VerdictRow):
    """A line of a shot on the take that is shown."""

    before: str | None = Field(default=None, description="verdict on the take that it repairs")
    spent: Spent | None = Field(default=None, description="none = nothing was repaired for it")


class Choice(BaseModel):
    """A take of a shot that can be shown instead."""

    take: str
    recipe_title: str
    number: int | None = None
    open_must: int
    status: str = ""
    parent: str | None = None


class ShotRow(BaseModel):
    """A shot against its lines: of the circled take, else the approved, else the best."""

    pack: str
    shot: str
    description: str
    take: str | None = Field(description="none = no take of it was measured")
    chosen: Literal["circled", "approved", "best", "asked", "none"]
    recipe_title: str = ""
    number: int | None = None
    control: bool = False
    mime: str | None = None
    open_must: int | None = None
    lines: list[SheetLine]
    choices: list[Choice]
    decision: DecisionRow | None = None
    outside_mask: float | None = Field(default=None, description="of a repaired take")
    parent: str | None = None
    cost_usd: float = Field(description="of all takes and repairs of the shot")
    minutes: float = Field(description="machine minutes of all takes and repairs of the shot")
    thumb: str | None = None


class SheetFilter(BaseModel):
    """Which shots; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    campaign: Id
    shot: Id | None = None
    only_open: bool = Field(default=False, description="only with open must-lines")
    take: list[Id] = Field(default=[], max_length=100, description="shown instead of the best")
    limit: int = Field(default=100, ge=1, le=pages.MAX_PAGE)
    cursor: str | None = Field(default=None, max_length=200)


class Sheet(BaseModel):
    """One page of shots."""

    campaign: str
    partner: str
    simulated: bool
    shots: list[ShotRow]
    open_must: int = Field(description="open must-lines of the whole campaign, on these takes")
    total: int
    first: int
    next: str | None = None
    previous: str | None = None


def routes(desk: AcceptanceDesk, signer: Signer) -> APIRouter:
    """Build the routes."""
    saying = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)
    _add_saying(saying, desk)
    looking = APIRouter(prefix="/v1", tags=["people"], route_class=TaggedRoute)
    _add_looking(looking, desk, signer)
    whole = APIRouter()
    whole.include_router(saying)
    whole.include_router(looking)
    return whole


def _add_saying(router: APIRouter, desk: AcceptanceDesk) -> None:
    @router.post(
        "/takes/{id}/decisions",
        status_code=201,
        response_model=Outcome,
        responses=KNOWN,
        summary="Circle a take",
    )
    def decide(caller: Submitter, id_: PathId, said: DecisionSaid) -> Json:
        """Keep what a named person decided; nothing is overwritten, the latest decision counts."""
        return dict(desk.decide(caller.reads, id_, said.decided(speaker(caller, said.by))))

    @router.post(
        "/takes/{id}/verdicts/{line}",
        status_code=201,
        response_model=VerdictRow,
        responses=KNOWN,
        summary="Overrule a verdict",
    )
    def overrule(caller: Submitter, id_: PathId, line: Line, said: OverruleBody) -> Json:
        """Let a named person's word stand; what was measured stays beside it, as a rating."""
        by = speaker(caller, said.by)
        return desk.overrule(
            caller.reads, id_, line, by=by, ruling=said.ruling, reason=said.reason.strip()
        )

    @router.post(
        "/takes/{id}/looks",
        status_code=201,
        response_model=Look,
        responses=KNOWN,
        summary="Say that a take was opened in approval",
    )
    def look(caller: Submitter, id_: PathId, said: LookBody) -> Json:
        """Keep that somebody knows this take: a vote of theirs on it is not blind any more."""
        return desk.look(caller.reads, id_, speaker(caller, said.by))


def _add_looking(router: APIRouter, desk: AcceptanceDesk, signer: Signer) -> None:
    @router.get(
        "/takes/{id}/history",
        response_model=History,
        responses=answers(404, 422),
        summary="What was decided about a take, and what it was repaired from",
    )
    def history(caller: Reader, id_: PathId) -> Json:
        """Give every decision on a take, and every repair that led to it or away from it."""
        return dict(desk.history(caller.reads, id_))

    @router.get(
        "/sheet",
        response_model=Sheet,
        responses=answers(404, 422),
        summary="Shots against their acceptance lines",
    )
    def sheet(
        caller: DearReader, paging: pages.Paging, asked: Annotated[SheetFilter, Query()]
    ) -> Json:
        """Give a campaign's shots, each with its circled or best take and every line on it."""
        question = asked.model_dump(exclude={"cursor", "limit", "take"})
        at, limit = paging.offset(asked.cursor, question), asked.limit
        query = SheetQuery(
            campaign=asked.campaign,
            is_open=asked.only_open,
            shot=asked.shot,
            takes=tuple(asked.take),
            offset=at,
            limit=limit,
        )
        head, page = desk.sheet(caller.reads, query)
        links = Links(signer, caller, desk.named)
        shots = [_linked(row, head["partner"], links) for row in page.items]
        return {**head, "shots": shots, **paging.around(at, limit, page, question)}


def _linked(row: Mapping[str, Any], partner: str, links: Links) -> Json:
    take = row["take"]
    if take is None:
        return dict(row)
    lines = [with_evidence(line, partner, take, links) for line in row["lines"]]
    return {**row, "lines": lines, "thumb": links.media(partner, row["sha256"], "thumb")}
