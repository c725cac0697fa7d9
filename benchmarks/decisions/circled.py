"""Circled takes: what people have decided, as pictures that a neighbouring shot can start from."""

from collections.abc import Iterable, Iterator, Mapping

from benchmarks.domain.repair import CLEARED, Decision
from benchmarks.ports import Router
from benchmarks.store.store import Store
from router.domain.media import MediaRef
from router.domain.take import Take

CIRCLED = "circled"
WITHDRAWN = "withdrawn"
USES = "uses"  # says which frames are used, and nothing about whether the take is
SEEN = "seen"  # was opened in approval: whoever did so votes on it blind no more
APPROVED, CHANGES, REJECTED = "approved", "changes", "rejected"
YES = frozenset({CIRCLED, APPROVED})
BESIDE = frozenset({USES, CLEARED, SEEN})  # kept with decisions, and none
Place = tuple[str, str]  # seal of the pack, and shot


def circled(
    partner: str, store: Store, router: Router, *, simulated: bool
) -> Mapping[Place, MediaRef]:
    """Give the still that was circled last for each shot; of a take, the last decision counts.

    Simulated takes and real ones never start from each other.
    """
    found = _circled(partner, store, router, simulated=simulated)
    return {place: take.media for place, take in found if not take.media.is_video}


def chosen(partner: str, store: Store, router: Router, *, simulated: bool) -> Mapping[Place, Take]:
    """Give the take that was circled last for each shot, still or clip."""
    return dict(_circled(partner, store, router, simulated=simulated))


def standing(said: Iterable[Decision]) -> Mapping[str, Decision]:
    """Give take → the decision that counts, which is the latest; in the order of their time."""
    ordered = sorted(
        (d for d in said if d.status not in BESIDE),
        key=lambda d: (d.created_at, d.id),
    )
    last = {d.take: d for d in ordered}
    return {d.take: d for d in ordered if last[d.take] is d}


def place_of(partner: str, take: Take, store: Store, router: Router) -> Place | None:
    """Find the pack and shot of a take, a repaired or imported one's, too; None for no shot's."""
    guest = next((g for g in store.guests.of(partner, take.account) if g.take == take.id), None)
    if guest is not None:
        return guest.pack, guest.shot
    shots = {
        request: (t.pack, t.shot)
        for t in store.trials(partner, take.account)
        for request in t.requests
    }
    return _place(take, {t.id: t for t in router.takes(partner, account=take.account)}, shots)


def _circled(
    partner: str, store: Store, router: Router, *, simulated: bool
) -> Iterator[tuple[Place, Take]]:
    """Give each place with its circled takes, those that were circled last at the end."""
    said = [
        decision
        for kept in store.campaigns(partner)
        if kept.campaign.simulated is simulated
        for decision in store.decisions(partner, kept.campaign.id)
    ]
    for decision in standing(said).values():
        if decision.status != CIRCLED:
            continue
        takes = {t.id: t for t in router.takes(partner, account=decision.campaign)}
        shots = {
            request: (t.pack, t.shot)
            for t in store.trials(partner, decision.campaign)
            for request in t.requests
        }
        take = takes.get(decision.take)
        place = _place(take, takes, shots) if take else None
        if take and place:
            yield place, take


def _place(take: Take, takes: Mapping[str, Take], shots: Mapping[str, Place]) -> Place | None:
    """Find the shot of a take; a repaired one's is that of the take that it came from."""
    while take.request not in shots:
        parent = takes.get(take.parent or "")
        if parent is None:
            return None
        take = parent
    return shots[take.request]
