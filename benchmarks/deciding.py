"""Deciding about takes: a named person circles, takes a circle back, or puts an approval on record.

Every decision is kept; of a take's circles the latest counts.
"""

from dataclasses import dataclass
from datetime import datetime

from benchmarks.approval import admit, synthetic
from benchmarks.circled import CIRCLED, WITHDRAWN, place_of, standing
from benchmarks.domain.repair import CLEARED, Decision
from benchmarks.ports import Router
from benchmarks.store.store import Store
from router.domain.errors import BadInput
from router.domain.ids import content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody said about a take."""

    campaign: str
    take: str
    by: str
    role: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Keeps decisions, and refuses a circle that needs an approval first."""

    store: Store
    router: Router

    def decide(self, word: Word, at: datetime, *, withdraw: bool) -> Decision:
        """Circle a take, or take its circle back.

        Raises:
            BadInput: there is no circle to take back.
            NotEntitled: a human in it is played by nobody, and no approval is on record.
        """
        partner = self.store.owner(word.campaign)
        every = self.store.decisions(partner, word.campaign)
        said = standing(every)
        is_circled = word.take in said and said[word.take].status == CIRCLED
        if withdraw and not is_circled:
            found = f"{word.take} is not circled"
            raise BadInput(field="take", found=found, expected="a circled take")
        if not withdraw:
            self._admit(partner, word, every, at)
        return self._keep(partner, word, WITHDRAWN if withdraw else CIRCLED, at)

    def clear(self, word: Word, evidence_sha256: str, at: datetime) -> Decision:
        """Put on record that a take may be circled although nobody plays who is seen in it."""
        partner = self.store.owner(word.campaign)
        note = f"evidence sha256 {evidence_sha256}{': ' + word.note if word.note else ''}"
        said = Word(campaign=word.campaign, take=word.take, by=word.by, role=word.role, note=note)
        return self._keep(partner, said, CLEARED, at)

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

    def _keep(self, partner: str, word: Word, status: str, at: datetime) -> Decision:
        content = [partner, word.take, word.by, status, word.note, at.isoformat()]
        decision = Decision(
            partner=partner,
            id=content_id("decision", content),
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
