"""Grants: somebody of the house may look at a partner's pictures, for a reason and some days.

An analyst, who reads numbers of groups only, reads that partner's records as long.
"""

from dataclasses import dataclass
from datetime import datetime

from router.access import rules
from router.access.ground import Ground
from router.domain.access import HOUSE, Grant, Key, Person
from router.domain.caller import Caller
from router.domain.errors import Conflict, UnknownName
from router.domain.ids import content_id
from router.store import access
from router.store.database import reading


@dataclass(frozen=True, slots=True)
class Grants:
    """The grants on every partner; a partner sees those on itself."""

    ground: Ground

    def give(
        self, caller: Caller, partner: str, *, who: str, reason: str, until: datetime
    ) -> Grant:
        """Let somebody of the house look at a partner's pictures.

        Raises:
            UnknownName: no such partner, or nobody of the house is called so.
            BadInput: over already, or longer than seven days.
        """
        caller.reads.require(partner)
        now = self.ground.clock.now()
        rules.grant_ends(now, until)
        looker = self._of_the_house(who, now)
        content = [partner, who, reason, until.isoformat(), caller.id, now.isoformat()]
        grant = Grant(
            id=content_id("grant", content),
            partner=partner,
            who=who,
            name=looker.name,
            reason=reason,
            by=caller.id,
            created_at=now,
            until=until,
            needs_second=rules.needs_second(caller, who, looker.role, self._makers()),
        )
        self.ground.note(caller, partner, "grant", grant=grant.id, who=who)
        self.ground.commits.write(partner, lambda c: access.add_grant(c, grant))
        return grant

    def confirm(self, caller: Caller, id_: str) -> Grant:
        """Be the second person; raises UnknownName, Conflict, Beyond."""
        grant = self._found(caller, id_)
        now = self.ground.clock.now()
        if grant.ended_at is not None or now >= grant.until:
            raise Conflict(field="grant", found="one that ended", expected="one still to begin")
        if grant.confirmed_by is not None or not grant.needs_second:
            return grant
        rules.may_confirm(caller, grant, self._makers())
        self.ground.note(caller, grant.partner, "grant_confirmed", grant=id_)
        work = self.ground.commits.write
        return work(grant.partner, lambda c: access.confirm(c, grant, caller.id, now))

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Grant, ...]:
        """Give the grants on the partners within reach, or on one; raises UnknownName."""
        wanted = tuple(caller.reads) if partner is None else (caller.reads.require(partner),)
        found: list[Grant] = []
        for one in wanted:
            with reading(self.ground.engine, one) as connection:
                found += access.grants_of(connection, one)
        return tuple(found)

    def end(self, caller: Caller, id_: str) -> Grant:
        """End a grant before its time; the partner may, too. Raises UnknownName."""
        grant = self._found(caller, id_)
        self.ground.note(caller, grant.partner, "grant_ended", grant=id_)
        now = self.ground.clock.now()
        self.ground.commits.write(grant.partner, lambda c: access.end(c, grant, caller.id, now))
        return self._found(caller, id_)

    def _found(self, caller: Caller, id_: str) -> Grant:
        partner = self.ground.holder(caller, "grant", id_)
        with reading(self.ground.engine, partner) as connection:
            grant = access.grant(connection, partner, id_)
        if grant is None:
            raise UnknownName("grant", id_, ())
        return grant

    def _of_the_house(self, who: str, now: datetime) -> Key | Person:
        with reading(self.ground.engine, HOUSE) as connection:
            person = access.person(connection, HOUSE, who)
            key = access.key(connection, HOUSE, who)
        if person is not None and person.in_force:
            return person
        if key is not None and key[0].in_force(now):
            return key[0]
        raise UnknownName("who", who, (), hint="the id of a person or key of the house")

    def _makers(self) -> dict[str, str]:
        with reading(self.ground.engine, HOUSE) as connection:
            return {key.id: key.created_by for key in access.keys(connection, HOUSE)}
