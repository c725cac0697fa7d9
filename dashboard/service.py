"""The HTTP service, assembled: every storey's routes behind one door; see `listening` for where."""

import ipaddress
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI

from benchmarks.api import acceptance as acceptance_routes
from benchmarks.api import agreements as agreement_routes
from benchmarks.api import campaigns as campaign_routes
from benchmarks.api import demonstration as demonstration_routes
from benchmarks.api import notes as notes_routes
from benchmarks.api import packs as packs_routes
from benchmarks.api import people as people_routes
from benchmarks.api import routes as benchmarks_routes
from benchmarks.api import signoff as signoff_routes
from benchmarks.api import studies as studies_routes
from benchmarks.api.demonstration import Guests
from dashboard import reports, weekly
from dashboard.ports import Studio
from dashboard.printing.shelf import Shelf
from evaluators.api import metrics as metrics_routes
from evaluators.api import routes as evaluators_routes
from router.api import access as access_routes
from router.api import audit as audit_routes
from router.api import health as health_routes
from router.api import leaving as leaving_routes
from router.api import ledger as ledger_routes
from router.api import pages, problems
from router.api import routes as router_routes
from router.api import uploads as uploads_routes
from router.api.access_ports import AccessDesk
from router.api.doors import LOOPBACK, Door
from router.api.events import Streams
from router.api.health import Health
from router.api.links import Signer, Unwatched
from router.api.permit import Doorkeeper, Owner, Reader, policies
from router.api.turns import Turns
from router.clock import SystemClock
from router.domain.errors import BadInput
from router.domain.partner import Partner
from router.leaving.purge import Site
from router.ports import Clock
from router.telling.doors import Ear, Heard
from router.telling.trace import OFF, Traces

NONE: Mapping[str, Partner] = MappingProxyType({})
ABOUT = (
    "Models, requests, campaigns, takes, scores, findings and reports of one Circle Take home.\n\n"
    "Single-user mode: whoever reaches this address on loopback is the home's owner. Media leave "
    "only by signed links that live two minutes; every list comes in pages; every error is an "
    "RFC 9457 problem that names the field, what was found and what would be right."
)


def build(  # noqa: PLR0913 - each is a part that some test exchanges
    studio: Studio,
    *,
    signing_key: bytes,
    reports_folder: Path,
    clock: Clock | None = None,
    hosts: Iterable[str] = LOOPBACK,
    doorkeeper: Doorkeeper | None = None,
    site: Site | None = None,
    access: AccessDesk | None = None,
    traces: Traces = OFF,
    health: Callable[[Heard], Health] | None = None,
    guests: Guests | None = None,
    agreements: Mapping[str, Partner] = NONE,
) -> FastAPI:
    """Assemble the service.

    Args:
        studio: the house below.
        signing_key: at least 32 random bytes; links signed with another key do not work here.
        reports_folder: where built reports are kept.
        clock: decides when links end.
        hosts: names by which the service may be addressed.
        doorkeeper: says who asks; None = whoever asks is the owner of this home.
        site: keeps the audit log, and can be left; None = nobody hears of looks at whole pictures.
        access: keys, people, grants and sessions; None = there are none to manage.
        traces: takes a span for each answer.
        health: joins what was heard with what looks at the parts; None = nothing looks.
        guests: draws the demonstration's packs; None = it is not offered here.
        agreements: what was agreed with each studio.

    Raises:
        Broken: a route does not say who may use it.
    """
    time = clock or SystemClock()
    signer = Signer(signing_key, time)
    app = FastAPI(
        title="Circle Take",
        version=version("circletake"),
        description=ABOUT,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # a route of ours, which asks who asks
        redirect_slashes=False,  # a redirect repeats what was asked
    )
    problems.install(app)
    app.add_middleware(Door, hosts=tuple(hosts), letters=(uploads_routes.PARTS,))
    heard = Heard()
    app.add_middleware(Ear, heard=heard, traces=traces, clock=time)
    app.state.doorkeeper = doorkeeper or Owner(studio.everybody)
    app.state.witness = site.audit if site else Unwatched()
    app.state.records = site.audit if site else None
    app.state.streams = Streams()
    app.state.turns = Turns()
    app.state.cursor_key = pages.cursor_key(signing_key)
    receiving = studio.receiving
    for routes in (
        router_routes.routes(studio, signer),
        evaluators_routes.routes(studio),
        metrics_routes.routes(),
        benchmarks_routes.routes(studio, signer),
        campaign_routes.routes(studio.front, studio.answers),
        *_of_people(studio, signer),
        acceptance_routes.routes(studio.acceptance, signer),
        notes_routes.routes(studio.pencil, studio.answers, signer),
        uploads_routes.routes(receiving.intake, studio.named),
        packs_routes.routes(receiving),
        studies_routes.routes(studio.booth, signer),
        reports.routes(studio, Shelf(reports_folder), signer),
        weekly.routes(studio, time),
        *((audit_routes.routes(site), leaving_routes.routes(site)) if site else ()),
        *_of_the_house(agreements, guests, access),
        health_routes.routes(health(heard) if health else None, app.version, time),
        _about(app),
    ):
        app.include_router(routes)
    policies(app)
    return app


def _of_people(studio: Studio, signer: Signer) -> tuple[APIRouter, ...]:
    """Build the routes of what people say, sign and pay."""
    return (
        people_routes.routes(studio.front, studio.answers),
        signoff_routes.routes(studio.front.signing, signer),
        ledger_routes.routes(studio.front),
    )


def _of_the_house(
    agreements: Mapping[str, Partner], guests: Guests | None, access: AccessDesk | None
) -> list[APIRouter]:
    """Build the routes about studios and people; those of what is not there are left out."""
    return [
        access_routes.myself(),
        agreement_routes.routes(agreements),
        *((demonstration_routes.routes(guests),) if guests else ()),
        *((access_routes.routes(access),) if access else ()),
    ]


def _about(app: FastAPI) -> APIRouter:
    """Build the routes about the service itself."""
    router = APIRouter(tags=["service"])

    @router.get("/openapi.json", summary="What this service understands")
    def description(_caller: Reader) -> dict[str, Any]:
        """Describe every route: what it takes, and with what it answers."""
        return app.openapi()

    return router


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(host: str, *, shared: bool, names: Collection[str] = ()) -> str:
    """Give an address to listen on: beyond this machine only for a shared, guarded service.

    Args:
        host: the address that is wished.
        shared: the records lie in PostgreSQL, so that everybody is asked for a key.
        names: by which callers on other machines may address the service.

    Raises:
        BadInput: another machine's callers would reach a home whose owner is whoever asks, or
            would all be turned away.
    """
    if is_loopback(host):
        return host
    if not shared:
        expected = (
            "127.0.0.1, ::1 or localhost: a home is for one machine, also with --guarded; other "
            "machines are answered where CIRCLETAKE_DATABASE names a PostgreSQL"
        )
        raise BadInput(field="host", found=host, expected=expected)
    if not names:
        expected = "--name, once for each name or address that callers use; others are turned away"
        raise BadInput(field="name", found=None, expected=expected)
    return host


def serve(app: FastAPI, host: str = "127.0.0.1", port: int = 8400) -> None:
    """Answer until stopped, at an address that `listening` gave."""
    import uvicorn

    from router.api.knocking import MOST_CONNECTIONS, Knocking

    uvicorn.run(
        app,
        host=host,
        port=port,
        http=Knocking,
        limit_concurrency=MOST_CONNECTIONS,
        log_config=None,  # its words go the way of all others, or nowhere
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who stands before us could be anybody
        timeout_graceful_shutdown=3,
    )
