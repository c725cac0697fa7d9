"""Studies of some campaigns, read for a report."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from benchmarks.domain.study import Study
from benchmarks.reporting.editions import INTERNAL
from benchmarks.store.store import Store
from benchmarks.views.case import Case
from benchmarks.views.document import Opinions
from benchmarks.votes.outcome import Given
from benchmarks.votes.poll import Poll, poll
from router.domain.errors import BadInput
from router.domain.partner import Partner


def heard(
    store: Store, cases: Sequence[Case], readers: Collection[str] | None, studies: Sequence[str]
) -> Opinions:
    """Read what people voted and what judges said about some campaigns."""
    return Opinions(
        polls=polls(store, [case.id for case in cases], studies, readers),
        judgings={c.id: store.judgements.compared(c.partner.name, c.id) for c in cases},
    )


def readers_of(edition: str, partners: Mapping[str, Partner], today: date) -> set[str] | None:
    """Name the partners whose shots and raters an edition may show; None = all of them."""
    if edition == INTERNAL:
        return None
    given_out = {n: p.shares_findings for n, p in partners.items()}
    return {edition, *(n for n, sharing in given_out.items() if sharing and sharing.holds(today))}


def polls(
    store: Store,
    campaigns: Sequence[str],
    wanted: Sequence[str] = (),
    readers: Collection[str] | None = None,
) -> tuple[Poll, ...]:
    """Read the studies of some campaigns, oldest first.

    Args:
        store: where they are.
        campaigns: of the report.
        wanted: only these studies; empty = all of these campaigns.
        readers: partners whose shots and raters may be shown; None = all.

    Raises:
        UnknownName: there is no such study.
        BadInput: a study of other campaigns.
    """
    studies: dict[str, list[Study]] = {}
    for part in store.studies.every():
        studies.setdefault(part.id, []).append(part)
    ours = {
        i for i, parts in studies.items() if any(set(p.campaigns) & {*campaigns} for p in parts)
    }
    for id_ in wanted:
        store.studies.of(id_)
        if id_ not in ours:
            expected = "a study of the campaigns of this report"
            raise BadInput(field="study", found=id_, expected=expected)
    found = [
        _poll(store, parts, readers)
        for id_, parts in studies.items()
        if id_ in ours and (not wanted or id_ in wanted)
    ]
    return tuple(one for one in found if one.given.parts)


def given(store: Store, parts: Sequence[Study]) -> Given:
    """Read a study whole."""
    kept = store.studies
    return Given(
        parts=tuple(parts),
        slots=tuple(s for p in parts for s in kept.slots(p.partner, p.id)),
        casts=tuple(c for p in parts for c in kept.casts(p.partner, p.id)),
        decided=decided(store, parts),
    )


def decided(store: Store, parts: Sequence[Study]) -> Mapping[str, Mapping[str, datetime]]:
    """Give take → person (lower case) → when they first decided on it."""
    found: dict[str, dict[str, datetime]] = {}
    for part in parts:
        for campaign in part.campaigns:
            for one in store.decisions(part.partner, campaign):
                found.setdefault(one.take, {}).setdefault(one.by.casefold(), one.created_at)
    return found


def _poll(store: Store, parts: Sequence[Study], readers: Collection[str] | None) -> Poll:
    first = parts[0].first
    before = given(store, store.studies.of(first)) if first else None
    return poll(given(store, parts), before, readers)
