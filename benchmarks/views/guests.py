"""Takes from elsewhere as JSON rows: what their makers say of them, beside what was measured."""

from collections.abc import Iterator
from typing import Any

from benchmarks.domain.elsewhere import arm_of
from benchmarks.planning.plan import usd
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from evaluators.verdicts import open_must


def guest_rows(case: Case, veil: Veil) -> Iterator[dict[str, Any]]:
    """Give every imported take of a campaign; its cost is what its maker said, never our bill."""
    for guest in case.guests.values():
        verdicts = case.verdicts.get(guest.take)
        yield {
            "campaign": case.id,
            "take": guest.take,
            "shot": guest.shot,
            "recipe": guest.recipe,
            "title": arm_of(guest).title,
            "tool": veil.text(guest.tool),
            "made_by": guest.made_by,
            "minutes": guest.minutes,
            "cost_usd": None if guest.cost_musd is None else usd(guest.cost_musd),
            "declared": guest.declared,
            "open_must": None if verdicts is None else open_must(verdicts),
        }
