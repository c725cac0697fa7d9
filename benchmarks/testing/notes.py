"""A double of the desk of notes: kept in memory; nothing is drawn and nothing is asked."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.api.front import WantedRefinement
from benchmarks.domain.note import Jotted
from benchmarks.store.record import encode
from benchmarks.testing.front import FrontDouble
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.domain.ids import content_id

Json = dict[str, Any]


@dataclass(slots=True)
class PencilDouble:
    """Keeps notes on the takes of a front desk's double."""

    front: FrontDouble
    kept: list[Json] = field(default_factory=list)

    def named(self, partner: str, /) -> str:
        """Nobody is veiled here."""
        return partner

    def owner_of_take(self, reach: Reach, take: str) -> str:
        """Name the partner of its campaign."""
        return self.front.owner_of_take(reach, take)

    def jot(self, reach: Reach, take: str, said: Jotted) -> Json:
        """Keep it as it came."""
        partner = self.owner_of_take(reach, take)
        row: Json = {
            "id": content_id("note", [take, encode(said)]),
            "partner": partner,
            "campaign": self.front.takes[take],
            "take": take,
            "by": said.by,
            "at": "2026-11-21T12:00:00Z",
            **encode(said.mark),
            "text": said.text,
            "wish": said.wish.value,
            "line": said.line,
            "matte": "ab" * 32 if said.mark.strokes or said.mark.region else None,
            "children": [],
        }
        if row not in self.kept:
            self.kept.append(row)
        return row

    def notes(self, reach: Reach, take: str) -> list[Json]:
        """Give what was kept."""
        self.owner_of_take(reach, take)
        return [row for row in self.kept if row["take"] == take]

    def priced(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Say that it would cost 5 cents."""
        found = self._found(reach, wanted)
        return {
            "take": wanted.take,
            "notes": list(wanted.notes),
            "lines": [],
            "operation": found[0]["wish"],
            "prompt": " ".join(row["text"] for row in found),
            "matte": found[0]["matte"],
            "worst_case_usd": 0.05,
        }

    def refine(self, reach: Reach, wanted: WantedRefinement) -> Json:
        """Say that it waits."""
        found = self._found(reach, wanted)
        return {
            "repair": content_id("commission", [wanted.take, wanted.key]),
            "partner": found[0]["partner"],
            "campaign": found[0]["campaign"],
            "take": wanted.take,
            "lines": [],
            "notes": list(wanted.notes),
            "rounds": 1,
            "budget_usd": None if wanted.budget_musd is None else wanted.budget_musd / 1e6,
            "by": wanted.by,
            "simulated": True,
            "state": "waiting",
        }

    def _found(self, reach: Reach, wanted: WantedRefinement) -> list[Json]:
        known = {row["id"]: row for row in self.notes(reach, wanted.take)}
        for id_ in wanted.notes:
            if id_ not in known:
                raise UnknownName("note", id_, ())
        return [known[id_] for id_ in wanted.notes]
