"""Blind voting over HTTP: the next question, an answer, a picture by its code.

Nothing here tells which recipe, model, cost or time stands behind a picture.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from benchmarks.domain.vote import Outcome
from router.api.doors import StrictRoute
from router.api.links import NOBODY, Claimed, Links, Signer, Witness, name_of
from router.api.permit import LINK, Reader, Submitter
from router.api.ports import Media
from router.api.problems import answers
from router.api.routes import served
from router.api.wire import Entering, Id, Word
from router.domain.caller import Reach

Json = dict[str, Any]
Give = Callable[..., str | None]
Study = Annotated[Id, Path(alias="id")]
Mode = Literal["side", "wipe", "onion", "difference", "a", "b"]
Where = Literal["left", "right"]
Pixels = Annotated[int, Field(ge=1, le=100_000)]
Rater = Annotated[str, Query(min_length=1, max_length=80)]


class StudyDesk(Protocol):
    """Whoever keeps studies."""

    def studies(self, reach: Reach) -> list[Json]:
        """Name the studies within reach."""
        ...

    def question(self, reach: Reach, study: str, rater: str) -> Json:
        """Give the next blind question; raises UnknownName, and Conflict where it is closed."""
        ...

    def cast(
        self, reach: Reach, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any
    ) -> Json:
        """Keep an answer; raises UnknownName, and Conflict for second thoughts."""
        ...

    def practise(self, reach: Reach, study: str, rater: str, number: int, said: Outcome) -> Json:
        """Keep an answer in practice and tell the right one; raises UnknownName."""
        ...

    def remark(
        self,
        reach: Reach,
        study: str,
        rater: str,
        slot: int,
        parts: Mapping[str, Mapping[str, str]],
        levels: Mapping[str, int],
    ) -> Json:
        """Keep what failed on each side; raises UnknownName, BadInput and Conflict."""
        ...

    def reveal(self, reach: Reach, study: str, rater: str) -> Json:
        """Tell what stood where; raises UnknownName, and Conflict while it is open."""
        ...

    def status(self, reach: Reach, study: str) -> Json:
        """Say how far the raters are; raises UnknownName."""
        ...

    def shown(self, study: str, code: str, viewer: str = "") -> Media:
        """Give the media behind a code, stripped of what could tell its origin."""
        ...

    def whose(self, study: str, code: str) -> str | None:
        """Name the partner whose picture it is; None = nobody's."""
        ...


class PictureRow(BaseModel):
    """One side of a question."""

    code: str
    mime: str
    link: str | None = Field(description="null where the caller may see no pictures")
    fps: list[int] = Field(description="numerator and denominator; the same on both sides")
    frames: int = Field(description="the same on both sides; 1 = still")


class ReferenceRow(BaseModel):
    """A picture of the character, shown above both sides."""

    mime: str
    link: str | None


class NextRow(BaseModel):
    """Both sides of the question after this one, to be loaded in the meantime."""

    left: PictureRow
    right: PictureRow


class Anchor(BaseModel):
    """A level of the rubric in words."""

    level: int
    words: str


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
    after: NextRow | None = None
    lesson: int | None = Field(default=None, description="practice: answered at …/lessons")
    lessons: int = 0
    least_s: float = Field(default=0, description="to be looked at before one may vote")
    sat_s: int = Field(default=0, description="voted without a rest")
    rest_s: int = Field(default=0, description="to rest now; 0 = go on")
    rubric: list[Anchor] = []
    parts: list[str] = []
    states: list[str] = []


class VoteBody(Entering):
    """An answer to the question that is shown."""

    rater: str = Field(min_length=1, max_length=80)
    slot: int = Field(ge=1, le=100_000)
    outcome: Outcome = Field(strict=False)
    seconds: float | None = Field(default=None, ge=0, le=86_400, description="looked at")
    plays: int | None = Field(default=None, ge=0, le=10_000)
    modes: list[Mode] = Field(default=[], max_length=6, description="how they were looked at")
    viewport: list[Pixels] | None = Field(
        default=None, min_length=2, max_length=2, description="of the browser: width, height"
    )


class LessonBody(Entering):
    """An answer in practice."""

    rater: str = Field(min_length=1, max_length=80)
    lesson: int = Field(ge=1, le=100)
    outcome: Outcome = Field(strict=False)


class LessonRow(BaseModel):
    """What is right in practice, and why."""

    lesson: int
    right: bool
    answer: Outcome
    because: str


class RemarkBody(Entering):
    """What failed on each side of a question that was answered."""

    rater: str = Field(min_length=1, max_length=80)
    slot: int = Field(ge=1, le=100_000)
    parts: dict[Where, dict[Word, Word]] = Field(default={}, max_length=2)
    levels: dict[Where, int] = Field(default={}, max_length=2, description="1 to 5")


class RevealedRow(BaseModel):
    """What stood behind one question."""

    slot: int
    partner: str
    shot: str
    kind: str
    left: str
    right: str
    said: Outcome


class Revealed(BaseModel):
    """What stood behind a rater's questions."""

    study: str
    rater: str
    rows: list[RevealedRow]


class VoteRow(BaseModel):
    """What became of an answer."""

    study: str
    slot: int
    new: bool = Field(description="false = the same vote was there already")


def routes(desk: StudyDesk, signer: Signer) -> APIRouter:
    """Build the routes of blind studies."""
    router = APIRouter(prefix="/v1/studies", tags=["studies"], route_class=StrictRoute)
    _add_reading(router, desk)
    _add_voting(router, desk, signer)
    _add_talking(router, desk)
    _add_pictures(router, desk, signer)
    return router


def _add_reading(router: APIRouter, desk: StudyDesk) -> None:
    @router.get("", summary="The studies within reach")
    def studies(caller: Reader) -> Json:
        """List studies with how far their raters are; nothing about what was said."""
        return {"studies": desk.studies(caller.reads)}

    @router.get("/{id}", responses=answers(404, 422), summary="How far the raters are")
    def status(caller: Reader, id_: Study) -> Json:
        """Say what a study is and how many votes are in; nothing about what was said."""
        return desk.status(caller.reads, id_)

    @router.get(
        "/{id}/reveal",
        response_model=Revealed,
        responses=answers(404, 409, 422),
        summary="What stood behind a rater's questions, once the study is closed",
    )
    def reveal(request: Request, caller: Reader, id_: Study, rater: Rater) -> Json:
        """Tell which recipe stood on which side; every such look is recorded."""
        told = desk.reveal(caller.reads, id_, rater)
        witness: Witness = request.app.state.witness
        for partner in dict.fromkeys(row["partner"] for row in told["rows"]):
            witness.saw(caller.id, partner, f"{id_}/reveal")
        return told


def _add_voting(router: APIRouter, desk: StudyDesk, signer: Signer) -> None:
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
        sides = _both(asked, id_, give)
        after = _both(asked["after"], id_, give) if asked["after"] else None
        references = [_shown(r, id_, give) for r in asked["references"]]
        return {**asked, **sides, "after": after, "references": references}

    @router.post(
        "/{id}/votes",
        status_code=201,
        response_model=VoteRow,
        responses=answers(404, 409, 422),
        summary="Answer the question that is shown",
    )
    def vote(caller: Submitter, id_: Study, said: VoteBody) -> Json:
        """Keep a vote; the same answer again is the same vote, another one is refused."""
        looked = said.model_dump(include={"seconds", "plays", "modes", "viewport"})
        looked["modes"] = tuple(dict.fromkeys(looked["modes"]))
        looked["viewport"] = tuple(looked["viewport"]) if looked["viewport"] else None
        return desk.cast(caller.reads, id_, said.rater, said.slot, said.outcome, **looked)


def _add_talking(router: APIRouter, desk: StudyDesk) -> None:
    @router.post(
        "/{id}/lessons",
        response_model=LessonRow,
        responses=answers(404, 422),
        summary="Answer a practice question",
    )
    def practise(caller: Submitter, id_: Study, said: LessonBody) -> Json:
        """Tell what is right and why; practice is never counted."""
        return desk.practise(caller.reads, id_, said.rater, said.lesson, said.outcome)

    @router.post(
        "/{id}/remarks",
        status_code=201,
        response_model=VoteRow,
        responses=answers(404, 409, 422),
        summary="Say what failed on each side, after the vote",
    )
    def remark(caller: Submitter, id_: Study, said: RemarkBody) -> Json:
        """Keep parts that failed and levels of the rubric; the vote stays as it is."""
        about = {str(side): dict(parts) for side, parts in said.parts.items()}
        levels = {str(side): level for side, level in said.levels.items()}
        return desk.remark(caller.reads, id_, said.rater, said.slot, about, levels)


def _add_pictures(router: APIRouter, desk: StudyDesk, signer: Signer) -> None:
    @router.get(
        "/{id}/pictures/{code}",
        dependencies=[LINK],
        response_class=Response,
        responses={200: {"content": {"image/*": {}, "video/*": {}}}, **answers(403, 404, 422, 429)},
        summary="One side of a question, by signed link only",
    )
    def picture(
        request: Request,
        id_: Study,
        code: Id,
        said: Claimed,
    ) -> Response:
        """Give the media behind a code; neither link nor file name says whose it is."""

        def whose(_said: str) -> str:
            return desk.whose(id_, code) or NOBODY

        viewer = signer.admit(request, said, f"{id_}/{code}", whose)
        witness: Witness = request.app.state.witness
        witness.saw(viewer, whose(code), f"{id_}/{code}")
        found = desk.shown(id_, code, name_of(request, viewer))
        return served(found, code, request.headers.get("range"))


def _nothing(*_where: str, **_what: str) -> None:
    """Give no link: whoever asks may not see pictures here."""


def _both(of: Json, study: str, give: Give) -> Json:
    return {side: _shown(of[side], study, give) for side in ("left", "right")}


def _shown(picture: Json, study: str, give: Give) -> Json:
    """Link to a picture by its code alone: a rater does not learn which studio's shot it is."""
    code = picture["code"]
    path = f"/v1/studies/{study}/pictures/{code}"
    link = give(path, partner=NOBODY, name=f"{study}/{code}", variant="blind")
    return {**picture, "link": link}
