"""Which view a take's model saw its pictures through: told by the pictures themselves."""

from benchmarks.domain.rendering import Rendering
from benchmarks.grading import record
from benchmarks.ports import Media, Router
from router.domain.errors import BadInput
from router.domain.take import Take

MOST_STEPS = 16  # of a chain of takes


def of_take(take: Take, router: Router, media: Media) -> tuple[str, Rendering]:
    """Find the record behind a take: in what its request showed, else in its parent's.

    Returns:
        The role of the picture, and its record.

    Raises:
        BadInput: no picture of it was scene-referred.
    """
    here: Take | None = take
    for _ in range(MOST_STEPS):
        if here is None:
            break
        for shown in router.request(here.partner, here.request).inputs:
            if shown.media.mime == "image/png":
                data = media.get(here.partner, shown.media.sha256)
                if record.carries(data):
                    return shown.role, record.read(data)
        parents = router.takes(here.partner, ids=[here.parent]) if here.parent else ()
        here = next(iter(parents), None)
    expected = "a take whose plate the pack names with a linear or log colour_space"
    raise BadInput(field="TAKE", found=f"{take.id}: no colour record", expected=expected)
