"""Campaigns, takes, evidence, comparisons and findings over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from benchmarks.api import wire
from benchmarks.api.ports import CampaignDesk, TakeQuery
from router.api import pages
from router.api.links import Signer
from router.api.permit import LINK, Reader, Submitter
from router.api.problems import answers
from router.api.routes import Expiry, Signature, served
from router.api.wire import Id, Partner

HEAVY = ("sheet", "takes", "repairs")
CampaignIds = Annotated[list[Id], Query(alias="campaign", min_length=1, max_length=50)]
PathId = Annotated[Id, Path(alias="id")]


def routes(desk: CampaignDesk, signer: Signer) -> APIRouter:
    """Build the routes of this storey."""
    router = APIRouter(prefix="/v1", tags=["benchmarks"])
    _add_campaigns(router, desk)
    _add_takes(router, desk, signer)
    _add_decisions(router, desk)
    _add_evidence(router, desk, signer)
    _add_findings(router, desk)
    return router


def _add_campaigns(router: APIRouter, desk: CampaignDesk) -> None:
    @router.get("/campaigns", response_model=wire.Campaigns, summary="All campaigns")
    def campaigns(
        caller: Reader, partner: Annotated[Partner | None, Query()] = None
    ) -> dict[str, Any]:
        """List campaigns with states, spend and window, newest first."""
        return {"campaigns": list(desk.campaigns(partner))}

    @router.get(
        "/campaigns/{id}",
        response_model=wire.CampaignRow,
        responses=answers(404, 422),
        summary="One campaign",
    )
    def campaign(caller: Reader, id_: PathId) -> dict[str, Any]:
        """Say how a campaign stands."""
        return dict(desk.campaign(id_))


def _add_takes(router: APIRouter, desk: CampaignDesk, signer: Signer) -> None:
    @router.get(
        "/takes", response_model=wire.Takes, responses=answers(422), summary="Takes, page by page"
    )
    def takes(caller: Reader, asked: Annotated[wire.TakeFilter, Query()]) -> dict[str, Any]:
        """List takes; with a `state` other than done, the trials that gave none, with reasons."""
        question = asked.model_dump(exclude={"cursor", "limit"})
        at = pages.offset(asked.cursor, question)
        page = desk.takes(TakeQuery(**question, offset=at, limit=asked.limit))
        shown = [_linked(t, signer) for t in page.items]
        return {"takes": shown, **pages.around(at, asked.limit, page, question)}

    @router.get(
        "/takes/{id}",
        response_model=wire.TakeDetail,
        responses=answers(404, 422),
        summary="One take with everything known about it",
    )
    def take(caller: Reader, id_: PathId) -> dict[str, Any]:
        """Give scores, verdicts with evidence, references, provenance and siblings of a take."""
        found = desk.take(id_)
        partner = found["partner"]
        return {
            **_linked(found, signer),
            "lines": [_with_evidence(v, partner, id_, signer) for v in found["lines"]],
            "references": [
                {**r, "link": _media_link(signer, partner, r["sha256"], "thumb")}
                for r in found["references"]
            ],
            "siblings": [_linked(t, signer) for t in found["siblings"]],
        }


def _add_decisions(router: APIRouter, desk: CampaignDesk) -> None:
    @router.post(
        "/takes/{id}/decisions",
        status_code=201,
        response_model=wire.DecisionRow,
        responses=answers(404, 422),
        summary="Circle a take",
    )
    def decide(caller: Submitter, id_: PathId, said: wire.DecisionBody) -> dict[str, Any]:
        """Keep what a named person decided; nothing is overwritten, the latest decision counts."""
        return dict(desk.decide(id_, **said.model_dump()))


def _add_evidence(router: APIRouter, desk: CampaignDesk, signer: Signer) -> None:
    @router.get(
        "/evidence/{take}/{line}",
        dependencies=[LINK],
        response_class=Response,
        responses={200: {"content": {"image/*": {}}}, **answers(403, 404, 422)},
        summary="The picture behind a verdict, by signed link only",
    )
    def evidence(
        request: Request,
        take: Id,
        line: Annotated[int, Path(ge=1, le=10_000)],
        partner: Annotated[Partner, Query()],
        expiry: Expiry,
        signature: Signature,
        variant: Annotated[Literal["evidence"], Query()] = "evidence",
    ) -> Response:
        """Give the evidence picture of one line on one take."""
        name = f"{take}/{line}"
        signer.check(
            partner=partner, name=name, variant=variant, expiry=expiry, signature=signature
        )
        found = desk.evidence(partner, take, line)
        return served(found, f"{take[:16]}-{line}", request.headers.get("range"))


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
        caller: Reader,
        campaign: CampaignIds,
        part: Annotated[
            Literal["all", "summary"],
            Query(description="summary leaves out sheet, takes and repairs"),
        ] = "all",
    ) -> dict[str, Any]:
        """Compile the report document (`report/1`) of one or several campaigns."""
        document, _ = desk.document(campaign, pictures=False)
        left_out = HEAVY if part == "summary" else ()
        return {k: v for k, v in document.items() if k not in left_out}

    @router.get(
        "/comparisons",
        response_model=wire.Comparisons,
        responses=answers(404, 409, 422),
        summary="Recipes compared",
    )
    def comparisons(caller: Reader, campaign: CampaignIds) -> dict[str, Any]:
        """Compare recipes per metric and task, with intervals, rank ranges and coverage."""
        document, _ = desk.document(campaign, pictures=False)
        return {k: document[k] for k in ("simulated", "comparisons")}


_FINDINGS = {
    "schema": "report/1",
    "title": "What five recipes did with eleven shots",
    "simulated": True,
    "answer": ["Starting from the plate keeps the character best."],
    "comparisons": [],
    "findings": [],
}


def _linked(take: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    partner, sha256 = take["partner"], take.get("sha256")
    links = {
        "media": _media_link(signer, partner, sha256, "original"),
        "thumb": _media_link(signer, partner, sha256, "thumb"),
    }
    return {**take, "links": links}


def _media_link(signer: Signer, partner: str, sha256: str | None, variant: str) -> str | None:
    if sha256 is None:
        return None
    return signer.link(f"/v1/media/{sha256}", partner=partner, name=sha256, variant=variant)


def _with_evidence(
    verdict: Mapping[str, Any], partner: str, take: str, signer: Signer
) -> dict[str, Any]:
    line = verdict["line"]
    link = None
    if (verdict.get("evidence") or {}).get("picture"):
        link = signer.link(
            f"/v1/evidence/{take}/{line}",
            partner=partner,
            name=f"{take}/{line}",
            variant="evidence",
        )
    return {**verdict, "evidence_link": link}
