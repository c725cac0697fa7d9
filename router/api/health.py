"""How the service is: alive, ready, and in figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from router.api.permit import opening, permit
from router.api.problems import MEDIA_TYPE, Fault, answers, problem
from router.domain.caller import Caller, Scope
from router.ports import Clock
from router.telling import metrics
from router.telling.readiness import Sign

Operator = Annotated[Caller, permit(Scope.OPERATE)]
_OPEN = opening("who watches over the service has no key, and learns nothing else")


class Signs(Protocol):
    """Whoever looks at the parts (router.telling.readiness.Readiness)."""

    def signs(self) -> Sequence[Sign]:
        """Give what was seen last of each part."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the routes ask."""

    signs: Signs
    metrics: Callable[[], bytes]


class Part(BaseModel):
    """One thing that the service rests on."""

    part: str
    ok: bool
    found: str


class Ready(BaseModel):
    """How the parts are; degraded = what is asked for waits."""

    status: Literal["ready", "degraded"]
    parts: list[Part]


def routes(health: Health | None, version: str, clock: Clock) -> APIRouter:
    """Build the routes of health; None = the process is all that can be said anything about."""
    router = APIRouter(tags=["service"])

    @router.get("/healthz", dependencies=[_OPEN], summary="Whether the service answers")
    def healthz() -> dict[str, Any]:
        """Say that the service is up, which version, and what time it takes it to be."""
        now = clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"status": "ok", "version": version, "now": now}

    if health is not None:
        _add_ready(router, health.signs)
        _add_metrics(router, health.metrics)
    return router


def _add_ready(router: APIRouter, signs: Signs) -> None:
    @router.get(
        "/readyz",
        dependencies=[_OPEN],
        response_model=Ready,
        responses=answers(503),
        summary="Whether the service can do its work",
    )
    def readyz(request: Request) -> Any:
        """Say how each part is, as it was seen within the last seconds; at once, in any case.

        503 while the service cannot do its work; `degraded` (200) while nobody works for it.
        """
        found = signs.signs()
        bad = [s for s in found if s.vital and not s.ok]
        if bad:
            faults = [Fault(field=s.part, found=s.found, expected="a sound part") for s in bad]
            id_ = getattr(request.state, "request_id", "")
            body = problem(503, "not_ready", faults, id_)
            return JSONResponse(body, status_code=503, media_type=MEDIA_TYPE)
        status = "ready" if all(s.ok for s in found) else "degraded"
        parts = [{"part": s.part, "ok": s.ok, "found": s.found} for s in found]
        return {"status": status, "parts": parts}


def _add_metrics(router: APIRouter, text: Callable[[], bytes]) -> None:
    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **answers(401, 403, 503)},
        summary="Figures for Prometheus",
    )
    def figures(_caller: Operator) -> Response:
        """Give the figures of this installation: sums over all partners, naming none."""
        return Response(text(), media_type=metrics.MEDIA_TYPE)
