"""Prompts that were written, and where each prompt of a campaign comes from."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine

from benchmarks.planning.phrasing import Phrased, Writing
from benchmarks.store.outline import chunks
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies, put
from benchmarks.store.tables import prompts, writings
from router.domain.ids import sha256_of
from router.store.database import reading, writing


class Words:
    """Questions about words; each one names the partner whose they are."""

    def __init__(self, engine: Engine) -> None:
        """Ask this database."""
        self._engine = engine

    def keep(self, partner: str, name: str, words: Writing, at: datetime) -> None:
        """Keep what a language model wrote, or why it did not."""
        row = {"partner": partner, "id": name, "at": at, "body": dumps(words)}
        with writing(self._engine, partner) as connection:
            put(connection, writings, [row])

    def written(self, partner: str, names: Collection[str]) -> Mapping[str, Writing]:
        """Give name → what was written, of those that were."""
        found: dict[str, Writing] = {}
        with reading(self._engine, partner) as connection:
            for some in chunks(names):
                query = asking(writings).where(
                    writings.c.partner == partner, writings.c.id.in_(some)
                )
                for row, body in bodies(connection, writings, query):
                    found[row["id"]] = loads(Writing, body)
        return found

    def origin(self, partner: str, campaign: str, prompt: str) -> Phrased | None:
        """Say where a prompt of a campaign comes from; None where nobody kept that."""
        query = asking(prompts).where(
            prompts.c.partner == partner,
            prompts.c.campaign == campaign,
            prompts.c.sha256 == sha256_of(prompt.encode()),
        )
        with reading(self._engine, partner) as connection:
            found = [loads(Phrased, body) for _, body in bodies(connection, prompts, query)]
        return found[0] if found else None

    def origins(self, partner: str, campaign: str) -> Mapping[str, Phrased]:
        """Give where every prompt of a campaign comes from, by the sha-256 of each."""
        query = asking(prompts).where(prompts.c.partner == partner, prompts.c.campaign == campaign)
        with reading(self._engine, partner) as connection:
            rows = bodies(connection, prompts, query)
            return {row["sha256"]: loads(Phrased, body) for row, body in rows}


def add_origins(
    connection: Connection, partner: str, campaign: str, phrased: Mapping[str, Phrased]
) -> None:
    """Keep where the prompts of a campaign come from, by the sha-256 of each."""
    head = {"partner": partner, "campaign": campaign}
    rows = [{**head, "sha256": sha, "body": dumps(told)} for sha, told in phrased.items()]
    add(connection, prompts, rows)
