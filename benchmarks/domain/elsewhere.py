"""A take made elsewhere: with another tool or by hand, beside ours; never billed by us."""

from dataclasses import dataclass
from datetime import datetime

from benchmarks.domain.campaign import Recipe

MADE_ELSEWHERE = "made_elsewhere"  # operation of what no recipe of ours made
_PREFIX = "elsewhere: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What its maker says of an imported take."""

    partner: str
    campaign: str
    take: str
    pack: str  # seal
    shot: str
    number: int  # of this label on this shot, from 1
    label: str  # what it is called beside the recipes
    tool: str
    made_by: str
    minutes: float | None  # of work, as its maker says; None = not said
    cost_musd: int | None  # paid elsewhere, as its maker says; None = not said
    declared: bool  # whether it is compared with the recipes: said when it was imported
    created_at: datetime

    @property
    def recipe(self) -> str:
        """Name the arm that it stands in; no recipe of ours can be called so."""
        return f"{_PREFIX}{self.label}"


def is_elsewhere(recipe: str) -> bool:
    """Say whether a name is that of an arm from outside."""
    return recipe.startswith(_PREFIX)


def arm_of(one: Elsewhere) -> Recipe:
    """Give what stands where a take of ours has its recipe."""
    return Recipe(
        name=one.recipe,
        title=f"{one.label} (made elsewhere)",
        model=MADE_ELSEWHERE,
        operation=MADE_ELSEWHERE,
        tasks=(),
    )
