"""Sign-off over HTTP: a partner's people approve, correct or withdraw what is printed of them.

Only people of the partner (or whoever owns the home) may answer: nobody signs for a studio.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from benchmarks.api.people import By, Paged
from benchmarks.api.signing import Leaving, SignDesk, Word
from benchmarks.domain.signoff import STATES
from router.api import pages
from router.api.doors import StrictRoute, TaggedRoute
from router.api.links import Links, Signer
from router.api.permit import Reader, Submitter
from router.api.problems import answers
from router.api.speaker import speaker
from router.api.turns import DearReader
from router.api.wire import Entering, Id, Name, Partner
from router.domain.caller import Caller

Json = dict[str, Any]
Text = Annotated[str, Field(default="", max_length=4000)]
State = Literal["not signed", "approved", "corrected", "withdrawn"]


class AnswerBody(Entering):
    """What a named person says of one item."""

    campaign: Id
    answer: Literal["approve", "correct", "withdraw"]
    text: Text
    by: By
    role: Name = Field(default="", max_length=48)


class AnswerRow(BaseModel):
    """The answer that counts; of a correction, the new words and the old."""

    state: State
    text: str
    old: str
    by: str
    role: str
    at: str


class ItemRow(BaseModel):
    """Words or a picture that a report would print, and how its partner stands to that."""

    item: str
    partner: str
    campaign: str
    kind: Literal["observation", "decision", "ruling", "picture"]
    text: str = Field(description="the words as they were said; of a picture, nothing")
    by: str = Field(description="who said them")
    role: str
    take: str = Field(description="the take that it is about; empty = none in particular")
    shot: str
    recipe: str
    version: int | None = Field(default=None, description="of its take: 3 = …_genai_v003")
    state: State
    answer: AnswerRow | None = None
    link: str | None = Field(
        default=None, description="signed, two minutes long; null without a picture to be seen"
    )


class Counts(BaseModel):
    """Items of the campaign by how they stand."""

    not_signed: int
    approved: int
    corrected: int
    withdrawn: int


class Items(Paged):
    """One page of what would be printed, words first."""

    items: list[ItemRow]
    counts: Counts


class FormBody(Entering):
    """What a named person says at the end."""

    partner: Partner
    again: Literal["yes", "no", "not sure"] = Field(description="would you use it again?")
    shots: Text = Field(default="", max_length=4000, description="for which shots?")
    blocked: Text = Field(default="", max_length=4000, description="what blocked you?")
    worried: Text = Field(default="", max_length=4000, description="what worried your artists?")
    by: By
    role: Name = Field(default="", max_length=48)


class FormRow(BaseModel):
    """An exit form; the latest of each person counts."""

    form: str
    partner: str
    again: Literal["yes", "no", "not sure"]
    shots: str
    blocked: str
    worried: str
    by: str
    role: str
    at: str


class Forms(BaseModel):
    """The exit forms of a partner that count."""

    forms: list[FormRow]


def routes(desk: SignDesk, signer: Signer) -> APIRouter:
    """Build the routes."""
    whole = APIRouter()
    whole.include_router(_saying(desk, signer))
    whole.include_router(_looking(desk, signer))
    return whole


def _saying(desk: SignDesk, signer: Signer) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["sign-off"], route_class=StrictRoute)
    refusals = answers(400, 403, 404, 409, 413, 415, 422)

    @router.post(
        "/signoff/{item}",
        status_code=201,
        response_model=ItemRow,
        responses=refusals,
        summary="Approve, correct or withdraw what would be printed",
    )
    def sign(caller: Submitter, item: Annotated[Id, Path()], body: AnswerBody) -> Json:
        """Keep a named person's answer; the latest counts, and none is lost."""
        words = body.model_dump() | {"by": speaker(caller, body.by), "item": item}
        return _linked(desk.sign(caller.reads, Word(**words)), caller, signer)

    @router.post(
        "/exit-forms",
        status_code=201,
        response_model=FormRow,
        responses=refusals,
        summary="Say at the end whether you would use it again, and what was in the way",
    )
    def leave(caller: Submitter, body: FormBody) -> Json:
        """Keep an exit form; the latest of each person counts."""
        words = body.model_dump() | {"by": speaker(caller, body.by)}
        return desk.leave(caller.reads, Leaving(**words))

    return router


def _looking(desk: SignDesk, signer: Signer) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["sign-off"], route_class=TaggedRoute)

    @router.get(
        "/signoff",
        response_model=Items,
        responses=answers(404, 422),
        summary="What would be printed of a campaign, and how it stands",
    )
    def items(
        caller: DearReader,
        paging: pages.Paging,
        campaign: Annotated[Id, Query(description="of which campaign")],
        state: Annotated[State | None, Query(description="only those that stand so")] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Json:
        """List words and pictures that a report would print; counts are of all of them."""
        every = desk.items(caller.reads, campaign)
        rows = [row for row in every if state in {None, row["state"]}]
        question = {"list": "signoff", "campaign": campaign, "state": state}
        at = paging.offset(cursor, question)
        page = pages.Page(items=rows[at : at + limit], total=len(rows))
        shown = [_linked(row, caller, signer) for row in page.items]
        counted = [row["state"] for row in every]
        counts = {name.replace(" ", "_"): counted.count(name) for name in STATES}
        around = paging.around(at, limit, page, question)
        return {"items": shown, "counts": counts, **around}

    @router.get(
        "/exit-forms",
        response_model=Forms,
        responses=answers(404, 422),
        summary="What a partner's people said at the end",
    )
    def forms(caller: Reader, partner: Annotated[Partner, Query()]) -> Json:
        """Give the exit forms of a partner that count."""
        return {"forms": desk.forms(caller.reads, partner)}

    return router


def _linked(row: Mapping[str, Any], caller: Caller, signer: Signer) -> Json:
    """Sign a link to the picture of an item, where there is one and the caller may look."""
    links = Links(signer, caller, lambda name: name)
    return {**row, "link": links.media(row["partner"], row["sha256"] or None, "preview")}
