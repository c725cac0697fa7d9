"""Keys, people, grants, sessions, and who I am, over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from router.api import access_wire as wire
from router.api.access_ports import AccessDesk
from router.api.doors import StrictRoute
from router.api.permit import Reader, opening, permit
from router.api.problems import answers
from router.domain.caller import Caller, Role, Scope

Manager = Annotated[Caller, permit(Scope.MANAGE)]
Lead = Annotated[Caller, permit(Scope.LEAD)]
Partner = Annotated[wire.Holder | None, Query(description="only of this one; - is the house")]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,64}$", alias="id")]
KNOWN = answers(401, 403, 404, 422, 429)


def routes(desk: AccessDesk) -> APIRouter:
    """Build the routes of access."""
    router = APIRouter(prefix="/v1", tags=["access"], route_class=StrictRoute)
    _add_keys(router, desk)
    _add_people(router, desk)
    _add_grants(router, desk)
    _add_sessions(router, desk)
    return router


def myself() -> APIRouter:
    """Build the route that says who asks; it needs nobody's desk."""
    router = APIRouter(prefix="/v1", tags=["access"], route_class=StrictRoute)

    @router.get("/me", response_model=wire.Me, responses=answers(401, 429), summary="Who I am")
    def me(caller: Reader) -> dict[str, Any]:
        """Say who asks, and what that one may."""
        return wire.me(caller)

    return router


def _add_keys(router: APIRouter, desk: AccessDesk) -> None:
    @router.get("/keys", response_model=wire.KeyStates, responses=KNOWN, summary="Keys")
    def keys(caller: Manager, partner: Partner = None) -> dict[str, Any]:
        """List keys, those that ended too; never a secret."""
        return {"keys": [wire.as_dict(key) for key in desk.keys.list(caller, partner)]}

    @router.post(
        "/keys",
        status_code=201,
        response_model=wire.MadeKey,
        responses=KNOWN,
        summary="Make a key",
    )
    def make(caller: Manager, body: wire.NewKey) -> dict[str, Any]:
        """Make a key. Its text is in this answer and never again; it ends within 90 days.

        It can do no more than its role may, and no more than who makes it.
        """
        made = desk.keys.make(
            caller,
            body.partner,
            name=body.name,
            role=Role(body.role),
            scopes=[Scope(s) for s in body.scopes],
            days=body.days,
        )
        return {**wire.as_dict(made.key), "key": made.text}

    @router.delete(
        "/keys/{id}", response_model=wire.KeyState, responses=KNOWN, summary="Revoke a key"
    )
    def revoke(caller: Manager, id_: Id) -> dict[str, Any]:
        """Revoke a key, at once; revoking it again changes nothing."""
        return wire.as_dict(desk.keys.revoke(caller, id_))


def _add_people(router: APIRouter, desk: AccessDesk) -> None:
    @router.get("/people", response_model=wire.PersonStates, responses=KNOWN, summary="People")
    def people(caller: Manager, partner: Partner = None) -> dict[str, Any]:
        """List who was invited, those who were removed too."""
        return {"people": [wire.as_dict(p) for p in desk.people.list(caller, partner)]}

    @router.post(
        "/people",
        status_code=201,
        response_model=wire.PersonState,
        responses={**KNOWN, **answers(409)},
        summary="Invite somebody",
    )
    def invite(caller: Manager, body: wire.Invitation) -> dict[str, Any]:
        """Invite a person by issuer and subject, or give one another role.

        Nobody changes the own role; the last administrator stays one.
        """
        person = desk.people.invite(
            caller,
            body.partner,
            issuer=body.issuer,
            subject=body.subject,
            name=body.name,
            role=Role(body.role),
        )
        return wire.as_dict(person)

    @router.delete(
        "/people/{id}",
        response_model=wire.PersonState,
        responses={**KNOWN, **answers(409)},
        summary="Remove somebody",
    )
    def remove(caller: Manager, id_: Id) -> dict[str, Any]:
        """Remove a person; sessions end with the next call. Keys that the person made stay."""
        return wire.as_dict(desk.people.remove(caller, id_))


def _add_grants(router: APIRouter, desk: AccessDesk) -> None:
    @router.get("/grants", response_model=wire.GrantStates, responses=KNOWN, summary="Grants")
    def grants(caller: Manager, partner: Partner = None) -> dict[str, Any]:
        """List who of the house may look at pictures, or could once; a partner sees its own."""
        return {"grants": [wire.as_dict(g) for g in desk.grants.list(caller, partner)]}

    @router.post(
        "/grants",
        status_code=201,
        response_model=wire.GrantState,
        responses=KNOWN,
        summary="Let somebody look",
    )
    def give(caller: Lead, body: wire.Leave) -> dict[str, Any]:
        """Let somebody of the house look at a partner's pictures for at most seven days.

        An analyst reads that partner's records as long, and nobody's otherwise.

        A beta lead's own, or that of a key that one made, waits for a second person.
        """
        grant = desk.grants.give(
            caller, body.partner, who=body.who, reason=body.reason, until=body.until
        )
        return wire.as_dict(grant)

    @router.post(
        "/grants/{id}/confirm",
        response_model=wire.GrantState,
        responses={**KNOWN, **answers(409)},
        summary="Be the second person",
    )
    def confirm(caller: Lead, id_: Id) -> dict[str, Any]:
        """Confirm a grant that somebody else gave to somebody else."""
        return wire.as_dict(desk.grants.confirm(caller, id_))

    @router.delete(
        "/grants/{id}", response_model=wire.GrantState, responses=KNOWN, summary="End a grant"
    )
    def end(caller: Manager, id_: Id) -> dict[str, Any]:
        """End a grant before its time; the partner may, too."""
        return wire.as_dict(desk.grants.end(caller, id_))


def _add_sessions(router: APIRouter, desk: AccessDesk) -> None:
    @router.post(
        "/session",
        status_code=201,
        response_model=wire.SessionState,
        responses=answers(401, 403, 422, 429, 503),
        dependencies=[opening("the ID token is the proof")],
        summary="Sign in",
    )
    def enter(body: wire.Proof, request: Request) -> dict[str, Any]:
        """Take an ID token for a session of ten minutes; a token opens once."""
        host = request.client.host if request.client else ""
        session = desk.entrance.enter(body.id_token, host, partner=body.partner, nonce=body.nonce)
        return wire.entered(session)

    @router.post(
        "/session/renewal",
        response_model=wire.SessionState,
        responses=KNOWN,
        summary="Stay signed in",
    )
    def renew(_caller: Reader, request: Request) -> dict[str, Any]:
        """Go on for ten minutes more, up to twelve hours since signing in."""
        return wire.entered(desk.entrance.renew(_token(request)))

    @router.delete("/session", status_code=204, responses=KNOWN, summary="Sign out")
    def leave(_caller: Reader, request: Request) -> Response:
        """End this session everywhere."""
        desk.entrance.leave(_token(request))
        return Response(status_code=204)


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2].strip()
