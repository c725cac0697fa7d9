"""What judges said, beside what people voted and never among it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, select

from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import asking, bodies, put
from benchmarks.store.tables import judgements
from evaluators.domain.judging import Comparison
from evaluators.judges.checklist import Ballot
from router.domain.ids import content_id
from router.store.database import reading, writing


class Judgements:
    """Questions about judgements; each one names the partner whose they are."""

    def __init__(self, engine: Engine) -> None:
        """Ask this database."""
        self._engine = engine

    def keep(
        self, partner: str, campaign: str, judging: str, said: Comparison | Ballot, at: datetime
    ) -> None:
        """Keep what a judge said; the same question again replaces it."""
        row = {
            "partner": partner,
            "id": key_of(judging, said),
            "campaign": campaign,
            "judging": judging,
            "at": at,
            "body": dumps(said),
        }
        with writing(self._engine, partner) as connection:
            put(connection, judgements, [row])

    def comparisons(self, partner: str, judging: str) -> tuple[Comparison, ...]:
        """Give the comparisons of a judging."""
        return tuple(loads(Comparison, body) for body in self._bodies(partner, judging))

    def ballots(self, partner: str, judging: str) -> tuple[Ballot, ...]:
        """Give the checklist votes of a judging."""
        return tuple(loads(Ballot, body) for body in self._bodies(partner, judging))

    def judgings(self, partner: str, campaign: str) -> tuple[str, ...]:
        """Name the judgings of a campaign."""
        query = (
            select(judgements.c.judging)
            .where(judgements.c.partner == partner, judgements.c.campaign == campaign)
            .distinct()
            .order_by(judgements.c.judging)
        )
        with reading(self._engine, partner) as connection:
            return tuple(connection.execute(query).scalars())

    def compared(self, partner: str, campaign: str) -> Mapping[str, tuple[Comparison, ...]]:
        """Give judging → comparisons of a campaign; checklists are none."""
        found = {j: self._bodies(partner, j) for j in self.judgings(partner, campaign)}
        return {
            judging: tuple(loads(Comparison, body) for body in bodies)
            for judging, bodies in found.items()
            if bodies and "pair" in json.loads(bodies[0])
        }

    def _bodies(self, partner: str, judging: str) -> Sequence[str]:
        query = (
            asking(judgements)
            .where(judgements.c.partner == partner, judgements.c.judging == judging)
            .order_by(judgements.c.id)
        )
        with reading(self._engine, partner) as connection:
            return [body for _, body in bodies(connection, judgements, query)]


def key_of(judging: str, said: Comparison | Ballot) -> str:
    """Name what a judge said: one for each pair, or vote on a take, and judge."""
    if isinstance(said, Comparison):
        return content_id("comparison", [judging, said.pair.id, said.judge])
    return content_id("ballot", [judging, said.take, said.judge, said.number])
