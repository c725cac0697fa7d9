"""The entrance for people: an ID token becomes a session of ten minutes."""

from dataclasses import dataclass

from router.access import people, session
from router.access.ground import Ground
from router.access.oidc import Issuer, Vouched
from router.access.session import Session
from router.api.permit import NotKnown
from router.domain.access import HOUSE, Entered, Person
from router.domain.errors import BadInput, NotEntitled
from router.store import access
from router.store.database import reading


class NoProvider(NotEntitled):
    """Nobody could vouch for a person here."""

    code = "no_identity_provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Lets in whom the identity provider vouches for and somebody here invited."""

    ground: Ground
    issuer: Issuer | None

    def enter(
        self, id_token: str, host: str, *, partner: str | None = None, nonce: str | None = None
    ) -> Entered:
        """Begin a session. A token, or its nonce, opens once.

        Args:
            host: the address that it comes from; failures are counted for it.
            id_token: from the identity provider, minutes old.
            partner: of somebody whom several partners invited, which one is meant.
            nonce: what the token must repeat, where the sign-in asked for one.

        Raises:
            NotKnown: a bad token, one used before, or somebody who was not invited.
            NoProvider: this installation has no identity provider.
            BadInput: several partners invited this person, and none of them was named.
            TooMany: too many failures from this address.
            Unreachable: the provider does not answer.
        """
        try:
            return self._proven(id_token, partner, nonce)
        except NotKnown:
            self.ground.failed(host)
            raise

    def renew(self, token: str) -> Entered:
        """Go on for ten minutes more, twelve hours at most; raises NotKnown."""
        now = self.ground.clock.now()
        held = self.held(token)
        if held is None or now >= held[0].began + session.LONGEST:
            raise NotKnown
        return self._entered(session.renewed(held[0], now), held[1])

    def leave(self, token: str) -> None:
        """End a session, wherever else its token is still held; raises NotKnown."""
        held = self.held(token)
        if held is None:
            raise NotKnown
        sitting, now = held[0], self.ground.clock.now()
        until = sitting.began + session.LONGEST + session.LEEWAY
        self.ground.commits.write(HOUSE, lambda c: access.spend(c, _left(sitting), now, until))

    def held(self, token: str) -> tuple[Session, Person] | None:
        """Give the session in force of a token, and whose it is; None for whatever else."""
        found = session.read(token, session.signing_key(self.ground.pepper))
        if found is None or not found.in_force(self.ground.clock.now()):
            return None
        if found.partner != HOUSE and found.partner not in self.ground.partners:
            return None
        with reading(self.ground.engine, found.partner) as connection:
            gone = access.is_spent(connection, _left(found))
            person = access.person(connection, found.partner, found.person)
        if gone or person is None or not person.in_force:
            return None
        return found, person

    def _proven(self, id_token: str, partner: str | None, nonce: str | None) -> Entered:
        if self.issuer is None:
            expected = "an installation with CIRCLETAKE_OIDC_ISSUER and CIRCLETAKE_OIDC_CLIENT"
            raise NoProvider(field="id_token", found="no identity provider", expected=expected)
        vouched = self.issuer.vouched(id_token, nonce)
        person = self._chosen(vouched, partner)
        now = self.ground.clock.now()
        spent = self.ground.commits.write(
            HOUSE, lambda c: access.spend(c, vouched.token, now, vouched.until)
        )
        if not spent:
            raise NotKnown
        told = None if person.partner == HOUSE else person.partner
        self.ground.witness.note(person.id, told, "login", person=person.id)
        self.ground.commits.write(person.partner, lambda c: access.seen(c, person, now))
        return self._entered(session.begun(person.id, person.partner, now), person)

    def _chosen(self, vouched: Vouched, partner: str | None) -> Person:
        invited = people.of_identity(self.ground, vouched.issuer, vouched.subject)
        meant = [p for p in invited if partner in {None, p.partner}]
        if not meant:
            raise NotKnown
        if len(meant) > 1:
            names = ", ".join(p.partner for p in meant)
            raise BadInput(field="partner", found=None, expected=f"one of: {names}")
        return meant[0]

    def _entered(self, sitting: Session, person: Person) -> Entered:
        token = session.written(sitting, session.signing_key(self.ground.pepper))
        return Entered(token=token, expires_at=sitting.expires, person=person)


def _left(sitting: Session) -> str:
    return f"left:{sitting.id}"
