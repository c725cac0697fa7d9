"""Whether recipes and shots have anything to say to each other."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from benchmarks.domain.campaign import Recipe, Refusal
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.domain.unwritten import REMOVING, UNWRITTEN, is_unwritten
from benchmarks.planning.recipes import STEP
from benchmarks.planning.requests import ASPECT_TOLERANCE, Asked, Cell, ratio
from benchmarks.planning.sources import CannotAsk
from router.domain.request import Request
from router.operations import OPERATIONS, STILL

MOST_NAMED = 4
_SHAPES = ("outpaint",)  # it makes the shot's shape of it


def unused(
    recipes: Sequence[Recipe], packs: Sequence[ShotPack], known: Collection[Recipe] = ()
) -> Iterator[Refusal]:
    """Give the recipes that no shot asks for, and what the shots do ask for.

    Controls come along unasked. `known` are the recipes that could be chosen instead.
    """
    tasks = {s.task for p in packs for s in p.shots}
    for recipe in recipes:
        if not tasks & set(recipe.tasks) and not recipe.control:
            reason = f"no shot asks for {' or '.join(recipe.tasks)}; {instead(packs, known)}"
            yield Refusal(recipe=recipe.name, shot="*", code="no_fitting_shot", reason=reason)


def instead(packs: Sequence[ShotPack], known: Collection[Recipe]) -> str:
    """Say what shots ask for, and which recipes answer that."""
    wanted = Counter(s.task for p in packs for s in p.shots)
    return "; ".join(
        f"{count} shot{'s' if count > 1 else ''} ask{'' if count > 1 else 's'} for {task}"
        + (f", which {_some(answers)} answer" if answers else "")
        for task, count in wanted.most_common()
        for answers in [[r.name for r in known if task in r.tasks and not r.control]]
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" and others" if len(names) > MOST_NAMED else "")


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


def misshapen(cell: Cell, take: Asked) -> Iterator[str]:
    """Say that a take will not have the shot's aspect, where that is known before it is asked.

    A model that takes no aspect gives its result the shape of the picture that it starts from.
    """
    shot = cell.shot
    if shot.task in REMOVING or cell.recipe.control:
        return  # the plate's own raster is what is asked for
    waits = {one.request.id: dict(one.waits) for one in take.later}
    sizes: list[tuple[int, int] | None] = []
    for request in take.requests:
        sizes.append(_size(request, waits.get(request.id, {}), sizes))
    size = sizes[-1]
    if size is None or 0 in size:
        return
    asked = shot.aspect or f"{cell.pack.raster[0]}:{cell.pack.raster[1]}"
    if abs(size[0] / size[1] / float(ratio(asked)) - 1) > ASPECT_TOLERANCE:
        yield (
            f"{cell.recipe.name} × {shot.id}: its takes will have the shape of the picture that "
            f"they start from, {size[0]}x{size[1]}, and the shot is {asked}: give it an x.plate "
            "of that shape, or choose a recipe that starts from words"
        )


def _size(
    request: Request, waits: Mapping[str, str], before: Sequence[tuple[int, int] | None]
) -> tuple[int, int] | None:
    operation = OPERATIONS[request.operation]
    if operation.makes != STILL or operation.aspect or request.operation in _SHAPES:
        return None
    source = waits.get("init_image", "")
    if STEP.fullmatch(source):
        return before[int(source.removeprefix("step.")) - 1]
    start = request.input("init_image")
    return (start.width, start.height) if start else None
