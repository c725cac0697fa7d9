"""What people preferred, as JSON: each study with its protocol, its result and its votes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.domain.study import Kind, Stratum, Study
from benchmarks.planning.plan import stamp
from benchmarks.votes.conduct import Tally
from benchmarks.votes.outcome import Result
from benchmarks.votes.poll import Poll, removed, said
from benchmarks.votes.ranking import Ranking

Json = dict[str, Any]
QUESTION = "Which take keeps the character better?"
PART = "This edition counts the reader's own shots, its own raters and the platform's only."


def study_rows(polls: Sequence[Poll]) -> list[Json]:
    """Give every study; of an open one no more than how many votes are in."""
    return [_row(poll) for poll in polls]


def vote_rows(polls: Sequence[Poll]) -> list[Json]:
    """Give every vote of closed studies, raters by number."""
    return [row for poll in polls if poll.result for row in _votes(poll)]


def protocol(study: Study, shots: int) -> str:
    """Say in a few sentences what was fixed before the first vote."""
    own = sum(bool(r.studio) for r in study.raters)
    people = f"{own} raters of studios and {len(study.raters) - own} of the platform"
    declared = f"Contrasts declared: {len(study.contrasts) or 'none'}"
    rules = study.rules
    what = "undecided pairs of the first round" if study.first else "pairs"
    return (
        f"Laid out and frozen on {study.created_at:%Y-%m-%d}, before the first vote: {people}, up "
        f"to {study.votes} questions each, {len(study.recipes)} recipes in {what} on {shots} "
        "shots, sides balanced, with repeats, one take shown twice and broken takes among them. "
        f"{declared}. A rater's votes are left out under {100 * rules.gold_least:.0f} % of "
        f"broken takes seen, under {rules.seconds_least:g} s in the median, over "
        f"{100 * rules.side_most:.0f} % on one side, or with repeats no better than chance."
    )


def _row(poll: Poll) -> Json:
    study, given = poll.study, poll.given
    head: Json = {
        "study": study.id,
        "state": "closed" if poll.result else "open",
        "simulated": study.simulated,
        "asked": len(given.slots),
        "votes": len(given.casts),
    }
    if poll.result is None:
        return head
    shots = {(s.partner, s.pack, s.shot) for s in given.slots}
    return head | {
        "question": QUESTION,
        "protocol": protocol(study, len(shots)),
        "edition_note": "" if poll.whole else PART,
        "campaigns": [c for part in given.parts for c in part.campaigns],
        "recipes": list(study.recipes),
        "second_round_of": study.first or None,
        "second_round": study.second_round,
        "created_at": stamp(study.created_at),
        "closed_at": stamp(study.closed_at) if study.closed_at else None,
        "raters": _strata(poll),
        **_told(poll.result),
    }


def _told(found: Result) -> Json:
    return {
        "headline": found.headline,
        "counted": found.kept.n_votes if found.kept else 0,
        "ranking": _ranking(found.kept),
        "with_everybody": _ranking(found.every) if any(c.left_out for c in found.raters) else None,
        "strata": {name: _ranking(ranking) for name, ranking in found.strata.items()},
        "spans": [asdict(s) for s in found.spans],
        "tipping": asdict(found.tipping) if found.tipping else None,
        "contrasts": [asdict(c) for c in found.contrasts],
        "removed": [
            {"rater": c.rater, "votes": c.votes, "reasons": list(c.left_out)}
            for c in found.raters
            if c.left_out
        ],
        "after_decision": found.after_decision,
        "controls": {
            "again": _tally(found.again),
            "same": _tally(found.same),
            "gold": _tally(found.gold),
        },
        "warnings": list(found.warnings),
    }


def _strata(poll: Poll) -> list[Json]:
    """Count raters and votes on pairs by where the rater stands towards the shot."""
    who = {r.name: r for r in poll.study.raters}
    votes: Counter[Stratum] = Counter()
    raters: dict[Stratum, set[str]] = {}
    for slot, cast in said(poll.given):
        if slot.kind is Kind.PAIR:
            stratum = who[cast.rater].stratum(slot.partner)
            votes[stratum] += 1
            raters.setdefault(stratum, set()).add(cast.rater)
    return [
        {"stratum": s.value, "raters": len(raters[s]), "votes": votes[s]}
        for s in Stratum
        if s in raters
    ]


def _ranking(ranking: Ranking | None) -> Json | None:
    if ranking is None:
        return None
    return {
        "n_votes": ranking.n_votes,
        "n_raters": ranking.n_raters,
        "n_shots": ranking.n_shots,
        "models": [asdict(m) for m in ranking.models],
        "groups": [list(g) for g in ranking.groups],
        "wins": [list(row) for row in ranking.wins],
        "position_bias": asdict(ranking.position_bias),
        "warnings": list(ranking.warnings),
    }


def _tally(tally: Tally) -> Mapping[str, int]:
    return {"hits": tally.hits, "n": tally.n}


def _votes(poll: Poll) -> Iterator[Json]:
    who = {r.name: r for r in poll.study.raters}
    for slot, cast in said(poll.given):
        yield {
            "study": slot.study,
            "rater": cast.rater,
            "stratum": who[cast.rater].stratum(slot.partner).value,
            "slot": slot.number,
            "kind": slot.kind.value,
            "shot": slot.shot,
            "left": slot.left.recipe or "broken",
            "right": slot.right.recipe or "broken",
            "left_take": slot.left.take,
            "right_take": slot.right.take,
            "outcome": cast.outcome.value,
            "at": stamp(cast.at),
            "seconds": cast.seconds,
            "plays": cast.plays,
            "simulated": poll.study.simulated,
            "left_out": removed(poll, slot, cast),
        }
