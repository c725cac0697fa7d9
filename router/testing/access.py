"""A shared house for tests: its doors over a database, asked without a socket."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from sqlalchemy import Engine

from router.access import doorkeeper
from router.access.doorkeeper import Desk, Shared
from router.access.ground import Ground
from router.access.limits import Paces
from router.access.oidc import Fetch, fetched
from router.api import access, problems
from router.api.doors import Door
from router.domain.access import HOUSE
from router.domain.caller import Caller, Role
from router.ports import Clock
from router.settings import Settings
from router.testing.doubles import settings

PARTNERS = ("lamplight", "north_light")


@dataclass(slots=True)
class Notes:
    """A witness that remembers."""

    said: list[tuple[str, str | None, str, Mapping[str, str]]] = field(default_factory=list)

    def note(self, caller_id: str, partner: str | None, event: str, **ids: str) -> object:
        """Remember it."""
        self.said.append((caller_id, partner, event, ids))
        return None

    def events(self) -> list[str]:
        """Give what happened, in order."""
        return [event for _, _, event, _ in self.said]


@dataclass(slots=True, kw_only=True)
class House:
    """The parts of access, joined, and an app over them."""

    ground: Ground
    desk: Desk
    doorkeeper: Shared
    app: FastAPI
    notes: Notes

    @property
    def machine(self) -> Caller:
        """Give whoever sits at the machine."""
        return doorkeeper.at_the_machine(self.ground.partners)

    def key(self, partner: str = "north_light", role: Role | None = None, **wish: Any) -> str:
        """Make a key at the machine; a partner's member or the house's lead unless said."""
        usual = Role.BETA_LEAD if partner == HOUSE else Role.PARTNER_MEMBER
        wish = {"name": "a test", "role": role or usual, **wish}
        return self.desk.keys.make(self.machine, partner, **wish).text


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks an app without a socket."""

    portal: BlockingPortal
    app: FastAPI

    def __call__(
        self,
        method: str,
        path: str,
        key: str | None = None,
        *,
        host: str = "203.0.113.7",
        **given: Any,
    ) -> httpx.Response:
        """Ask, with a key or session as the bearer."""
        headers = {**given.pop("headers", {})}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(host, 50000))
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        return self.portal.call(partial(client.request, method, path, headers=headers, **given))


def house(
    engine: Engine,
    home: Path,
    clock: Clock,
    *,
    here: Mapping[str, Any] | None = None,
    partners: Collection[str] = PARTNERS,
    paces: Paces | None = None,
    fetch: Fetch = fetched,
) -> House:
    """Join the parts over a database that is up to date; `here` changes settings."""
    chosen: Settings = replace(settings(home), pepper_file=_pepper(home), **(here or {}))
    notes = Notes()
    ground = doorkeeper.ground(engine, chosen, partners, clock, notes, paces)
    desk, keeper = doorkeeper.desk(ground, chosen, fetch), doorkeeper.over(ground, chosen, fetch)
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Door)
    app.state.doorkeeper = keeper
    app.include_router(access.routes(desk))
    app.include_router(access.myself())
    return House(ground=ground, desk=desk, doorkeeper=keeper, app=app, notes=notes)


def _pepper(home: Path) -> Path:
    """Give the file that the machines of a shared service have in common."""
    path = home / "shared_pepper"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path
