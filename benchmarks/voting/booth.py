"""The booth: studies are opened, people vote blind, and what they said is told after closing.

While a study is open nobody learns which recipe, model, cost or time stands behind a picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import polls
from benchmarks.domain.study import Cast, Rater, Side, Slot, Study, StudyState
from benchmarks.domain.vote import Outcome
from benchmarks.pictures.pixels import Darkroom
from benchmarks.pictures.previews import Previews
from benchmarks.ports import Media, Router
from benchmarks.store.store import KeptPack, Store
from benchmarks.studio import Studio
from benchmarks.views.case import Case, gather
from benchmarks.votes import blocks
from benchmarks.votes.outcome import Given, Result, had_decided, kept_votes, result
from benchmarks.votes.roll import contrasts_of, positive, raters_of
from benchmarks.voting import asked
from benchmarks.voting.blinding import Blinds, Gauge
from benchmarks.voting.material import Hanging, Material, material
from router.api.ports import Media as Shown
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.ids import content_id
from router.domain.partner import Partner
from router.ports import Clock

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a study is to be."""

    campaigns: Sequence[str]
    raters: Sequence[str]  # NAME@PARTNER, or NAME: one of the platform's own
    votes: int = 60  # slots for each rater, controls included
    recipes: Sequence[str] = ()  # () = every paid one
    contrasts: Sequence[str] = ()  # FIRST:SECOND
    across: bool = False
    second_round: int = 30
    broken: Sequence[str] = ()  # takes


@dataclass(slots=True, kw_only=True)
class Booth:
    """Studies of one home; threads may share it."""

    store: Store
    router: Router
    media: Media
    clock: Clock
    partners: Mapping[str, Partner]
    darkroom: Darkroom = field(default_factory=Darkroom)
    derived: Path | None = None  # where what raters see is kept; None = nowhere
    blinds: Blinds = field(init=False)

    def __post_init__(self) -> None:
        """Let what was made for raters be made once."""
        self.blinds = Blinds(media=self.media, darkroom=self.darkroom, folder=self.derived)

    def open(self, call: Call) -> tuple[Study, ...]:
        """Lay a study out and store it, before the first vote; the same call is the same study.

        Raises:
            UnknownName: a campaign, recipe, take or partner that there is not.
            BadInput: raters or contrasts that cannot be.
            Conflict: simulated and real campaigns together.
        """
        cases = [self._case(c) for c in dict.fromkeys(call.campaigns)]
        if not cases:
            raise BadInput(field="campaign", found="none", expected="at least one")
        of = material(cases, call.recipes, call.broken)
        draft = Study(
            partner="",
            id="",
            campaigns=tuple(sorted(case.id for case in cases)),
            partners=tuple(sorted({case.partner.name for case in cases})),
            recipes=tuple(sorted(of.recipes())),
            contrasts=contrasts_of(call.contrasts, of.recipes()),
            raters=raters_of(call.raters, self.partners),
            votes=positive("votes", call.votes, 1),
            second_round=positive("second_round", call.second_round, 0),
            across=call.across,
            simulated=of.simulated,
            created_at=self.clock.now(),
        )
        return self._opened(draft, of)

    def open_second(self, first: str) -> tuple[Study, ...]:
        """Open the second round that was announced: the undecided pairs only, the same takes.

        Raises:
            Conflict: the first round is open, nobody announced a second, or nothing is undecided.
        """
        parts = self.store.studies.of(first)
        head = parts[0]
        if head.first or not head.second_round:
            found = "a second round itself" if head.first else "opened without one"
            raise Conflict(field="study", found=found, expected="a second round announced before")
        pairs = undecided(self.result(first), head.recipes)
        if not pairs:
            raise Conflict(field="pairs", found="all decided", expected="an undecided pair")
        campaigns = [c for part in parts for c in part.campaigns]
        before = [s for part in parts for s in self.store.studies.slots(part.partner, first)]
        sides = [side for slot in before for side in (slot.left, slot.right)]
        broken = sorted({s.take for s in sides if s.take and not s.recipe})
        of = material([self._case(c) for c in campaigns], head.recipes, broken, head.created_at)
        draft = replace(
            head,
            campaigns=tuple(sorted(campaigns)),
            votes=head.second_round,
            second_round=0,
            pairs=pairs,
            first=first,
            created_at=self.clock.now(),
            state=StudyState.OPEN,
            closed_at=None,
        )
        return self._opened(draft, of, before)

    def question(self, study: str, rater: str) -> Json:
        """Give the next question of a rater, blind; `slot` is null when all are answered.

        Raises:
            UnknownName: study or rater.
            Conflict: the study is closed.
        """
        parts = self._open_parts(study)
        person = _rater(parts[0], rater)
        slots, said = self._place(parts, person.name)
        decided = polls.decided(self.store, parts)
        waiting = [s for s in slots if s.number not in said and not self._knows(s, decided)]
        head: Json = {
            "study": study,
            "rater": person.name,
            "answered": len(said),
            "waiting": len(waiting),
            "simulated": parts[0].simulated,
        }
        if not waiting:
            return {**head, "slot": None}
        now, *later = waiting
        kept = self.store.pack(now.partner, now.pack)
        after = next((s for s in later[:1] if s.partner == now.partner), None)
        return {
            **head,
            "slot": now.number,
            **asked.blind(now, kept, self._gauge(now)),
            "after": asked.sides(after, self._gauge(after)) if after else None,
        }

    def cast(self, study: str, rater: str, slot: int, outcome: Outcome, **looked: Any) -> Json:
        """Keep the answer to the question that is shown; the same answer again is the same vote.

        Raises:
            UnknownName: study, rater or slot.
            Conflict: another answer stands, the study is closed, or it was not shown yet.
        """
        parts = self.store.studies.of(study)
        person = _rater(parts[0], rater)
        slots, said = self._place(parts, person.name)
        found = {s.number: s for s in slots}
        if slot not in found:
            raise UnknownName("slot", slot, [f"1 to {len(slots)}"])
        shown = self.question(study, rater)["slot"] if slot not in said else slot
        if slot != shown:
            raise Conflict(
                field="slot", found=f"{slot}, not shown yet", expected=f"{shown}, which is shown"
            )
        one = self._cast(found[slot], outcome, **looked)
        return {"study": study, "slot": slot, "new": bool(self.store.studies.cast([one]))}

    def keep(self, casts: Sequence[Cast]) -> int:
        """Keep votes that were cast elsewhere; gives how many were new."""
        return self.store.studies.cast(casts)

    def close(self, study: str) -> tuple[Study, ...]:
        """Take no more votes; from now on the result can be read."""
        self.store.studies.close(self.store.studies.of(study), self.clock.now())
        return self.store.studies.of(study)

    def status(self, study: str) -> Json:
        """Say how far the raters are; nothing about what they said."""
        parts = self.store.studies.of(study)
        given = self.given(study)
        said = {(c.rater, c.slot) for c in given.casts}
        return {
            **described(parts),
            "slots": len(given.slots),
            "votes": len(said),
            "raters": [
                {
                    "rater": r.name,
                    "studio": r.studio or None,
                    "slots": sum(s.rater == r.name for s in given.slots),
                    "votes": sum(rater == r.name for rater, _ in said),
                }
                for r in parts[0].raters
            ],
        }

    def result(self, study: str) -> Result:
        """Compile what a closed study says.

        Raises:
            Conflict: it is still open: who looks early stops when it suits.
        """
        parts = self.store.studies.of(study)
        if parts[0].state is StudyState.OPEN:
            raise Conflict(field="study", found="open", expected=f"`study close {study}` before")
        first = parts[0].first
        return result(self.given(study), kept_votes(self.given(first)) if first else ())

    def given(self, study: str) -> Given:
        """Read a study whole."""
        return polls.given(self.store, self.store.studies.of(study))

    def picture(self, study: str, code: str) -> tuple[str, Side]:
        """Find a side by its code, with the partner whose it is; raises UnknownName."""
        slot, side = self._found(study, code)
        return slot.partner, side

    def shown(self, study: str, code: str, viewer: str = "") -> Shown:
        """Give what stands behind a code: a side made like the other one, or a reference."""
        slot, side = self._found(study, code)
        kept = self.store.pack(slot.partner, slot.pack)
        if number := code.partition(asked.REFERENCE)[2]:
            return self._reference(slot, kept, number, viewer)
        left, right = self.blinds.pair(slot, kept.pack)
        return left if side is slot.left else right

    def _reference(self, slot: Slot, kept: KeptPack, number: str, viewer: str) -> Shown:
        shot = next(s for s in kept.pack.shots if s.id == slot.shot)
        found = {str(n): ref.sha256 for n, ref in enumerate(asked.references(kept, shot))}
        if number not in found:
            raise UnknownName("code", number, ())
        seen = (viewer, self.clock.now()) if self.partners[slot.partner].watermark else None
        previews = Previews(self.media, self.darkroom, self.derived)
        return previews.preview(slot.partner, found[number], seen)

    def _found(self, study: str, code: str) -> tuple[Slot, Side]:
        wanted = code.partition(asked.REFERENCE)[0]
        for part in self.store.studies.of(study):
            for slot in self.store.studies.showing(part.partner, study, wanted):
                for side in (slot.left, slot.right):
                    if side.code == wanted:
                        return slot, side
        raise UnknownName("code", code, ())

    def _opened(self, draft: Study, of: Material, before: Iterable[Slot] = ()) -> tuple[Study, ...]:
        if draft.across:
            self._agreed(draft)
        pairs = draft.pairs or blocks.pairs_of(draft.recipes)
        named = sorted(t.id for takes in of.takes.values() for t in takes)
        id_ = content_id("study", [_told(draft), named, sorted(t.id for t in of.broken.values())])
        grounds = [(r.name, of.ground(r, pairs, across=draft.across)) for r in draft.raters]
        seen = {(s.rater, _spot(s), _pair(s)) for s in before}
        asks = blocks.layout(id_, grounds, draft.votes, seen)
        idle = [r.name for r in draft.raters if not any(a.rater == r.name for a in asks)]
        if idle:
            raise BadInput(
                field="raters",
                found=f"{', '.join(idle)}: nothing that they may be asked",
                expected="people of a studio with shots here, or shots shown across studios",
            )
        hanging = Hanging(id_, of, draft.raters, self.media, self.darkroom)
        notes = tuple(of.notes(draft.recipes))
        parts = [
            replace(
                draft,
                partner=partner,
                id=id_,
                campaigns=tuple(c for c in draft.campaigns if self.store.owner(c) == partner),
                notes=notes if partner == draft.partners[0] else (),
            )
            for partner in draft.partners
        ]
        self.store.studies.open(parts, hanging.slots(asks))
        return self.store.studies.of(id_)

    def _agreed(self, draft: Study) -> None:
        """Refuse to show a studio's shots to another's people without its written word."""
        today = self.clock.now().date()
        for name in draft.partners:
            strangers = sorted({r.studio for r in draft.raters if r.studio} - {name})
            consent = self.partners[name].shares_shots_with_raters
            if strangers and not (consent and consent.holds(today)):
                raise BadInput(
                    field=f"{name}.shares_shots_with_raters",
                    found=f"out of force on {today}" if consent else "not in the partner's file",
                    expected=f"its written consent before people of {', '.join(strangers)} vote "
                    "on its shots, or a study without --across",
                )

    def _case(self, campaign: str) -> Case:
        partner = self.partners[self.store.owner(campaign)]
        now = self.clock.now()
        return gather(partner, campaign, store=self.store, router=self.router, now=now)

    def _open_parts(self, study: str) -> tuple[Study, ...]:
        parts = self.store.studies.of(study)
        if parts[0].state is StudyState.CLOSED:
            raise Conflict(field="study", found="closed", expected="a study that is open")
        return parts

    def _place(self, parts: Sequence[Study], rater: str) -> tuple[list[Slot], set[int]]:
        kept = self.store.studies
        slots = [s for p in parts for s in kept.slots(p.partner, p.id, rater)]
        said = {c.slot for p in parts for c in kept.casts(p.partner, p.id, rater)}
        return sorted(slots, key=lambda s: s.number), said

    def _knows(self, slot: Slot, decided: Mapping[str, Mapping[str, datetime]]) -> bool:
        return had_decided(slot, self._cast(slot, Outcome.TIE), decided)

    def _cast(self, slot: Slot, outcome: Outcome, **looked: Any) -> Cast:
        return Cast(
            partner=slot.partner,
            study=slot.study,
            rater=slot.rater,
            slot=slot.number,
            outcome=outcome,
            at=self.clock.now(),
            **looked,
        )

    def _gauge(self, slot: Slot) -> Gauge:
        return self.blinds.gauge(slot, self.store.pack(slot.partner, slot.pack).pack)


def booth_of(here: Studio, darkroom: Darkroom | None = None) -> Booth:
    """Give the booth of a studio."""
    return Booth(
        store=here.store,
        router=here.router,
        media=here.media,
        clock=here.clock,
        partners=here.partners,
        darkroom=darkroom or Darkroom(),
        derived=here.settings.home / "derived",
    )


def described(parts: Sequence[Study]) -> Json:
    """Say what a study is; nothing in it tells which picture is whose."""
    head = parts[0]
    return {
        "study": head.id,
        "state": head.state.value,
        "simulated": head.simulated,
        "partners": list(head.partners),
        "campaigns": [c for part in parts for c in part.campaigns],
        "recipes": list(head.recipes),
        "contrasts": [list(pair) for pair in head.contrasts],
        "pairs": [list(pair) for pair in head.pairs or blocks.pairs_of(head.recipes)],
        "second_round_of": head.first or None,
        "created_at": _at(head.created_at),
        "closed_at": _at(head.closed_at) if head.closed_at else None,
        "notes": [note for part in parts for note in part.notes],
    }


def undecided(found: Result, recipes: Sequence[str]) -> tuple[blocks.Pair, ...]:
    """Give the pairs of which neither is surely better."""
    every = blocks.pairs_of(recipes)
    if found.kept is None or not found.kept.groups:
        return every
    groups = [set(group) for group in found.kept.groups]
    return tuple(p for p in every if any(set(p) <= group for group in groups))


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(draft: Study) -> list[Any]:
    raters = [[r.name, r.studio] for r in draft.raters]
    plan = [draft.campaigns, draft.recipes, draft.contrasts, raters, draft.pairs]
    return [*plan, draft.votes, draft.second_round, draft.across, draft.first]


def _pair(slot: Slot) -> blocks.Pair:
    first, second = sorted((slot.left.recipe, slot.right.recipe))
    return first, second


def _spot(slot: Slot) -> str:
    return f"{slot.partner}/{slot.pack}/{slot.shot}"


def _rater(study: Study, name: str) -> Rater:
    for one in study.raters:
        if one.name == name:
            return one
    raise UnknownName("rater", name, [r.name for r in study.raters])
