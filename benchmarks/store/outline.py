"""Long campaigns at a glance: which takes bear a flag or a verdict, without reading them whole.

The bodies are JSON with sorted keys; they are narrowed by text first and read exactly afterwards.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, bindparam, func, select

from benchmarks.store.tables import (
    decisions,
    exit_forms,
    judgements,
    labour,
    observations,
    packs,
    repairs,
    scores,
    signoffs,
    steps,
    studies,
    trials,
    verdicts,
    votes,
)
from evaluators.domain.verdict import Ruling
from router.store.database import reading

CHUNK = 500  # databases bound the parameters of one statement
_FLAGS = '{"flags": '
_FLAGS_ROOM = 1000  # more than all flags together take


# Built once: building a statement costs more than running it.
_SHAPE = select(
    *(
        select(func.count())
        .where(
            table.c.partner == bindparam("partner"),
            table.c.campaign == bindparam("campaign"),
            *only,
        )
        .scalar_subquery()
        for table, only in ((trials, ()), (repairs, ()), (steps, (steps.c.code != "",)))
    )
)
# What a report rests on, with its newest row; studies and forms are of a partner.
_OF_CAMPAIGN = (
    (scores, func.max(scores.c.take)),
    (verdicts, func.max(verdicts.c.at)),
    (observations, func.max(observations.c.created_at)),
    (repairs, func.max(repairs.c.child)),
    (decisions, func.max(decisions.c.created_at)),
    (signoffs, func.max(signoffs.c.at)),
    (labour, func.max(labour.c.at)),
    (judgements, func.max(judgements.c.at)),
)
_OF_PARTNER = (
    (studies, func.max(studies.c.created_at)),
    (studies, func.max(studies.c.closed_at)),
    (votes, func.max(votes.c.at)),
    (exit_forms, func.max(exit_forms.c.at)),
)


class Outline:
    """Questions about whole campaigns; each one names the partner whose it is."""

    def __init__(self, engine: Engine) -> None:
        """Ask this database."""
        self._engine = engine

    def flagged(self, partner: str, campaign: str, flag: str) -> frozenset[str]:
        """Name the takes that bear a flag."""
        head = func.substr(scores.c.body, 1, _FLAGS_ROOM)
        query = select(scores.c.take, head).where(
            scores.c.partner == partner, scores.c.campaign == campaign
        )
        with reading(self._engine, partner) as connection:
            rows = connection.execute(query).all()
        return frozenset(take for take, text in rows if flag in _flags(text))

    def ruled(self, partner: str, campaign: str, ruling: Ruling) -> frozenset[str]:
        """Name the takes on which at least one line got this verdict; a person's word wins."""
        mine = (verdicts.c.partner == partner, verdicts.c.campaign == campaign)
        columns = (verdicts.c.take, verdicts.c.line, verdicts.c.body)
        said = select(*columns).where(*mine, verdicts.c.author != "").order_by(verdicts.c.at)
        measured = select(*columns).where(
            *mine, verdicts.c.author == "", verdicts.c.body.contains(f'"ruling": "{ruling.value}"')
        )
        with reading(self._engine, partner) as connection:
            last = {(take, line): body for take, line, body in connection.execute(said)}
            found = {(take, line): body for take, line, body in connection.execute(measured)}
        return frozenset(
            take
            for (take, _), body in (found | last).items()
            if json.loads(body)["ruling"] == ruling.value
        )

    def metrics(
        self, partner: str, campaign: str, takes: Collection[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Give take → the metrics that it has scores of, in their order."""
        told: dict[str, tuple[str, ...]] = {}
        with reading(self._engine, partner) as connection:
            for some in chunks(takes):
                query = select(scores.c.take, scores.c.body).where(
                    scores.c.partner == partner,
                    scores.c.campaign == campaign,
                    scores.c.take.in_(some),
                )
                for take, body in connection.execute(query):
                    told[take] = tuple(s["metric"] for s in json.loads(body)["scores"])
        return told

    def shape(self, partner: str, campaign: str) -> tuple[int, ...]:
        """Give a mark that changes when a trial or repair is added, or a step cannot be asked."""
        mine = {"partner": partner, "campaign": campaign}
        with reading(self._engine, partner) as connection:
            return tuple(connection.execute(_SHAPE, mine).one())

    def decisions(self, partner: str, campaign: str) -> tuple[Any, ...]:
        """Give a mark that changes when a decision is added."""
        query = select(func.count(), func.max(decisions.c.created_at)).where(
            decisions.c.partner == partner, decisions.c.campaign == campaign
        )
        with reading(self._engine, partner) as connection:
            return tuple(connection.execute(query).one())

    def has_pack(self, partner: str, seal: str) -> bool:
        """Say whether a pack is kept."""
        query = select(packs.c.seal).where(packs.c.partner == partner, packs.c.seal == seal)
        with reading(self._engine, partner) as connection:
            return connection.scalar(query) is not None

    def judged(self, partner: str, campaign: str) -> int:
        """Count the takes that have scores and verdicts."""
        query = select(func.count()).where(
            scores.c.partner == partner, scores.c.campaign == campaign
        )
        with reading(self._engine, partner) as connection:
            return connection.scalar(query) or 0

    def mark(self, partner: str, campaign: str) -> tuple[Any, ...]:
        """Give a mark that changes when anything that was judged, said, voted or repaired does."""
        with reading(self._engine, partner) as connection:
            counted = [
                connection.execute(
                    select(func.count(), latest).where(
                        table.c.partner == partner, table.c.campaign == campaign
                    )
                ).one()
                for table, latest in _OF_CAMPAIGN
            ]
            counted += [
                connection.execute(
                    select(func.count(), latest).where(table.c.partner == partner)
                ).one()
                for table, latest in _OF_PARTNER
            ]
        return tuple(tuple(row) for row in counted)


def chunks(names: Collection[str]) -> Iterator[list[str]]:
    """Cut a list into pieces that one statement can carry."""
    every = list(names)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]


def _flags(text: str) -> list[str]:
    """Read the flags from the beginning of a body, where the sorted keys put them."""
    found: list[str] = json.JSONDecoder().raw_decode(text, len(_FLAGS))[0]
    return found
