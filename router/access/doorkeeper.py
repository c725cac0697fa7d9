"""The doorkeeper of a shared service: who asks, how far that reaches, and whether too often."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict

from fastapi import Request
from sqlalchemy import Engine

from router.access import key as text
from router.access import pepper, session
from router.access.entrance import Entrance
from router.access.grants import Grants
from router.access.ground import Ground, Nobody, Witness
from router.access.key import Presented
from router.access.keys import Keys
from router.access.limits import Limits, Paces
from router.access.oidc import Fetch, Issuer, fetched, is_safe
from router.access.people import People
from router.access.rules import OF_THE_HOUSE
from router.api.links import NOBODY as OF_SEVERAL
from router.api.permit import NotKnown, Owner
from router.domain.access import HOUSE, Key, Person
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.domain.errors import BadInput
from router.ports import Clock
from router.settings import Settings
from router.store import access
from router.store.database import Commits, reading, turn_to

NOTED_EACH = timedelta(minutes=5)  # how exact `last_used` is: a write for each call would cost more
WRITING = 4.0  # tokens that a request costs which may change something; one that only reads: 1
_NOTHING = text.mint("nothing")  # looked up for whoever shows no key, so that it takes as long
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Keys, people, grants and the entrance, for routes and commands."""

    keys: Keys
    people: People
    grants: Grants
    entrance: Entrance


class _Reaches(TypedDict):
    reads: Reach
    looks: Reach
    pools: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Identifies keys and sessions against the database at each call."""

    ground: Ground
    entrance: Entrance

    def identify(self, request: Request) -> Caller:
        """Say who asks.

        Raises:
            NotKnown: one answer for no key, a garbled, unknown, expired or revoked one, one of
                another environment or of a partner that is no more; and so for sessions.
            TooMany: a key, a partner or a guessing address asks more than its pace allows.
        """
        caller = self._caller(_bearer(request))
        if caller is None:
            self.ground.failed(request.client.host if request.client else "")
            raise NotKnown
        least = 1.0 if request.method in {"GET", "HEAD"} else WRITING
        cost = max(least, getattr(request.state, "tokens", least))
        self.ground.limits.take(f"by:{caller.id}", self.ground.paces.key, cost)
        if not caller.is_internal:
            partner = next(iter(caller.reads))
            self.ground.limits.take(f"of:{partner}", self.ground.paces.partner, cost)
        return caller

    def name_of(self, caller: str) -> str:
        """Give the name of a key or person; the id itself where there is none."""
        held = self._holder(caller)
        return held.name if held else caller

    def charge(self, caller: str, tokens: float) -> None:
        """Take from the pace of a key or person, who looks through a link; raises TooMany."""
        self.ground.limits.take(f"by:{caller}", self.ground.paces.key, tokens)

    def knows(self, caller: str, partner: str) -> bool:
        """Say whether whoever asked for a link to a partner's picture could ask for it now."""
        held, now = self._holder(caller), self.ground.clock.now()
        in_force = held.in_force(now) if isinstance(held, Key) else held and held.in_force
        if not held or not in_force or not self._is_known(held.partner):
            return False
        granted = self._granted(caller) if held.role in OF_THE_HOUSE else [partner]
        return partner in granted or (partner == OF_SEVERAL and bool(granted))

    def _holder(self, id_: str) -> Key | Person | None:
        """Give a key or person by id."""
        with reading(self.ground.engine, HOUSE) as connection:
            for holder in (*access.holders_of(connection, id_), HOUSE):
                turn_to(connection, holder)
                if found := access.key(connection, holder, id_):
                    return found[0]
                if person := access.person(connection, holder, id_):
                    return person
        return None

    def _caller(self, shown: str) -> Caller | None:
        if shown.startswith(session.PREFIX):
            return self._by_session(shown)
        return self._by_key(text.read(shown))

    def _by_key(self, shown: Presented | None) -> Caller | None:
        """Do the same whatever is wrong, so that the time that it takes says nothing."""
        asked = shown or _NOTHING
        with reading(self.ground.engine, HOUSE) as connection:
            holder = (*access.holders_of(connection, asked.id), HOUSE)[0]
            turn_to(connection, holder)
            row = access.key(connection, holder, asked.id)
        digest = text.digest(self.ground.pepper, asked.secret)
        if not hmac.compare_digest(digest, row[1] if row else _NO_DIGEST) or row is None:
            return None
        key, _, environment = row
        here = {asked.environment, environment} == {self.ground.environment}
        if not (here and key.in_force(self.ground.clock.now()) and self._is_known(key.partner)):
            return None
        self._note_use(key)
        return Caller(
            id=key.id,
            name=key.name,
            role=key.role,
            scopes=key.scopes & GRANTED[key.role],
            session=key.id,
            **self._reach(key.id, key.partner, key.role),
        )

    def _by_session(self, shown: str) -> Caller | None:
        held = self.entrance.held(shown)
        if held is None:
            return None
        sitting, person = held
        return Caller(
            id=person.id,
            name=person.name,
            role=person.role,
            scopes=GRANTED[person.role],
            session=sitting.id,
            **self._reach(person.id, person.partner, person.role),
        )

    def _reach(self, id_: str, partner: str, role: Role) -> _Reaches:
        """Say how far somebody gets: an analyst to pools of all, and to whom a grant opens."""
        if role not in OF_THE_HOUSE:
            own = Reach(frozenset({partner}))
            return {"reads": own, "looks": own, "pools": Reach(frozenset())}
        every, granted = (
            Reach(frozenset(self.ground.partners)),
            Reach(frozenset(self._granted(id_))),
        )
        reads = every if role is Role.BETA_LEAD else granted
        return {"reads": reads, "looks": granted, "pools": every}

    def _granted(self, id_: str) -> list[str]:
        """Name the partners whose pictures somebody of the house may look at now."""
        now, found = self.ground.clock.now(), []
        with reading(self.ground.engine, HOUSE) as connection:
            for partner in access.holders_of(connection, access.looks_of(id_)):
                turn_to(connection, partner)
                grants = access.grants_of(connection, partner, id_)
                if partner in self.ground.partners and any(g.in_force(now) for g in grants):
                    found.append(partner)
        return found

    def _is_known(self, partner: str) -> bool:
        return partner == HOUSE or partner in self.ground.partners

    def _note_use(self, key: Key) -> None:
        now = self.ground.clock.now()
        if key.last_used is None or now - key.last_used >= NOTED_EACH:
            self.ground.commits.write(
                key.partner, lambda c: access.used(c, key.partner, key.id, now)
            )


def ground(
    engine: Engine,
    here: Settings,
    partners: Collection[str],
    clock: Clock,
    witness: Witness | None = None,
    paces: Paces | None = None,
) -> Ground:
    """Give what keys, people and grants stand on; makes the pepper of a home.

    Raises:
        BadInput: the environment's name or the pepper's file is missing or malformed.
        Broken: the pepper cannot be used.
    """
    if not text.ENVIRONMENT.fullmatch(here.environment):
        expected = "2 to 12 small letters and digits, a letter first"
        raise BadInput(field="CIRCLETAKE_ENVIRONMENT", found=here.environment, expected=expected)
    commits = Commits(engine)
    return Ground(
        engine=engine,
        commits=commits,
        clock=clock,
        pepper=pepper.of(here, several_machines=engine.dialect.name != "sqlite"),
        environment=here.environment,
        partners=partners,
        witness=witness or Nobody(),
        limits=Limits(commits=commits, clock=clock),
        paces=paces or Paces(),
    )


def desk(ground: Ground, here: Settings, fetch: Fetch = fetched) -> Desk:
    """Give what the routes of keys, people, grants and sessions speak to; raises BadInput."""
    return Desk(
        keys=Keys(ground),
        people=People(ground),
        grants=Grants(ground),
        entrance=Entrance(ground=ground, issuer=_issuer(ground, here, fetch)),
    )


def shared(
    engine: Engine,
    here: Settings,
    partners: Collection[str],
    clock: Clock,
    witness: Witness | None = None,
) -> Shared:
    """Give the doorkeeper of a shared service.

    Args:
        engine: of the database, migrated.
        here: names the environment, the pepper's file and the identity provider.
        partners: those that are served; keys and people of others open nothing.
        clock: decides what has ended.
        witness: keeps the records; None = nobody does.

    Raises:
        BadInput: a setting is missing or malformed.
        Broken: the pepper cannot be used.
    """
    return over(ground(engine, here, partners, clock, witness), here)


def over(ground: Ground, here: Settings, fetch: Fetch = fetched) -> Shared:
    """Give the doorkeeper on a ground that the routes stand on, too; raises BadInput."""
    return Shared(ground=ground, entrance=desk(ground, here, fetch).entrance)


def at_the_machine(partners: Collection[str]) -> Caller:
    """Give whoever has a shell where the database is: may make the first key of all."""
    return Owner(frozenset(partners)).caller()


def _issuer(ground: Ground, here: Settings, fetch: Fetch) -> Issuer | None:
    url, client = here.oidc_issuer, here.oidc_client
    if not url and not client:
        return None
    if not url or not is_safe(url):
        raise BadInput(field="CIRCLETAKE_OIDC_ISSUER", found=url, expected="an https address")
    if not client:
        expected = "what the provider knows this service as"
        raise BadInput(field="CIRCLETAKE_OIDC_CLIENT", found=client, expected=expected)
    return Issuer(url=url, client=client, clock=ground.clock, fetch=fetch)


def _bearer(request: Request) -> str:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else ""
