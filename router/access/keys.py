"""Keys of machines: made, shown once, listed, revoked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from router.access import key as text
from router.access import rules
from router.access.ground import Ground
from router.domain.access import Key, Minted
from router.domain.caller import Caller, Role, Scope
from router.domain.errors import UnknownName
from router.leaving import freeze
from router.store import access
from router.store.database import reading


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of every partner and of the house."""

    ground: Ground

    def make(
        self,
        caller: Caller,
        partner: str,
        *,
        name: str,
        role: Role,
        scopes: Sequence[Scope] = (),
        days: int = 90,
    ) -> Minted:
        """Make a key; its text is in the answer and nowhere else.

        Raises:
            UnknownName: the partner is out of reach.
            BadInput: role or days do not fit.
            Beyond: it would open more than its maker may.
            Leaving: the partner is on its way out.
        """
        allowed = rules.scopes_of_key(caller, partner, role, scopes)
        now = self.ground.clock.now()
        ends = rules.expiry(now, days)
        made = text.mint(self.ground.environment)
        key = Key(
            id=made.id,
            partner=partner,
            name=name,
            role=role,
            scopes=frozenset(allowed),
            created_by=caller.id,
            created_at=now,
            expires_at=ends,
        )
        kept = text.digest(self.ground.pepper, made.secret)
        self.ground.note(caller, partner, "key_made", key=key.id, role=role.value)

        def work(connection: Connection) -> None:
            freeze.refuse(connection, partner)
            access.add_key(connection, key, kept, self.ground.environment)

        self.ground.commits.write(partner, work)
        return Minted(key=key, text=made.text)

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Key, ...]:
        """Give the keys within a caller's sight, or those of one partner; raises UnknownName."""
        wanted = self.ground.sights(caller)
        if partner is not None:
            wanted = (rules.within_sight(caller, partner),)
        found: list[Key] = []
        for one in wanted:
            with reading(self.ground.engine, one) as connection:
                found += access.keys(connection, one)
        return tuple(found)

    def revoke(self, caller: Caller, id_: str) -> Key:
        """Revoke a key; the next call with it is answered as one without any.

        Raises:
            UnknownName: there is none within sight.
            Beyond: it may more than who revokes it.
        """
        partner = self.ground.holder(caller, "key", id_)
        with reading(self.ground.engine, partner) as connection:
            found = access.key(connection, partner, id_)
        if found is None:
            raise UnknownName("key", id_, ())
        rules.may_revoke(caller, found[0])
        self.ground.note(caller, partner, "key_revoked", key=id_)
        now = self.ground.clock.now()
        self.ground.commits.write(partner, lambda c: access.revoke(c, partner, now, id_))
        with reading(self.ground.engine, partner) as connection:
            after = access.key(connection, partner, id_)
        return after[0] if after else found[0]
