"""What an edition says of others, as JSON: pools and consented results, or why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from statistics import fmean
from typing import Any

from benchmarks.comparing.compare import shot_means
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.elsewhere import MADE_ELSEWHERE
from benchmarks.reporting.editions import INTERNAL, LEAST_OTHERS, Held, of_others
from benchmarks.views.case import Case
from benchmarks.views.lifts import line_samples
from benchmarks.views.veil import Veil
from router.domain.errors import BadInput

Json = dict[str, Any]
INSIDE = (
    "Internal edition: it shows partners beside each other and is handed to none of them. "
    "An edition for one of them is made with --edition and the partner's name."
)
ALONE = (
    f"Nothing of others is shown: it takes {LEAST_OTHERS} others who ran the same recipe, or their "
    "written consent."
)


def own(cases: Sequence[Case], edition: str) -> list[Case]:
    """Give the campaigns that an edition shows whole.

    Raises:
        BadInput: the partner has no campaign among them.
    """
    if edition == INTERNAL:
        return list(cases)
    mine = [case for case in cases if case.partner.name == edition]
    if not mine:
        expected = "a partner with a campaign among those named, or internal"
        raise BadInput(field="edition", found=edition, expected=expected)
    return mine


def edition_row(cases: Sequence[Case], edition: str, veil: Veil, today: date) -> Json:
    """Give for whom a report is, and what it may say of others."""
    if edition == INTERNAL:
        return {"for": INTERNAL, "others": [], "note": INSIDE}
    reader = next(case.partner for case in cases if case.partner.name == edition)
    partners = {case.partner.name: case.partner for case in cases}
    consented = {
        name for name, p in partners.items() if p.shares_findings and p.shares_findings.holds(today)
    }
    titles = {n: r.title for case in cases for n, r in case.recipes.items()}
    shown = of_others(held(cases), edition, consented)
    return {
        "for": veil.partner(reader)[1],
        "others": [
            asdict(s)
            | {
                "title": titles[s.recipe],
                "partner": veil.partner(partners[s.partner])[1] if s.partner else None,
            }
            for s in shown
        ],
        "note": "" if shown else ALONE,
    }


def held(cases: Sequence[Case]) -> list[Held]:
    """Sum up what every partner found of every paid recipe."""
    by_partner: dict[str, list[Case]] = {}
    for case in cases:
        by_partner.setdefault(case.partner.name, []).append(case)
    return [
        Held(partner=partner, recipe=recipe, share=share)
        for partner, mine in by_partner.items()
        for recipe, share in _shares(mine).items()
    ]


def _shares(cases: Sequence[Case]) -> Mapping[str, float]:
    recipes: dict[str, Recipe] = {n: r for case in cases for n, r in case.recipes.items()}
    found: dict[str, list[Any]] = {}
    for _, sample in line_samples(cases, recipes):
        recipe = recipes[sample.recipe]
        if not recipe.control and recipe.operation != MADE_ELSEWHERE:
            found.setdefault(recipe.name, []).append(sample)
    return {name: fmean(shot_means(samples).values()) for name, samples in found.items()}
