"""Editions: what a partner may read of others. Pure.

A partner reads its own results whole. Others' results it reads under their names where they have
consented in writing, and otherwise only as the mean of three partners or more that are not itself.

Nothing may be taken away from what is printed to get at one partner:
- a pool never holds the reader, so that a total less one's own is a total of others;
- a pool never holds a partner who is printed by name beside it;
- every partner counts the same in it, so that a large one does not show through, and how many shots
  each has is not said;
- there are no totals over recipes: pools of different recipes can be of different partners;
- a mean so high or so low that it would say much of each one in it is withheld: every single value
  must still be able to lie anywhere within a range of half the scale;
- it is rounded to five points.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

INTERNAL = "internal"
LEAST_OTHERS = 3
ROOM = 0.5  # of a scale from 0 to 1, which every value in a pool may still fill
STEP = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one partner found of one recipe."""

    partner: str
    recipe: str
    share: float  # of must-lines known to be met, mean over shots; 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader is shown of others."""

    recipe: str
    partner: str | None  # by name, with its consent; None = a pool
    partners: int
    share: float | None  # None = withheld
    why: str = ""  # why it is withheld


def of_others(held: Sequence[Held], reader: str, consented: Collection[str]) -> tuple[Shown, ...]:
    """Say what a reader may see of the others, recipe by recipe.

    Args:
        held: what every partner found; one row for a partner and recipe.
        reader: the partner for whom the edition is.
        consented: partners whose written consent is in force.
    """
    others = [h for h in held if h.partner != reader]
    recipes = dict.fromkeys(h.recipe for h in others)
    return tuple(
        shown
        for recipe in recipes
        for shown in _shown([h for h in others if h.recipe == recipe], consented)
    )


def room(mean: float, partners: int) -> float:
    """Say how wide one value may still lie, where only the mean of several is known."""
    highest = min(1.0, partners * mean)
    lowest = max(0.0, partners * mean - (partners - 1))
    return highest - lowest


def _shown(found: Sequence[Held], consented: Collection[str]) -> Iterator[Shown]:
    for one in found:
        if one.partner in consented:
            yield Shown(
                recipe=one.recipe, partner=one.partner, partners=1, share=rounded(one.share)
            )
    pool = [h for h in found if h.partner not in consented]
    if len(pool) >= LEAST_OTHERS:
        mean = fmean(h.share for h in pool)
        tells = room(mean, len(pool)) < ROOM
        yield Shown(
            recipe=pool[0].recipe,
            partner=None,
            partners=len(pool),
            share=None if tells else rounded(mean),
            why="the mean would tell too much of each of them" if tells else "",
        )


def rounded(share: float) -> float:
    """Round to five points."""
    return round(round(share / STEP) * STEP, 2)
