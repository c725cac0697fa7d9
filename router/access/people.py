"""People: invited before they come, given another role, removed."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from router.access import rules
from router.access.ground import Ground
from router.domain.access import HOUSE, Person
from router.domain.caller import Caller, Role
from router.domain.errors import UnknownName
from router.domain.ids import content_id
from router.leaving import freeze
from router.store import access
from router.store.database import reading


@dataclass(frozen=True, slots=True)
class People:
    """The people of every partner and of the house."""

    ground: Ground

    def invite(
        self, caller: Caller, partner: str, *, issuer: str, subject: str, name: str, role: Role
    ) -> Person:
        """Invite somebody, or give somebody who was invited another role or name.

        The same person at two partners is two: neither learns of the other.

        Raises:
            UnknownName: the partner is out of reach.
            BadInput: the role is none of such a partner's.
            Beyond: the role may more than who invites, or is one's own.
            LastAdmin: nobody could let others in any more.
            Leaving: the partner is on its way out.
        """
        rules.may_invite(caller, partner, role)
        wished = Person(
            id=content_id("person", [partner, issuer, subject]),
            partner=partner,
            issuer=issuer,
            subject=subject,
            name=name,
            role=role,
            invited_by=caller.id,
            invited_at=self.ground.clock.now(),
        )
        self.ground.note(caller, partner, "invited", person=wished.id, role=role.value)
        return self.ground.commits.write(partner, lambda c: _put(c, caller, wished))

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Person, ...]:
        """Give the people within a caller's sight, or those of one partner; raises UnknownName."""
        wanted = self.ground.sights(caller)
        if partner is not None:
            wanted = (rules.within_sight(caller, partner),)
        found: list[Person] = []
        for one in wanted:
            with reading(self.ground.engine, one) as connection:
                found += access.people_of(connection, one)
        return tuple(found)

    def remove(self, caller: Caller, id_: str) -> Person:
        """Remove a person; sessions end with the next call.

        Raises:
            UnknownName: there is nobody so within sight.
            Beyond: of a role above one's own.
            LastAdmin: nobody could let others in any more.
        """
        partner = self.ground.holder(caller, "person", id_)
        self.ground.note(caller, partner, "removed", person=id_)
        now = self.ground.clock.now()

        def work(connection: Connection) -> Person:
            person = access.person(connection, partner, id_, lock=True)
            if person is None:
                raise UnknownName("person", id_, ())
            if not person.in_force:
                return person
            rules.may_remove(caller, person, _peers(connection, person))
            gone = replace(person, removed_at=now)
            access.put_person(connection, gone)
            return gone

        return self.ground.commits.write(partner, work)


def identity_of(issuer: str, subject: str) -> str:
    """Name the place in `holders` that leads to the partners that somebody was invited by."""
    return content_id("identity", [issuer, subject])


def of_identity(ground: Ground, issuer: str, subject: str) -> tuple[Person, ...]:
    """Give the invitations in force of somebody whom an identity provider vouches for."""
    with reading(ground.engine, HOUSE) as connection:
        holders = access.holders_of(connection, identity_of(issuer, subject))
    found: list[Person] = []
    for holder in holders:
        if holder != HOUSE and holder not in ground.partners:
            continue
        with reading(ground.engine, holder) as connection:
            id_ = content_id("person", [holder, issuer, subject])
            person = access.person(connection, holder, id_)
        found += [person] if person and person.in_force else []
    return tuple(found)


def _put(connection: Connection, caller: Caller, wished: Person) -> Person:
    freeze.refuse(connection, wished.partner)
    before = access.person(connection, wished.partner, wished.id, lock=True)
    if before is not None and before.in_force:
        rules.may_change(caller, before, wished.role, _peers(connection, before))
        wished = replace(
            wished,
            invited_by=before.invited_by,
            invited_at=before.invited_at,
            last_seen=before.last_seen,
        )
    access.put_person(connection, wished)
    access.hold(connection, wished.id, wished.partner)
    access.hold(connection, identity_of(wished.issuer, wished.subject), wished.partner)
    return wished


def _peers(connection: Connection, person: Person) -> int:
    """Count those of the same partner and role whose invitation stands."""
    everybody = access.people_of(connection, person.partner)
    return sum(1 for p in everybody if p.in_force and p.role is person.role)
