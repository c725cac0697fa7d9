"""Models, requests and media over HTTP."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from router.api import wire
from router.api.doors import StrictRoute
from router.api.idempotency import IdempotencyKey, once, wish_of
from router.api.links import Claimed, Signer, Witness, name_of
from router.api.permit import LINK, Reader, Submitter
from router.api.ports import Media, RouterDesk
from router.api.problems import answers
from router.domain.errors import BadInput
from router.domain.ids import content_id
from router.store.answers import Answer

SHOWN = frozenset(
    {"image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm", "video/quicktime"}
)
ENDINGS = {"image/jpeg": "jpg", "video/quicktime": "mov"}
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
MEDIA_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Accept-Ranges": "bytes",
}

Partner = Annotated[wire.Partner, Query(description="the studio whose things are asked for")]


class NoSuchRange(BadInput):
    """A range that the bytes do not have; only a single one is answered."""

    code = "bad_range"
    http_status = 416


def routes(desk: RouterDesk, signer: Signer) -> APIRouter:
    """Build the routes of this storey."""
    router = APIRouter(prefix="/v1", tags=["router"], route_class=StrictRoute)
    _add_partners(router)
    _add_models(router, desk)
    _add_requests(router, desk)
    _add_media(router, desk, signer)
    return router


def _add_models(router: APIRouter, desk: RouterDesk) -> None:
    @router.get("/models", response_model=wire.Models, summary="The catalogue")
    def models(
        _caller: Reader,
        task: Annotated[wire.Word | None, Query(description="only models for this task")] = None,
    ) -> wire.Json:
        """List models with life cycle, price and licence; retired ones explain themselves."""
        rows = desk.models()
        return {"models": [r for r in rows if task is None or task in r["tasks"]]}


def _add_partners(router: APIRouter) -> None:
    @router.get("/partners", response_model=wire.Partners, summary="The studios within reach")
    def partners(caller: Reader) -> wire.Json:
        """List whose records the caller may read, and whose pictures."""
        rows = [{"partner": name, "pictures": name in caller.looks} for name in caller.reads]
        return {"partners": rows}


def _add_requests(router: APIRouter, desk: RouterDesk) -> None:
    @router.post(
        "/requests",
        status_code=202,
        response_model=wire.RequestState,
        responses=answers(400, 402, 403, 404, 413, 415, 422, 503),
        summary="Ask for one take",
    )
    def submit(
        caller: Submitter,
        body: wire.Generation,
        response: Response,
        key: IdempotencyKey = None,
    ) -> wire.Json:
        """Accept a wish; it is worked on in the background.

        The same key with the same body answers with the same request, however often it is sent.
        """
        partner = caller.reads.require(body.partner)
        wish = wish_of(caller, partner, key, "requests", body.model_dump(mode="json"))
        name = content_id("request", ["api", partner, wish.key])
        place = f"/v1/requests/{name}?partner={partner}"

        def carry_out() -> Answer:
            known = {i.sha256: desk.stored(caller.reads, partner, i.sha256) for i in body.inputs}
            request = body.request(name, known)
            if (cap := body.budget_musd()) is not None:
                desk.open_account(caller.reads, partner, body.account, cap)
            return Answer(status=202, location=place, body=desk.submit(caller.reads, request))

        return once(desk.answers, wish, response, carry_out)

    @router.get(
        "/requests/{id}",
        response_model=wire.RequestState,
        responses=answers(404, 422),
        summary="How a request stands",
    )
    def request(
        caller: Reader, id_: Annotated[wire.Id, Path(alias="id")], partner: Partner
    ) -> wire.Json:
        """Say how a request stands; refusals and failures are answers with a reason."""
        return dict(desk.request(caller.reads, partner, id_))


def _add_media(router: APIRouter, desk: RouterDesk, signer: Signer) -> None:
    @router.get(
        "/media/{sha256}",
        dependencies=[LINK],
        response_class=Response,
        responses={
            200: {"content": {"image/*": {}, "video/*": {}}, "description": "the bytes"},
            206: {"description": "one range of them"},
            **answers(403, 404, 416, 422, 429),
        },
        summary="Media, by signed link only",
    )
    def media(
        request: Request,
        sha256: wire.Sha256,
        said: Claimed,
    ) -> Response:
        """Give stored media. Links come from the other routes and live two minutes.

        A preview is at most 1600 pixels wide and written anew, without what its file tells; where
        the partner asks for it, it says who looks. Only `original` gives the bytes as they came.
        """
        viewer = signer.admit(request, said, sha256, desk.named)
        found = desk.media(said.partner, sha256, said.variant, name_of(request, viewer))
        if said.variant not in {"thumb", "preview"}:
            witness: Witness = request.app.state.witness
            witness.saw(viewer, desk.named(said.partner), sha256)
        return served(found, sha256[:16], request.headers.get("range"))


def served(media: Media, name: str, wanted: str | None = None) -> Response:
    """Answer with bytes that no browser takes for anything else; honours a single range."""
    shown = media.mime in SHOWN
    ending = ENDINGS.get(media.mime, media.mime.rpartition("/")[2]) if shown else "bin"
    place = "inline" if shown else "attachment"
    headers = {**MEDIA_HEADERS, "Content-Disposition": f'{place}; filename="{name}.{ending}"'}
    mime = media.mime if shown else "application/octet-stream"
    size, status = media.size, 200 if wanted is None else 206
    first, last = (0, size - 1) if wanted is None else _range(wanted, size)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part = media.part(first, last)
    if media.path is None:
        return Response(b"".join(part), status_code=status, media_type=mime, headers=headers)
    headers["Content-Length"] = str(last + 1 - first)
    return StreamingResponse(part, status_code=status, media_type=mime, headers=headers)


def _range(wanted: str, size: int) -> tuple[int, int]:
    match = RANGE.fullmatch(wanted.strip())
    start, end = match.groups() if match else ("", "")
    if start:
        first, last = int(start), min(int(end) if end else size - 1, size - 1)
    elif end:
        first, last = max(size - int(end), 0), size - 1
    else:
        first, last = 1, 0
    if first > last or first >= size:
        raise NoSuchRange(field="Range", found=wanted, expected=f"one range within {size} bytes")
    return first, last
