"""Campaigns, takes, evidence, comparisons and findings over HTTP."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from benchmarks.api import wire
from benchmarks.api.evidence import with_evidence
from benchmarks.api.ports import CampaignDesk, TakeQuery
from benchmarks.reporting.editions import INTERNAL
from benchmarks.reporting.pooled import pooled, require
from router.api import pages
from router.api.doors import TaggedRoute
from router.api.links import Claimed, Links, Signer, Witness
from router.api.permit import LINK, Reader, hold
from router.api.problems import answers
from router.api.routes import served
from router.api.turns import DearReader
from router.api.wire import Id, Partner
from router.domain.caller import Caller, Role, Scope

HEAVY = ("sheet", "takes", "repairs")
CampaignIds = Annotated[
    list[Id],
    Query(
        alias="campaign",
        default_factory=list,
        max_length=50,
        description="none = those of every partner, told as groups only",
    ),
]
Simulated = Annotated[
    bool, Query(description="where no campaign is named: the simulated ones instead of the real")
]
PathId = Annotated[Id, Path(alias="id")]


def routes(desk: CampaignDesk, signer: Signer) -> APIRouter:
    """Build the routes of this storey."""
    router = APIRouter(prefix="/v1", tags=["benchmarks"], route_class=TaggedRoute)
    _add_campaigns(router, desk)
    _add_takes(router, desk, signer)
    _add_evidence(router, desk, signer)
    _add_findings(router, desk)
    return router


def _add_campaigns(router: APIRouter, desk: CampaignDesk) -> None:
    @router.get(
        "/campaigns", response_model=wire.Campaigns, responses=answers(422), summary="Campaigns"
    )
    def campaigns(
        caller: Reader,
        paging: pages.Paging,
        partner: Annotated[Partner | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=pages.MAX_PAGE)] = pages.MAX_PAGE,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> dict[str, Any]:
        """List campaigns with states, spend and window, newest first."""
        question = {"list": "campaigns", "partner": partner}
        at = paging.offset(cursor, question)
        rows = desk.campaigns(caller.reads, partner)
        page = pages.Page(items=rows[at : at + limit], total=len(rows))
        return {"campaigns": list(page.items), **paging.around(at, limit, page, question)}

    @router.get(
        "/campaigns/{id}",
        response_model=wire.CampaignRow,
        responses=answers(404, 422),
        summary="One campaign",
    )
    def campaign(caller: Reader, id_: PathId) -> dict[str, Any]:
        """Say how a campaign stands."""
        return dict(desk.campaign(caller.reads, id_))


def _add_takes(router: APIRouter, desk: CampaignDesk, signer: Signer) -> None:
    @router.get(
        "/takes", response_model=wire.Takes, responses=answers(422), summary="Takes, page by page"
    )
    def takes(
        caller: Reader, paging: pages.Paging, asked: Annotated[wire.TakeFilter, Query()]
    ) -> dict[str, Any]:
        """List takes; with a `state` other than done, the trials that gave none, with reasons."""
        question = asked.model_dump(exclude={"cursor", "limit"})
        at = paging.offset(asked.cursor, question)
        page = desk.takes(caller.reads, TakeQuery(**question, offset=at, limit=asked.limit))
        links = Links(signer, caller, desk.named)
        shown = [_linked(t, links) for t in page.items]
        return {"takes": shown, **paging.around(at, asked.limit, page, question)}

    @router.get(
        "/takes/{id}",
        response_model=wire.TakeDetail,
        responses=answers(404, 422),
        summary="One take with everything known about it",
    )
    def take(caller: Reader, id_: PathId) -> dict[str, Any]:
        """Give scores, verdicts with evidence, references, provenance and siblings of a take."""
        found = desk.take(caller.reads, id_)
        partner, links = found["partner"], Links(signer, caller, desk.named)
        return {
            **_signable(found, links),
            "lines": [with_evidence(v, partner, id_, links) for v in found["lines"]],
            "references": [
                {**r, "link": links.media(partner, r["sha256"], "thumb")}
                for r in found["references"]
            ],
            "siblings": [_linked(t, links) for t in found["siblings"]],
        }


def _add_evidence(router: APIRouter, desk: CampaignDesk, signer: Signer) -> None:
    @router.get(
        "/evidence/{take}/{line}",
        dependencies=[LINK],
        response_class=Response,
        responses={200: {"content": {"image/*": {}}}, **answers(403, 404, 422, 429)},
        summary="The picture behind a verdict, by signed link only",
    )
    def evidence(
        request: Request,
        take: Id,
        line: Annotated[int, Path(ge=1, le=10_000)],
        said: Claimed,
    ) -> Response:
        """Give the evidence picture of one line on one take."""
        signer.admit(request, said, f"{take}/{line}", desk.named)
        found = desk.evidence(said.partner, take, line)
        return served(found, f"{take[:16]}-{line}", request.headers.get("range"))

    @router.get(
        "/signed/{take}",
        dependencies=[LINK],
        response_class=Response,
        responses={
            200: {"content": {"image/*": {}, "video/*": {}}, "description": "the bytes"},
            206: {"description": "one range of them"},
            **answers(403, 404, 416, 422, 429),
        },
        summary="A take as it leaves the house: signed, by signed link only",
    )
    def signed(request: Request, take: Id, said: Claimed) -> Response:
        """Give a copy with its C2PA manifest; the kept bytes stay as the provider sent them."""
        viewer = signer.admit(request, said, take, desk.named)
        found = desk.signed(said.partner, take)
        witness: Witness = request.app.state.witness
        witness.saw(viewer, desk.named(said.partner), take)
        return served(found, f"{take[:16]}-signed", request.headers.get("range"))


def _add_findings(router: APIRouter, desk: CampaignDesk) -> None:
    @router.get(
        "/findings",
        responses={
            200: {"content": {"application/json": {"example": _FINDINGS}}},
            **answers(404, 409, 422),
        },
        summary="The report document",
    )
    def findings(
        caller: DearReader,
        campaign: CampaignIds,
        part: Annotated[
            Literal["all", "summary"],
            Query(description="summary leaves out sheet, takes and repairs"),
        ] = "all",
        *,
        simulated: Simulated = False,
    ) -> dict[str, Any]:
        """Compile the report document (`report/1`) of one or several campaigns, or of all."""
        document = told(desk, caller, campaign, simulated=simulated)
        left_out = HEAVY if part == "summary" else ()
        return {k: v for k, v in document.items() if k not in left_out}

    @router.get(
        "/comparisons",
        response_model=wire.Comparisons,
        responses=answers(404, 409, 422),
        summary="Recipes compared",
    )
    def comparisons(
        caller: DearReader, campaign: CampaignIds, *, simulated: Simulated = False
    ) -> dict[str, Any]:
        """Compare recipes per metric and task, with intervals, rank ranges and coverage."""
        document = told(desk, caller, campaign, simulated=simulated)
        return {k: document[k] for k in ("simulated", "comparisons")}


def told(
    desk: CampaignDesk, caller: Caller, campaigns: Sequence[str], *, simulated: bool = False
) -> Mapping[str, Any]:
    """Give what a caller may read of some campaigns put together, or of all where none is named.

    A studio reads its own; so does whoever reads one studio's records. Several studios' numbers are
    told of groups only, to whom the scope was given. A home's owner reads everything.

    Raises:
        UnknownName: a campaign that is not there, or not within reach.
        NotAllowed: several studios' campaigns, without the scope.
        TooFew: they are too few studios.
    """
    reach = caller.reads if campaigns else caller.pools
    asked = campaigns or _everything(desk, caller, simulated=simulated)
    owners = desk.owners(reach, asked)
    edition = edition_of(caller, owners.values())
    if caller.role is Role.OWNER or (campaigns and len(set(owners.values())) == 1):
        return desk.document(reach, asked, pictures=False, edition=edition)[0]
    consented = desk.consented(reach)
    require(owners.values(), consented)
    document, _ = desk.document(reach, asked, pictures=False, edition=edition)
    return pooled(document, owners, consented)


def _everything(desk: CampaignDesk, caller: Caller, *, simulated: bool) -> Sequence[str]:
    """Name the campaigns of the one pool that is nobody's choice.

    Who could choose what goes into a pool would take it once with a partner and once without.
    """
    hold(caller, Scope.COMPARE)
    rows = desk.campaigns(caller.pools)
    found = [row["id"] for row in rows if row["simulated"] is simulated]
    if not found:
        require((), ())
    return found


def edition_of(caller: Caller, partners: Iterable[str]) -> str:
    """Say which edition a caller reads: a studio's people its own; raises NotAllowed."""
    several = set(partners)
    if caller.role is not Role.OWNER and len(several) > 1:
        hold(caller, Scope.COMPARE)
    if caller.role is Role.OWNER or caller.is_internal:
        return INTERNAL
    return next(iter(several))


_FINDINGS = {
    "schema": "report/1",
    "title": "What five recipes did with eleven shots",
    "simulated": True,
    "answer": ["Starting from the plate keeps the character best."],
    "comparisons": [],
    "findings": [],
}


def _signable(take: Mapping[str, Any], links: Links) -> dict[str, Any]:
    """Give a take with its links, and one to its signed copy where there can be one."""
    row = _linked(take, links)
    id_, partner = take["take"], take["partner"]
    if take["provenance"].get("signing"):
        path, variant = f"/v1/signed/{id_}", "signed"
        row["links"]["signed"] = links.to(path, partner=partner, name=id_, variant=variant)
    return row


def _linked(take: Mapping[str, Any], links: Links) -> dict[str, Any]:
    partner, sha256 = take["partner"], take.get("sha256")
    given = {
        "media": links.media(partner, sha256, "original"),
        "preview": links.media(partner, sha256, "preview"),
        "thumb": links.media(partner, sha256, "thumb"),
    }
    return {**take, "links": given}
