"""Humans whom nobody plays, and what has to be on record before a take of them is circled; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from benchmarks.domain.pack import Approval, Shot, ShotPack
from benchmarks.domain.repair import CLEARED, Decision
from evaluators.domain.character import Kind
from router.admission.disclosure import NEEDS_APPROVAL
from router.domain.errors import NotEntitled
from router.domain.ids import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """A human in a shot whom nobody plays and whose face is nobody's."""

    character: str
    role: str  # as the pack names it
    notice_on: date | None  # when it was told; None = the pack says nothing of it

    @property
    def sentence(self) -> str:
        """Say it as a person reads it."""
        told = f"notice was given on {self.notice_on}" if self.notice_on else "no notice is given"
        return f"{self.role} is a synthetic human: no performer plays the role, and {told}"


def synthetic(pack: ShotPack, shot: Shot) -> tuple[Synthetic, ...]:
    """Give the humans of a shot whom nobody plays."""
    notices = dict(pack.notices)
    seen = dict.fromkeys(a.character for a in shot.appearances)
    return tuple(
        Synthetic(character=c.id, role=c.name, notice_on=notices.get(c.id))
        for c in pack.characters
        if c.id in seen and c.kind is Kind.PERSON and not _is_played(pack, c.id, c.references)
    )


def notes(packs: Iterable[ShotPack]) -> Iterator[str]:
    """Say of every shot who in it is played by nobody."""
    for pack in packs:
        for shot in pack.shots:
            for one in synthetic(pack, shot):
                yield (
                    f"{shot.id}: {one.sentence}; a take of it is circled only with an approval "
                    "on record"
                )


def disclosed(pack: ShotPack) -> Mapping[str, str]:
    """Give what a clearance says of the disclosure tier; nothing where it needs no approval."""
    if pack.disclosure_tier != NEEDS_APPROVAL:
        return {}
    hashes = sorted(a.evidence_sha256 for a in pack.approvals)
    said = hashes[0] if len(hashes) == 1 else sha256_of("".join(hashes).encode()) if hashes else ""
    return {"disclosure_tier": pack.disclosure_tier, "approval_sha256": said}


def admit(
    pack: ShotPack, shot: Shot, take: str, decisions: Iterable[Decision], today: date
) -> None:
    """Let a take be circled, or say which approval is missing.

    Raises:
        NotEntitled: a human in it is played by nobody, and no approval is on record.
    """
    if any(d.take == take and d.status == CLEARED for d in decisions):
        return
    for one in synthetic(pack, shot):
        if not any(_covers(a, one.character, shot.id, today) for a in pack.approvals):
            expected = (
                f"an approval on record: `circletake provenance approve {take} --by WHO "
                f"--evidence FILE`, or one in the pack that covers {one.character}"
            )
            raise NotEntitled(field="approval", found=one.sentence, expected=expected)


def _is_played(pack: ShotPack, character: str, references: Iterable[str]) -> bool:
    """Say whether somebody real stands behind a character: by portrayal, or by likeness."""
    people = {person for who, person in pack.portrayals if who == character}
    named = set(references)
    people |= {f.likeness_of for f in pack.files if f.name in named and f.likeness_of}
    return bool(people - set(pack.fictional))


def _covers(approval: Approval, character: str, shot: str, today: date) -> bool:
    return approval.on <= today and bool({character, shot} & set(approval.covers))
