"""Blind voting over HTTP: the next question, an answer, a picture by its code.

Nothing here tells which recipe, model, cost or time stands behind a picture.
"""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from benchmarks.domain.vote import Outcome
from router.api.doors import StrictRoute
from router.api.links import Claimed, Links, Signer, Witness
from router.api.permit import LINK, Reader, Submitter
from router.api.ports import Media
from router.api.problems import answers
from router.api.routes import served
from router.api.wire import Entering, Id
from router.domain.caller import Reach

Json = dict[str, Any]
Give = Callable[..., str | None]
Study = Annotated[Id, Path(alias="id")]
Rater = Annotated[str, Query(min_length=1, max_length=80)]


class StudyDesk(Protocol):
    """Whoever keeps studies."""

    def question(self, reach: Reach, study: str, rater: str) -> Json:
        """Give the next blind question; raises UnknownName, and Conflict where it is closed."""
        ...

    def cast(
        self, reach: Reach, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any
    ) -> Json:
        """Keep an answer; raises UnknownName, and Conflict for second thoughts."""
        ...

    def status(self, reach: Reach, study: str) -> Json:
        """Say how far the raters are; raises UnknownName."""
        ...

    def shown(self, study: str, code: str) -> Media:
        """Give the media behind a code, stripped of what could tell its origin."""
        ...


class PictureRow(BaseModel):
    """One side of a question."""

    code: str
    mime: str
    link: str | None = Field(description="null where the caller may see no pictures")


class ReferenceRow(BaseModel):
    """A picture of the character, shown above both sides."""

    mime: str
    link: str | None


class QuestionRow(BaseModel):
    """The next question of a rater; without `slot` everything is answered."""

    study: str
    rater: str
    answered: int
    waiting: int
    simulated: bool
    slot: int | None
    question: str | None = None
    outcomes: list[Outcome] = []
    brief: str | None = None
    references: list[ReferenceRow] = []
    left: PictureRow | None = None
    right: PictureRow | None = None


class VoteBody(Entering):
    """An answer to the question that is shown."""

    rater: str = Field(min_length=1, max_length=80)
    slot: int = Field(ge=1, le=100_000)
    outcome: Outcome = Field(strict=False)
    seconds: float | None = Field(default=None, ge=0, le=86_400, description="looked at")
    plays: int | None = Field(default=None, ge=0, le=10_000)


class VoteRow(BaseModel):
    """What became of an answer."""

    study: str
    slot: int
    new: bool = Field(description="false = the same vote was there already")


def routes(desk: StudyDesk, signer: Signer) -> APIRouter:
    """Build the routes of blind studies."""
    router = APIRouter(prefix="/v1/studies", tags=["studies"], route_class=StrictRoute)
    _add_voting(router, desk, signer)
    _add_pictures(router, desk, signer)
    return router


def _add_voting(router: APIRouter, desk: StudyDesk, signer: Signer) -> None:
    @router.get("/{id}", responses=answers(404, 422), summary="How far the raters are")
    def status(caller: Reader, id_: Study) -> Json:
        """Say what a study is and how many votes are in; nothing about what was said."""
        return desk.status(caller.reads, id_)

    @router.get(
        "/{id}/next",
        response_model=QuestionRow,
        responses=answers(404, 409, 422),
        summary="The next blind question of a rater",
    )
    def question(caller: Submitter, id_: Study, rater: Rater) -> Json:
        """Give the pair that this rater sees next, by codes and signed links."""
        asked = desk.question(caller.reads, id_, rater)
        if asked["slot"] is None:
            return asked
        partner, studio = asked.pop("partner"), asked.pop("studio")
        links = Links(signer, caller, lambda name: name)
        give = links.signed if (studio or partner) in caller.looks else _nothing
        sides = {s: _shown(asked[s], id_, partner, give) for s in ("left", "right")}
        references = [_reference(r, partner, give) for r in asked["references"]]
        return {**asked, **sides, "references": references}

    @router.post(
        "/{id}/votes",
        status_code=201,
        response_model=VoteRow,
        responses=answers(404, 409, 422),
        summary="Answer the question that is shown",
    )
    def vote(caller: Submitter, id_: Study, said: VoteBody) -> Json:
        """Keep a vote; the same answer again is the same vote, another one is refused."""
        looked = {"seconds": said.seconds, "plays": said.plays}
        return desk.cast(caller.reads, id_, said.rater, said.slot, said.outcome, **looked)


def _add_pictures(router: APIRouter, desk: StudyDesk, signer: Signer) -> None:
    @router.get(
        "/{id}/pictures/{code}",
        dependencies=[LINK],
        response_class=Response,
        responses={200: {"content": {"image/*": {}, "video/*": {}}}, **answers(403, 404, 422)},
        summary="One side of a question, by signed link only",
    )
    def picture(
        request: Request,
        id_: Study,
        code: Id,
        said: Claimed,
    ) -> Response:
        """Give the media behind a code; its file name says nothing."""
        viewer = signer.admit(request, said, f"{id_}/{code}")
        witness: Witness = request.app.state.witness
        witness.saw(viewer, said.partner, f"{id_}/{code}")
        return served(desk.shown(id_, code), code, request.headers.get("range"))


def _nothing(*_where: str, **_what: str) -> None:
    """Give no link: whoever asks may not see pictures here."""


def _shown(side: Json, study: str, partner: str, give: Give) -> Json:
    code = side["code"]
    path = f"/v1/studies/{study}/pictures/{code}"
    link = give(path, partner=partner, name=f"{study}/{code}", variant="blind")
    return {**side, "link": link}


def _reference(reference: Json, partner: str, give: Give) -> Json:
    sha256 = reference["sha256"]
    link = give(f"/v1/media/{sha256}", partner=partner, name=sha256, variant="preview")
    return {"mime": reference["mime"], "link": link}
