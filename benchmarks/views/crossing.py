"""A character over the shots of a sequence: does it stay itself from shot to shot?

Compared within one recipe and pack; of each shot the circled take stands, else the first of its
trials. What was remembered of each take when it was measured lies in the tenant's cache, found by
the content that the records name: no take is fetched or opened. Only what was lost there is
measured again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.campaign import Recipe, Trial
from benchmarks.running.briefs import Place, brief
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Scored, Together
from evaluators.together import belongs, together
from router.heap import growing

Json = dict[str, Any]
HEADLINES = ("xshot_id", "xshot_id.gated_out", "xshot_look")
Measure = Callable[[str, Sequence[Brief]], Iterator[Scored]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One character in one sequence under one recipe."""

    partner: str
    campaign: str
    recipe: str
    found: Together
    takes: tuple[str, ...]  # in the order of their shots


@growing()
def crossings(case: Case, *, place: Place, measure: Measure) -> tuple[Crossing, ...]:
    """Compare the shots of every sequence that has several.

    Args:
        case: a campaign.
        place: gives where the takes are, which need not be there.
        measure: gives what is remembered of takes, by partner and brief.
    """
    briefs = [b for b in _briefs(case, place) if belongs(b)]
    recipe_of = {b.row: case.trial_of[b.take].recipe for b in briefs}
    series_of = {b.row: f"{recipe_of[b.row]} {case.trial_of[b.take].pack}" for b in briefs}
    meets = {b.row: (b.character, b.sequence, series_of[b.row]) for b in briefs}
    count = Counter(meets.values())
    several = [b for b in briefs if count[meets[b.row]] > 1]
    scored = {s.row: s for s in measure(case.partner.name, several)} if several else {}
    groups = together(
        [(b, scored[b.row]) for b in several],
        circled=_circled(case),
        series=lambda b: series_of[b.row],
    )
    take_of = {b.row: b.take for b in several}
    return tuple(
        Crossing(
            partner=case.partner.name,
            campaign=case.id,
            recipe=recipe_of[group.rows[0]],
            found=group,
            takes=tuple(take_of[row] for row in group.rows),
        )
        for group in groups
    )


def crossing_rows(
    case: Case, found: Sequence[Crossing], recipes: Mapping[str, Recipe], veil: Veil
) -> list[Json]:
    """Give one row for each character, sequence and recipe of which something was measured."""
    seen = [
        one
        for one in found
        if any(s.metric in HEADLINES and s.value is not None for s in one.found.scores)
    ]
    order = list(recipes)
    ranked = sorted(seen, key=lambda one: (recipes[one.recipe].control, order.index(one.recipe)))
    return [_row(case, one, recipes, veil) for one in ranked]


def _row(case: Case, one: Crossing, recipes: Mapping[str, Recipe], veil: Veil) -> Json:
    group, pack = one.found.group, case.packs[case.trial_of[one.takes[0]].pack].pack
    return {
        "place": f"{case.id} {pack.code} {group['sequence']} {group['character']}",
        "campaign": case.id,
        "partner_name": veil.partner(case.partner)[1],
        "pack": pack.code,
        "sequence": group["sequence"],
        "character": group["character"],
        "character_name": pack.character(group["character"]).name,
        "recipe": one.recipe,
        "recipe_title": recipes[one.recipe].title,
        "control": recipes[one.recipe].control,
        "takes": list(one.takes),
        "n_shots": len(one.takes),
        "scores": {s.metric: _score_row(s) for s in one.found.scores},
    }


def _score_row(score: Score) -> Json:
    worst = score.evidence.get("worst")
    return {
        "value": score.value,
        "unit": score.unit,
        "direction": score.direction.value,
        "status": score.status.value,
        "reason": score.reason,
        "coverage": score.coverage,
        "n_used": score.n_used,
        "n_expected": score.n_expected,
        "version": score.version,
        "worst": {"shots": worst["shots"], "value": worst["value"]} if worst else None,
    }


def _briefs(case: Case, place: Place) -> Iterator[Brief]:
    """Brief the one take that stands for each shot under each recipe."""
    first = {_place(trial): take.id for trial, take in reversed(case.own_takes())}
    chosen = {_place(case.trial_of[take]): take for take in _circled(case) if take in case.takes}
    for row, ((_, seal, shot), take) in enumerate({**first, **chosen}.items()):
        kept = case.packs[seal]
        yield brief(
            row, case.takes[take], case.shots[seal, shot], kept.pack, files=kept.media, place=place
        )


def _place(trial: Trial) -> tuple[str, str, str]:
    return trial.recipe, trial.pack, trial.shot


def _circled(case: Case) -> tuple[str, ...]:
    return tuple(take for take, said in case.decisions.items() if said.status == CIRCLED)
