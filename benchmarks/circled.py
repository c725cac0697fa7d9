"""Circled takes: what people have decided, as pictures that a later shot can start from."""

from collections.abc import Mapping

from benchmarks.domain.repair import Decision
from benchmarks.ports import Router
from benchmarks.store.store import Store
from router.domain.media import MediaRef
from router.domain.take import Take

Circled = Mapping[tuple[str, str], MediaRef]  # seal of the pack and shot → still


def circled(partner: str, store: Store, router: Router) -> Circled:
    """Give the still that was circled last for each shot; of a take, the last decision counts.

    Clips are left out: nothing here cuts a frame out of them.
    """
    said = [
        decision
        for kept in store.campaigns(partner)
        for decision in store.decisions(partner, kept.campaign.id)
    ]
    found: dict[tuple[str, str], MediaRef] = {}
    for decision in _standing(said):
        takes = {t.id: t for t in router.takes(partner, account=decision.campaign)}
        shots = {t.request: (t.pack, t.shot) for t in store.trials(partner, decision.campaign)}
        take = takes.get(decision.take)
        shot = _shot(take, takes, shots) if take else None
        if take and shot and not take.media.is_video:
            found[shot] = take.media
    return found


def _standing(said: list[Decision]) -> list[Decision]:
    """Give the decisions that still say "circled", oldest first."""
    last = {d.take: d for d in sorted(said, key=lambda d: (d.created_at, d.id))}
    return sorted(
        (d for d in last.values() if d.status == "circled"), key=lambda d: (d.created_at, d.id)
    )


def _shot(
    take: Take, takes: Mapping[str, Take], shots: Mapping[str, tuple[str, str]]
) -> tuple[str, str] | None:
    """Find the shot of a take; a repaired one's is that of the take that it came from."""
    while take.request not in shots:
        parent = takes.get(take.parent or "")
        if parent is None:
            return None
        take = parent
    return shots[take.request]
