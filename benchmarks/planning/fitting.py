"""Whether recipes and shots have anything to say to each other."""

from collections.abc import Iterator, Sequence

from benchmarks.domain.campaign import Recipe, Refusal
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.packs.unfinished import UNWRITTEN, is_unwritten
from benchmarks.planning.sources import CannotAsk


def unused(recipes: Sequence[Recipe], packs: Sequence[ShotPack]) -> Iterator[Refusal]:
    """Give the recipes that no shot asks for; controls come along unasked."""
    tasks = {s.task for p in packs for s in p.shots}
    for recipe in recipes:
        if not tasks & set(recipe.tasks) and not recipe.control:
            reason = f"no shot asks for {' or '.join(recipe.tasks)}"
            yield Refusal(recipe=recipe.name, shot="*", code="no_fitting_shot", reason=reason)


def written(shot: Shot) -> None:
    """Let no model be told the words that an import left for a person to replace.

    Raises:
        CannotAsk: nobody has said what is seen in the shot.
    """
    if is_unwritten(shot.description):
        raise CannotAsk(
            UNWRITTEN,
            field=f"{shot.id}.description",
            found=shot.description,
            expected="what is seen in the shot, in your words; then seal again",
        )
