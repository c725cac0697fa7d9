"""What a closed study says: with and without exclusions, by stratum, without each partner.

The headline rests on the raters of the studios; the platform's own raters fill up where no studio
votes, and are reported apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.domain.study import Cast, Kind, Rater, Slot, Stratum, Study
from benchmarks.domain.vote import Vote
from benchmarks.votes.ballots import Ballots, ballots
from benchmarks.votes.conduct import Asked, Conduct, Tally, conduct, pooled
from benchmarks.votes.contrast import Contrast, contrasts
from benchmarks.votes.ranking import Ranking, rank
from benchmarks.votes.robust import Tipping, tipping


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A study as it stands in the store, all partners' parts together."""

    parts: tuple[Study, ...]
    slots: tuple[Slot, ...]
    casts: tuple[Cast, ...]
    # take → person (lower case) → when they first decided on it
    decided: Mapping[str, Mapping[str, datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a recipe stands at the least and the most, each partner left out in turn."""

    name: str
    elo_low: float | None
    elo_high: float | None
    place_low: int  # best place by strength
    place_high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything that a study says."""

    headline: str  # whose votes the ranking rests on: studios | internal
    kept: Ranking | None  # without the raters whom the rules leave out
    every: Ranking | None  # with them
    strata: Mapping[str, Ranking]  # kept votes on own, other and by internal raters
    spans: tuple[Span, ...]
    tipping: Tipping | None
    contrasts: tuple[Contrast, ...]
    raters: tuple[Conduct, ...]
    again: Tally
    same: Tally
    gold: Tally
    after_decision: int  # votes left out: the rater had decided on one of the takes before
    warnings: tuple[str, ...]


def result(given: Given, earlier: Sequence[Vote] = ()) -> Result:
    """Compile the result.

    Args:
        given: slots and votes.
        earlier: kept votes of the first round, where this is the second one.
    """
    pairs, after = matched(given)
    raters = given.parts[0].raters
    rules = given.parts[0].rules
    seen = tuple(
        conduct(
            r.name,
            sum(s.rater == r.name for s in given.slots),
            [(s, c) for s, c in pairs if s.rater == r.name],
            rules,
        )
        for r in raters
    )
    out = {c.rater for c in seen if c.left_out}
    main = [one for one in pairs if one[0].kind is Kind.PAIR]
    inside = _headline(raters, main)
    kept = [one for one in main if one[0].rater not in out]
    leading = [one for one in kept if one[0].rater in inside.names]
    counted = ballots([*map(as_vote, leading), *earlier])
    every = [one for one in main if one[0].rater in inside.names]
    kept_ranking = _ranked(counted)
    every_ranking = _ranked(ballots([*map(as_vote, every), *earlier]))
    return Result(
        headline=inside.title,
        kept=kept_ranking,
        every=every_ranking,
        strata=_strata(raters, kept),
        spans=_spans(leading),
        tipping=tipping(counted) if counted.counts else None,
        contrasts=contrasts(counted, given.parts[0].contrasts),
        raters=seen,
        again=pooled([c.again for c in seen]),
        same=pooled([c.same for c in seen]),
        gold=pooled([c.gold for c in seen]),
        after_decision=after,
        warnings=tuple(_warnings(given, seen, inside.title, kept_ranking, every_ranking)),
    )


def matched(given: Given) -> tuple[list[Asked], int]:
    """Join votes with their slots; leaves out what a rater had decided on, and counts it."""
    by_place = {(s.partner, s.rater, s.number): s for s in given.slots}
    found, after = [], 0
    for cast in given.casts:
        slot = by_place[cast.partner, cast.rater, cast.slot]
        if had_decided(slot, cast, given.decided):
            after += 1
        else:
            found.append((slot, cast))
    return found, after


def had_decided(slot: Slot, cast: Cast, decided: Mapping[str, Mapping[str, datetime]]) -> bool:
    """Say whether the rater had opened one of the takes in approval before voting."""
    who = cast.rater.casefold()
    times = [decided.get(side.take, {}).get(who) for side in (slot.left, slot.right)]
    return any(at is not None and at <= cast.at for at in times)


def as_vote(one: Asked) -> Vote:
    """Give a vote on recipes; shots of two partners are never the same shot."""
    slot, cast = one
    return Vote(
        rater=slot.rater,
        shot=f"{slot.partner}/{slot.pack}/{slot.shot}",
        left=slot.left.recipe,
        right=slot.right.recipe,
        outcome=cast.outcome,
    )


def kept_votes(given: Given) -> tuple[Vote, ...]:
    """Give the votes behind the headline ranking."""
    pairs, _ = matched(given)
    rules, raters = given.parts[0].rules, given.parts[0].raters
    main = [one for one in pairs if one[0].kind is Kind.PAIR]
    inside = _headline(raters, main).names
    out = {
        r.name
        for r in raters
        if conduct(r.name, 0, [p for p in pairs if p[0].rater == r.name], rules).left_out
    }
    return tuple(as_vote(p) for p in main if p[0].rater in inside and p[0].rater not in out)


@dataclass(frozen=True, slots=True)
class _Inside:
    title: str
    names: frozenset[str]


def _headline(raters: Sequence[Rater], main: Sequence[Asked]) -> _Inside:
    voted = {slot.rater for slot, _ in main}
    studios = frozenset(r.name for r in raters if r.studio)
    if studios & voted:
        return _Inside("studios", studios)
    return _Inside("internal", frozenset(r.name for r in raters if not r.studio))


def _ranked(counted: Ballots) -> Ranking | None:
    return rank(counted) if counted.counts else None


def _strata(raters: Sequence[Rater], kept: Sequence[Asked]) -> Mapping[str, Ranking]:
    who = {r.name: r for r in raters}
    parts: dict[Stratum, list[Vote]] = {}
    for one in kept:
        parts.setdefault(who[one[0].rater].stratum(one[0].partner), []).append(as_vote(one))
    return {s.value: rank(ballots(parts[s])) for s in Stratum if s in parts}


def _spans(leading: Sequence[Asked]) -> tuple[Span, ...]:
    """Rank without each partner's shots in turn."""
    partners = sorted({slot.partner for slot, _ in leading})
    if len(partners) < 2:
        return ()
    rests = [[one for one in leading if one[0].partner != p] for p in partners]
    rankings = [rank(ballots(map(as_vote, rest))) for rest in rests if rest]
    names = sorted({m.name for r in rankings for m in r.models})
    return tuple(_span(name, rankings) for name in names)


def _span(name: str, rankings: Sequence[Ranking]) -> Span:
    found = [
        (place, model.elo)
        for r in rankings
        for place, model in enumerate(r.models, start=1)
        if model.name == name
    ]
    elos = [elo for _, elo in found if elo is not None]
    whole = len(elos) == len(rankings)
    return Span(
        name=name,
        elo_low=min(elos) if whole else None,
        elo_high=max(elos) if whole else None,
        place_low=min(p for p, _ in found),
        place_high=max(p for p, _ in found),
    )


def _warnings(
    given: Given,
    seen: Sequence[Conduct],
    headline: str,
    kept: Ranking | None,
    every: Ranking | None,
) -> list[str]:
    told = [note for part in given.parts for note in part.notes]
    if headline == "internal":
        told.append("no studio voted: the ranking is the platform's own raters' alone")
    missing = sum(c.asked - c.votes for c in seen)
    if missing:
        told.append(f"{missing} of {sum(c.asked for c in seen)} questions were not answered")
    out = [c for c in seen if c.left_out]
    told += [f"{c.rater} is left out: {'; '.join(c.left_out)}" for c in out]
    if out and _leader(kept) != _leader(every):
        told.append(
            f"who leads hangs on the exclusions: {_leader(kept) or 'nobody'} without them who are "
            f"left out, {_leader(every) or 'nobody'} with them"
        )
    if not any(c.gold.n for c in seen):
        told.append("no gold pairs: nothing shows that the raters looked")
    return told


def _leader(ranking: Ranking | None) -> str | None:
    if ranking is None or ranking.models[0].elo is None:
        return None
    return ranking.models[0].name
