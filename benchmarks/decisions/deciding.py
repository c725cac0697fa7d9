"""Deciding about takes: a named person circles, approves, wants changes, rejects, or takes it back.

Every decision is kept, the latest counts. Whoever says which decision they saw replaces that one
and no other: where somebody else was faster, they are told instead. The same decision said twice is
one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.decisions.circled import SEEN, WITHDRAWN, YES, place_of, standing
from benchmarks.domain.repair import CLEARED, Decision
from benchmarks.planning.approval import admit, synthetic
from benchmarks.ports import Router
from benchmarks.store.store import Store
from router.domain.errors import BadInput, Conflict
from router.domain.ids import content_id

TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody said about a take."""

    partner: str  # whose take it is
    campaign: str
    take: str
    by: str
    role: str = ""
    note: str = ""


class DecidedMeanwhile(Conflict):
    """Somebody else decided after the decision that one saw."""

    code = "decided_meanwhile"

    def __init__(self, stands: Decision | None) -> None:
        """Say who decided what, and when."""
        found = "no decision any more"
        if stands is not None:
            at = stands.created_at.strftime("%Y-%m-%d %H:%M UTC")
            found = f"{stands.status} by {stands.by}, {at}"
        super().__init__(
            field="instead_of",
            found=found,
            expected="a look at that decision first; nothing was replaced",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Keeps decisions, and refuses a circle that needs an approval first."""

    store: Store
    router: Router

    def decide(
        self, word: Word, at: datetime, status: str, instead_of: str | None = None
    ) -> Decision:
        """Keep a decision.

        Args:
            word: who says it of which take.
            at: when.
            status: circled, approved, changes, rejected, or withdrawn for what was said yes to.
            instead_of: id of the decision that stood when it was made, "" for none; None = whatever
                stands now is replaced.

        Raises:
            UnknownName: the take is of no campaign of its partner; it was asked by hand.
            BadInput: there is no circle to take back.
            DecidedMeanwhile: another decision stands than the one that was seen.
            NotEntitled: a human in it is played by nobody, and no approval is on record.
        """
        partner = self._owner(word)
        every = self.store.decisions(partner, word.campaign)
        stands = standing(every).get(word.take)
        if instead_of is not None and instead_of != (stands.id if stands else ""):
            return _the_same(stands, word, status, _after(partner, word.take, instead_of))
        if status == WITHDRAWN and (stands is None or stands.status not in YES):
            found = f"{word.take} is not circled"
            raise BadInput(field="take", found=found, expected="a circled take")
        if status in YES:
            self._admit(partner, word, every, at)
        if stands is not None:
            at = max(at, stands.created_at + TICK)  # another machine's clock may be ahead
        if instead_of is None:
            return self._keep(partner, word, status, at)
        id_ = _after(partner, word.take, instead_of)
        self._keep(partner, word, status, at, id_)
        kept = standing(self.store.decisions(partner, word.campaign)).get(word.take)
        return _the_same(kept, word, status, id_)

    def clear(self, word: Word, evidence_sha256: str, at: datetime) -> Decision:
        """Put on record that a take may be circled although nobody plays who is seen in it."""
        partner = self._owner(word)
        note = f"evidence sha256 {evidence_sha256}{': ' + word.note if word.note else ''}"
        return self._keep(partner, replace(word, note=note), CLEARED, at)

    def look(self, word: Word, at: datetime) -> Decision:
        """Put on record that somebody opened a take in approval; the first time counts."""
        partner = self._owner(word)
        id_ = content_id("look", [partner, word.take, word.by.strip().casefold()])
        return self._keep(partner, word, SEEN, at, id_)

    def _owner(self, word: Word) -> str:
        """Give whose campaign it is: the take's own partner's, or nobody's."""
        return self.store.campaign(word.partner, word.campaign).campaign.partner

    def _admit(self, partner: str, word: Word, every: tuple[Decision, ...], at: datetime) -> None:
        """Let a circle stand; looks for the take's shot only where it matters."""
        seals = self.store.campaign(partner, word.campaign).campaign.packs
        packs = {seal: self.store.pack(partner, seal).pack for seal in seals}
        if not any(synthetic(pack, shot) for pack in packs.values() for shot in pack.shots):
            return
        (take,) = self.router.takes(partner, ids=[word.take])
        place = place_of(partner, take, self.store, self.router)
        if place is None:
            return
        pack = packs[place[0]]
        shot = next(s for s in pack.shots if s.id == place[1])
        admit(pack, shot, word.take, every, at.date())

    def _keep(
        self, partner: str, word: Word, status: str, at: datetime, id_: str | None = None
    ) -> Decision:
        content = [partner, word.take, word.by, status, word.note, at.isoformat()]
        decision = Decision(
            partner=partner,
            id=id_ or content_id("decision", content),
            campaign=word.campaign,
            take=word.take,
            by=word.by.strip(),
            role=word.role,
            status=status,
            notes=word.note,
            created_at=at,
        )
        self.store.decide(decision)
        return decision


def _after(partner: str, take: str, instead_of: str) -> str:
    """Name the one decision that may follow another: of two at once, the first is kept."""
    return content_id("decision", [partner, take, "instead of", instead_of])


def _the_same(kept: Decision | None, word: Word, status: str, id_: str) -> Decision:
    """Give what stands where it is what was said now; raises DecidedMeanwhile."""
    said = (id_, word.by.strip(), status, word.note, word.role)
    if kept is None or (kept.id, kept.by, kept.status, kept.notes, kept.role) != said:
        raise DecidedMeanwhile(kept)
    return kept
