"""The versions of a campaign's takes, and which circled take of a shot counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.repair import Decision
from benchmarks.domain.version import Place, Version
from benchmarks.views.case import Case
from router.domain.take import Take


def numbered(found: Iterable[tuple[str, Place, datetime]]) -> Mapping[str, Version]:
    """Give take → version; oldest first, so that a version keeps its number for good.

    Args:
        found: take, where it stands, and when it was made.
    """
    count: dict[Place, int] = {}
    told: dict[str, Version] = {}
    for take, place, _ in sorted(found, key=lambda one: (one[2], one[0])):
        count[place] = count.get(place, 0) + 1
        told[take] = Version(place, count[place])
    return told


def of_case(case: Case) -> Mapping[str, Version]:
    """Give take → version of a whole campaign."""
    places = case.trial_of
    return numbered(
        (id_, (places[id_].pack, places[id_].shot), take.created_at)
        for id_, take in case.takes.items()
    )


def versions(case: Case, seal: str, shot: str) -> list[Take]:
    """Give a shot's takes, oldest first: the first one is version 1."""
    found = [
        take
        for id_, take in case.takes.items()
        if (case.trial_of[id_].pack, case.trial_of[id_].shot) == (seal, shot)
    ]
    return sorted(found, key=lambda t: (t.created_at, t.id))


def superseded(
    decided: Mapping[str, Decision], versions: Mapping[str, Version]
) -> Mapping[str, str]:
    """Give circled take → the one of its shot that was circled last, where that is another.

    Both decisions stay on record; the last one goes into the edit.

    Args:
        decided: take → the decision that counts.
        versions: take → where it stands.
    """
    marked = sorted(
        (d for d in decided.values() if d.status == CIRCLED and d.take in versions),
        key=lambda d: (d.created_at, d.take),
    )
    last = {versions[d.take].place: d.take for d in marked}
    pairs = ((d.take, last[versions[d.take].place]) for d in marked)
    return {take: after for take, after in pairs if take != after}
