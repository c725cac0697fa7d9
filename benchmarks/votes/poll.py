"""A study as a report may show it: raters without names, and cut to what its reader may see. Pure.

A partner's edition holds that partner's own shots, its own raters and the platform's, and those of
partners who consented; everything is counted anew from these votes, so that nothing is a total from
which another one could be taken away.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from benchmarks.domain.study import Cast, Kind, Slot, Study, StudyState
from benchmarks.votes.outcome import Given, Result, had_decided, kept_votes, result


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A study with what it says; nothing while it is open, because who looks early peeks."""

    given: Given
    result: Result | None  # None = open
    whole: bool = True  # False = cut to what a partner may read

    @property
    def study(self) -> Study:
        """Give the study, as its first part tells it."""
        return self.given.parts[0]

    @property
    def takes(self) -> Mapping[str, tuple[str, ...]]:
        """Give recipe → the takes of it that were voted on."""
        found: dict[str, set[str]] = {}
        for slot, _ in said(self.given):
            for side in (slot.left, slot.right) if slot.kind is Kind.PAIR else ():
                found.setdefault(side.recipe, set()).add(side.take)
        return {recipe: tuple(sorted(takes)) for recipe, takes in found.items()}


def poll(given: Given, first: Given | None = None, readers: Collection[str] | None = None) -> Poll:
    """Compile what may be shown of a study.

    Args:
        given: the study as it stands.
        first: its first round, where it is a second one.
        readers: partners whose shots and raters may be shown; None = all.
    """
    mine = unnamed(given if readers is None else cut(given, readers))
    is_open = any(part.state is StudyState.OPEN for part in mine.parts)
    if is_open or not mine.parts:
        return Poll(given=mine, result=None, whole=readers is None)
    before = None if first is None else (first if readers is None else cut(first, readers))
    earlier = kept_votes(unnamed(before)) if before else ()
    return Poll(given=mine, result=result(mine, earlier), whole=readers is None)


def cut(given: Given, readers: Collection[str]) -> Given:
    """Leave out other partners' shots and raters; `parts` is empty where nothing is left."""
    raters = tuple(r for r in given.parts[0].raters if r.studio in {"", *readers})
    names = {r.name for r in raters}
    slots = tuple(s for s in given.slots if s.partner in readers and s.rater in names)
    recipes = {side.recipe for s in slots for side in (s.left, s.right)}
    return replace(
        given,
        slots=slots,
        casts=tuple(c for c in given.casts if c.partner in readers and c.rater in names),
        parts=tuple(
            replace(
                part,
                raters=tuple(r for r in raters if any(s.rater == r.name for s in slots)),
                recipes=tuple(r for r in part.recipes if r in recipes),
                contrasts=tuple(c for c in part.contrasts if set(c) <= recipes),
                pairs=tuple(p for p in part.pairs if set(p) <= recipes),
                notes=(),
            )
            for part in given.parts
            if part.partner in readers
        ),
    )


def unnamed(given: Given) -> Given:
    """Call raters by number, in the order in which the study names them."""
    if not given.parts:
        return given
    called = {r.name: f"rater {n}" for n, r in enumerate(given.parts[0].raters, start=1)}
    persons = {name.casefold(): new for name, new in called.items()}
    return Given(
        parts=tuple(
            replace(p, raters=tuple(replace(r, name=called[r.name]) for r in p.raters))
            for p in given.parts
        ),
        slots=tuple(replace(s, rater=called[s.rater]) for s in given.slots),
        casts=tuple(replace(c, rater=called[c.rater]) for c in given.casts),
        decided={
            take: {persons[who]: at for who, at in people.items() if who in persons}
            for take, people in given.decided.items()
        },
    )


def said(given: Given) -> Iterator[tuple[Slot, Cast]]:
    """Give every question with its answer."""
    by_place = {(s.partner, s.rater, s.number): s for s in given.slots}
    for cast in given.casts:
        yield by_place[cast.partner, cast.rater, cast.slot], cast


def removed(poll: Poll, slot: Slot, cast: Cast) -> str:
    """Say why a vote is left out; empty = it counts for what its kind is for."""
    if had_decided(slot, cast, poll.given.decided):
        return "the rater had decided on one of the takes before"
    out = {c.rater: c.left_out for c in poll.result.raters} if poll.result else {}
    return "; ".join(out.get(cast.rater, ()))
