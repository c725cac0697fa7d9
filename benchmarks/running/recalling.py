"""What was measured of takes before: recalled by content; measured anew where it was lost."""

from collections.abc import Iterator, Sequence

from benchmarks.ports import Media
from evaluators import panel
from evaluators.cache import Cache
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.together import gates


def remembered(
    partner: str, briefs: Sequence[Brief], *, media: Media, cache: Cache
) -> Iterator[Scored]:
    """Give what group metrics need of takes; only what was lost is fetched, and measured here.

    Args:
        partner: whose takes.
        briefs: which lie where `media` places them, or will.
        media: fetches them.
        cache: of the partner.
    """
    known = panel.recalled(briefs, metrics=gates(), cache=cache)
    yield from known.values()
    lost = [b for b in briefs if b.row not in known]
    for sha256 in {sha256: None for b in lost for sha256 in b.known.values()}:
        media.path(partner, sha256)
    yield from panel.judge(lost, metrics=gates(), workers=0, cache=cache)
