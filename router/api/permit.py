"""Every route says who may use it; a service with one that does not is not started."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from router.api.noting import noted
from router.domain.caller import GRANTED, Caller, Reach, Role, Scope
from router.domain.errors import Broken, NotEntitled


class Doorkeeper(Protocol):
    """Knows people and keys."""

    def identify(self, request: Request) -> Caller:
        """Say who asks; raises NotKnown for everybody that it cannot say it of."""
        ...


class NotKnown(NotEntitled):
    """Nobody that is known here; one answer, whatever is wrong with key or session."""

    code = "not_known"
    http_status = 401

    def __init__(self) -> None:
        """Say what would be right, and nothing about what was found."""
        expected = "a key or session in force, as `Authorization: Bearer …`"
        super().__init__(field="Authorization", found="none that is in force", expected=expected)


class NotAllowed(NotEntitled):
    """Somebody who is known, and may not do this."""

    code = "not_allowed"


@dataclass(frozen=True, slots=True)
class Permit:
    """A route's policy, and the check of it: resolves to the caller."""

    scope: Scope
    tokens: float = 1.0  # what asking costs, of the pace of a key and of a partner

    def __call__(self, request: Request) -> Caller:
        """Identify the caller and hold the scope against it."""
        request.state.tokens = self.tokens
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        caller = doorkeeper.identify(request)
        request.state.caller = caller
        hold(caller, self.scope)
        noted(request, caller)
        return caller


def hold(caller: Caller, scope: Scope) -> None:
    """Hold a scope against a caller; raises NotAllowed."""
    if scope not in caller.scopes:
        raise NotAllowed(
            field="Authorization",
            found=f"the role {caller.role.value}",
            expected=f"a role or key with the scope {scope.value}",
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """The policy of a route that asks for no caller, and why that is right."""

    why: str

    def __call__(self) -> None:
        """Let everybody in."""


def permit(scope: Scope, tokens: float = 1.0) -> Any:
    """Declare the scope of a route: the type of its parameter is `Annotated[Caller, this]`.

    Args:
        scope: what the caller must be allowed.
        tokens: what asking costs where there is a pace; most reads cost one.
    """
    return Depends(Permit(scope, tokens))


def opening(why: str) -> Any:
    """Say why a route is open to everybody: `dependencies=[opening("…")]`."""
    return Depends(Opening(why))


DEAR = 10.0  # tokens of a question that reads whole campaigns
Reader = Annotated[Caller, permit(Scope.READ)]
Submitter = Annotated[Caller, permit(Scope.SUBMIT)]
LINK = opening("by signed link only: the signature is the permission")


@dataclass(frozen=True, slots=True)
class Owner:
    """Of a home on one's own machine, reached on loopback: whoever asks is its owner."""

    partners: frozenset[str]

    def identify(self, request: Request) -> Caller:
        """Give the owner, whoever asks."""
        del request
        return self.caller()

    def caller(self) -> Caller:
        """Give the owner, who reaches every partner of the home."""
        everyone = Reach(self.partners)
        return Caller(
            id="owner",
            name="owner",
            role=Role.OWNER,
            scopes=GRANTED[Role.OWNER],
            reads=everyone,
            looks=everyone,
            pools=everyone,
        )


def policies(app: FastAPI) -> dict[tuple[str, str], Permit | Opening]:
    """Give (method, path) → policy of every route.

    Raises:
        Broken: a route has none, or several, or is of a kind that can have none (a mounted app, a
            socket); the service must not start so.
    """
    found: dict[tuple[str, str], Permit | Opening] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = str(getattr(context, "path", "") or getattr(route, "path", "?"))
        inner = _flat(route.dependant) if isinstance(route, APIRoute) else ()
        said = [d.call for d in inner if isinstance(d.call, Permit | Opening)]
        if len(said) != 1:
            raise Broken(
                field=f"route {path}",
                found=f"{len(said)} policies",
                expected="one: a parameter with permit(Scope.…), or dependencies=[opening('why')]",
            )
        found |= {(method, path): said[0] for method in getattr(route, "methods", None) or ()}
    return found


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        yield inner
        yield from _flat(inner)
