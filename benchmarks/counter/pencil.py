"""The pencil: notes on takes over HTTP, and what they wish, handed to the workers.

Whatever is found by an id is looked for within reach; what is out of it is unknown, in the same
words as what does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.api.front import WantedRefinement
from benchmarks.counter.front import Front, affordable
from benchmarks.domain.commission import Commission
from benchmarks.domain.note import Jotted
from benchmarks.notes.notebook import Notebook
from benchmarks.notes.refining import Refiner, Wished
from benchmarks.pictures.pixels import Darkroom
from benchmarks.repairing.errands import Errand
from router.domain.caller import Reach
from router.domain.ids import content_id

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pencil:
    """Satisfies the port of the routes about notes; threads may share it."""

    front: Front

    def named(self, partner: str, /) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        return self.front.named(partner)

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of a take within reach; raises UnknownName."""
        return self.front.owner_of_take(reach, take)

    def jot(self, reach: Reach, take: str, said: Jotted) -> Json:
        """Keep a note; the same one twice is one."""
        found = self.front.take(reach, take)
        with self._book() as book:
            note = book.jot(found, said)
            return next(row for row in book.rows(found) if row["id"] == note.id)

    def notes(self, reach: Reach, take: str) -> list[Json]:
        """Give every note on a take, oldest first."""
        found = self.front.take(reach, take)
        with self._book() as book:
            return book.rows(found)

    def priced(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Say what would be asked, and what it may cost; spends nothing."""
        wished, errand = self._planned(reach, wanted)
        return errand.as_json() | {
            "notes": list(wished.notes),
            "matte": wished.matte.sha256 if wished.matte else None,
        }

    def refine(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Hand in what notes wish; the same key twice is one refinement.

        Raises:
            UnknownName: no such take, or no such note on it.
            BadInput: the notes do not go together, or what they wish cannot be asked for.
            OverBudget: it could cost more than the budget.
            Conflict: the take is of the other wire.
        """
        here = self.front.studio
        take = self.front.take(reach, wanted.take)
        kept = here.store.campaign(take.partner, take.account)
        self.front.same_wire(kept)
        wished, errand = self._planned(reach, wanted)
        affordable(errand, wanted.budget_musd)
        commission = Commission(
            partner=take.partner,
            id=content_id("commission", [take.partner, take.id, "notes", wanted.key]),
            campaign=take.account,
            take=take.id,
            lines=wished.lines,
            rounds=1,
            budget_musd=wanted.budget_musd,
            by=wanted.by,
            simulated=kept.campaign.simulated,
            created_at=here.clock.now(),
            matte=wished.matte,
            notes=wished.notes,
        )
        here.store.commissions.add(commission)
        return self.front.repair_status(reach, commission.id)

    def _planned(self, reach: Reach, wanted: WantedRefinement) -> tuple[Wished, Errand]:
        here, take = self.front.studio, self.front.take(reach, wanted.take)
        here.store.campaign(take.partner, take.account)  # its own partner's, or nobody's
        with self._book() as book:
            wished = book.wished(take, wanted.notes)
        repairer = here.repairer()
        try:
            return wished, Refiner(repairer=repairer).errand(here.case(take.account), wished)
        finally:
            repairer.darkroom.close()

    @contextmanager
    def _book(self) -> Iterator[Notebook]:
        darkroom = Darkroom()
        try:
            yield Notebook(studio=self.front.studio, darkroom=darkroom)
        finally:
            darkroom.close()
