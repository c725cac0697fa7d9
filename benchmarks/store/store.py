"""Everything that this storey remembers; each call names the partner whose it is."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, bindparam, select, update

from benchmarks.domain.campaign import (
    Campaign,
    CampaignState,
    Observation,
    Recipe,
    Refusal,
    Trial,
)
from benchmarks.domain.pack import ShotPack
from benchmarks.domain.repair import Decision, Repair
from benchmarks.planning.plan import Plan
from benchmarks.recall import Recall
from benchmarks.store import tables
from benchmarks.store.commissions import Commissions
from benchmarks.store.guests import Guests
from benchmarks.store.judgements import Judgements
from benchmarks.store.notes import Notes
from benchmarks.store.outline import Outline, chunks
from benchmarks.store.record import decode, dumps, encode, loads, loads_all
from benchmarks.store.rows import Row, add, asking, put
from benchmarks.store.shapes import pack_row, trial, trial_row, verdict_rows
from benchmarks.store.signatures import Signatures
from benchmarks.store.steps import Steps, write
from benchmarks.store.studies import Studies
from benchmarks.store.timesheet import Timesheet
from benchmarks.store.tracked import Trackings
from benchmarks.store.words import Words, add_origins
from evaluators.domain.score import Scored
from evaluators.domain.verdict import Verdict
from router.domain.errors import UnknownName
from router.domain.media import MediaRef
from router.domain.request import Request
from router.leaving import freeze
from router.store.database import reading, writing
from router.vault.columns import opened, word

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A campaign as it was planned, and when its runner was last seen alive."""

    campaign: Campaign
    recipes: tuple[Recipe, ...]
    refused: tuple[Refusal, ...]
    seen_alive_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPack:
    """A pack, and where its files are in the media store."""

    pack: ShotPack
    media: Mapping[str, MediaRef]


MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
MOST_CAMPAIGNS = 1000  # remembered: what a plan said and never changes
_CAMPAIGNS = (
    select(tables.campaigns)
    .where(tables.campaigns.c.partner == bindparam("partner"))
    .order_by(tables.campaigns.c.created_at)
)


def _of_campaign(query: Select[Any], table: Table) -> Select[Any]:
    mine = (table.c.partner == bindparam("partner"), table.c.campaign == bindparam("campaign"))
    return query.where(*mine)


_VERDICTS = _of_campaign(
    select(*(tables.verdicts.c[name] for name in ("take", "line", "author", "body"))),
    tables.verdicts,
).order_by(tables.verdicts.c.at)


class Store:
    """Records of campaigns, on the same database as the ledger."""

    def __init__(self, engine: Engine, partners: Collection[str]) -> None:
        """Keep them on this database; `partners` are gone through where nobody says whose it is."""
        self._engine = engine
        self._partners = partners
        self.outline = Outline(engine)
        self.words = Words(engine)
        self.steps = Steps(engine)
        self.judgements = Judgements(engine)
        self.notes = Notes(engine)
        self.trackings = Trackings(engine)
        self.studies = Studies(engine, partners)
        self.timesheet = Timesheet(engine)
        self.guests = Guests(engine)
        self.commissions = Commissions(engine)
        self.signatures = Signatures(engine)
        self.recall = Recall()
        self._campaigns = Recall(most=MOST_CAMPAIGNS)

    def add(self, plan: Plan, media: Mapping[str, MediaRef]) -> None:
        """Store a plan whole, in one transaction; storing it again changes nothing."""
        kept = plan.campaign
        row = {
            "partner": kept.partner,
            "id": kept.id,
            "state": kept.state.value,
            "budget_musd": kept.budget_musd,
            "simulated": kept.simulated,
            "created_at": kept.created_at,
            "seen_alive_at": None,
            "body": dumps(kept),
            "recipes": json.dumps([encode(r) for r in plan.recipes]),
            "refused": json.dumps([encode(r) for r in plan.refused]),
        }
        pairs = zip(plan.trials, plan.requests, strict=True)
        with writing(self._engine, kept.partner) as connection:
            freeze.refuse(connection, kept.partner)
            add(connection, tables.campaigns, [row])
            add(connection, tables.packs, [pack_row(p, media) for p in plan.packs])
            add(connection, tables.trials, [trial_row(t, r) for t, r in pairs])
            write(connection, plan.later)
            add_origins(connection, kept.partner, kept.id, plan.phrased)

    def campaign(self, partner: str, id_: str) -> Kept:
        """Give one campaign.

        Raises:
            UnknownName: this partner has no such campaign.
        """
        table = tables.campaigns
        query = select(table).where(table.c.partner == partner, table.c.id == id_)
        with reading(self._engine, partner) as connection:
            found = connection.execute(query).mappings().one_or_none()
            if found is not None:
                return self._remembered(connection, found)
            known = connection.scalars(select(table.c.id).where(table.c.partner == partner)).all()
        raise UnknownName("campaign", id_, known)

    def campaigns(self, partner: str) -> tuple[Kept, ...]:
        """Give a partner's campaigns, oldest first."""
        with reading(self._engine, partner) as connection:
            rows = connection.execute(_CAMPAIGNS, {"partner": partner}).mappings()
            return tuple(self._remembered(connection, row) for row in rows)

    def owner(self, id_: str) -> str:
        """Name the partner of a campaign: the one view across tenants, for the local operator.

        Raises:
            UnknownName: nobody has such a campaign; it names no other, whoever's it is.
        """
        table = tables.campaigns
        for partner in self._partners:
            query = select(table.c.id).where(table.c.partner == partner, table.c.id == id_)
            with reading(self._engine, partner) as connection:
                if connection.scalar(query) is not None:
                    return partner
        raise UnknownName("campaign", id_, (), hint="`circletake campaign status` lists them")

    def move(self, partner: str, id_: str, state: CampaignState) -> None:
        """Put a campaign into another state."""
        self._change(partner, id_, {"state": state.value})

    def raise_budget(self, partner: str, id_: str, budget_musd: int) -> None:
        """Give a campaign a larger budget."""
        self._change(partner, id_, {"budget_musd": budget_musd})

    def seen_alive(self, partner: str, id_: str, at: datetime) -> None:
        """Note that a runner is at work on a campaign."""
        self._change(partner, id_, {"seen_alive_at": at})

    def trials(self, partner: str, campaign: str) -> tuple[Trial, ...]:
        """Give a campaign's trials, in the order of shots, recipes, takes."""
        table = tables.trials
        query = (
            select(table)
            .where(table.c.partner == partner, table.c.campaign == campaign)
            .order_by(table.c.pack, table.c.shot, table.c.recipe, table.c.number)
        )
        with reading(self._engine, partner) as connection:
            return tuple(trial(row) for row in connection.execute(query).mappings())

    def requests(self, partner: str, campaign: str) -> tuple[Request, ...]:
        """Give what was asked first of each trial, so that it can be asked again."""
        return tuple(self._bodies(tables.trials, partner, campaign, Request))

    def keep_pack(self, pack: ShotPack, media: Mapping[str, MediaRef]) -> None:
        """Keep a pack whose files are in the media store; keeping it again changes nothing."""
        with writing(self._engine, pack.partner) as connection:
            add(connection, tables.packs, [pack_row(pack, media)])

    def pack(self, partner: str, seal: str) -> KeptPack:
        """Give a pack by its seal, which names its content; raises UnknownName."""
        known = self.outline.has_pack(partner, seal)
        return self.recall.of(("pack", partner, seal), known, lambda: self._pack(partner, seal))

    def _pack(self, partner: str, seal: str) -> KeptPack:
        table = tables.packs
        query = select(table).where(table.c.partner == partner, table.c.seal == seal)
        with reading(self._engine, partner) as connection:
            found = connection.execute(query).mappings().one_or_none()
            if found is None:
                raise UnknownName("pack", seal, ())
            row = opened(connection, table, found)
        media = {k: decode(MediaRef, v) for k, v in json.loads(row["media"]).items()}
        return KeptPack(pack=loads(ShotPack, row["body"]), media=media)

    def packs(self, partner: str) -> tuple[KeptPack, ...]:
        """Give a partner's packs, by title."""
        table = tables.packs
        query = select(table.c.seal).where(table.c.partner == partner)
        with reading(self._engine, partner) as connection:
            seals = tuple(connection.scalars(query))
        kept = [self.pack(partner, seal) for seal in seals]
        return tuple(sorted(kept, key=lambda k: (k.pack.title, k.pack.seal)))

    def put_judged(
        self,
        partner: str,
        campaign: str,
        scored: Scored,
        verdicts: Sequence[Verdict],
        at: datetime,
    ) -> None:
        """Keep a take's scores and verdicts together; measuring again replaces them."""
        row = {
            "partner": partner,
            "take": scored.take,
            "campaign": campaign,
            "body": dumps(scored),
        }
        with writing(self._engine, partner) as connection:
            put(connection, tables.scores, [row])
            put(connection, tables.verdicts, verdict_rows(partner, campaign, verdicts, at, ""))

    def judged(self, partner: str, campaign: str) -> frozenset[str]:
        """Name the takes that have scores and verdicts."""
        table = tables.scores
        query = select(table.c.take).where(table.c.partner == partner, table.c.campaign == campaign)
        with reading(self._engine, partner) as connection:
            return frozenset(connection.execute(query).scalars())

    def scored(
        self, partner: str, campaign: str, takes: Collection[str] | None = None
    ) -> Mapping[str, Scored]:
        """Give take id → scores, of all takes or of some."""
        found = self._bodies(tables.scores, partner, campaign, Scored, takes)
        return {s.take: s for s in found}

    def overrule(self, partner: str, campaign: str, verdict: Verdict, at: datetime) -> None:
        """Keep a named person's ruling (`verdict.by`) beside the measured one."""
        rows = verdict_rows(partner, campaign, [verdict], at, verdict.by)
        with writing(self._engine, partner) as connection:
            put(connection, tables.verdicts, rows)

    def verdicts(
        self, partner: str, campaign: str, takes: Collection[str] | None = None
    ) -> Mapping[str, tuple[Verdict, ...]]:
        """Give take id → verdicts by line, of all takes or of some.

        The latest person's word wins over the measurement.
        """
        stands: dict[tuple[str, int], tuple[bool, str]] = {}
        with reading(self._engine, partner) as connection:
            for row in _rows(connection, _VERDICTS, partner, campaign, takes):
                place, by_person = (row["take"], row["line"]), bool(row["author"])
                if place not in stands or by_person >= stands[place][0]:
                    stands[place] = (by_person, row["body"])
        said: dict[str, list[Verdict]] = {}
        for verdict in loads_all(Verdict, (body for _, body in stands.values())):
            said.setdefault(verdict.take, []).append(verdict)
        return {
            take: tuple(sorted(verdicts, key=lambda v: v.line.number))
            for take, verdicts in said.items()
        }

    def observe(self, observation: Observation) -> None:
        """Keep a named person's own words; the same words twice are one observation."""
        self._keep(tables.observations, observation, {"id": observation.id})

    def observations(self, partner: str, campaign: str) -> tuple[Observation, ...]:
        """Give what people said, oldest first."""
        found = self._bodies(tables.observations, partner, campaign, Observation)
        return tuple(sorted(found, key=lambda o: (str(o.created_at), o.id)))

    def put_repair(self, repair: Repair) -> None:
        """Keep a repair."""
        row = {"partner": repair.partner, "child": repair.child, "campaign": repair.campaign}
        with writing(self._engine, repair.partner) as connection:
            put(connection, tables.repairs, [row | {"body": dumps(repair)}])

    def repairs(self, partner: str, campaign: str) -> tuple[Repair, ...]:
        """Give a campaign's repairs."""
        return tuple(self._bodies(tables.repairs, partner, campaign, Repair))

    def decide(self, decision: Decision) -> None:
        """Keep a named person's decision; every one is kept, the latest counts."""
        self._keep(tables.decisions, decision, {"id": decision.id, "take": decision.take})

    def decisions(self, partner: str, campaign: str) -> tuple[Decision, ...]:
        """Give decisions, oldest first; read again only after one was added."""

        def read() -> tuple[Decision, ...]:
            found = self._bodies(tables.decisions, partner, campaign, Decision)
            return tuple(sorted(found, key=lambda d: (d.created_at, d.id)))

        mark = self.outline.decisions(partner, campaign)
        return self.recall.of(("decisions", partner, campaign), mark, read)

    def _keep(self, table: Table, noun: Observation | Decision, key: Row) -> None:
        row = {
            "partner": noun.partner,
            "campaign": noun.campaign,
            "created_at": noun.created_at,
            "body": dumps(noun),
        }
        with writing(self._engine, noun.partner) as connection:
            add(connection, table, [row | key])

    def _bodies(
        self,
        table: Table,
        partner: str,
        campaign: str,
        kind: type[T],
        takes: Collection[str] | None = None,
    ) -> Iterable[T]:
        with reading(self._engine, partner) as connection:
            rows = _rows(connection, _bodies_of(table), partner, campaign, takes)
            texts = [word(connection, table, row, "body") for row in rows]
        return loads_all(kind, texts)

    def _remembered(self, connection: Connection, row: Mapping[Any, Any]) -> Kept:
        """Read a campaign; what does not change of it, once."""
        key, table = (row["partner"], row["id"]), tables.campaigns
        mark = (row["body"], row["recipes"], row["refused"])
        kept = self._campaigns.of(key, mark, lambda: _kept(opened(connection, table, row)))
        state, budget_musd = CampaignState(row["state"]), row["budget_musd"]
        campaign = replace(kept.campaign, state=state, budget_musd=budget_musd)
        return replace(kept, campaign=campaign, seen_alive_at=row["seen_alive_at"])

    def _change(self, partner: str, id_: str, values: Row) -> None:
        table = tables.campaigns
        query = update(table).where(table.c.partner == partner, table.c.id == id_).values(values)
        with writing(self._engine, partner) as connection:
            if connection.execute(query).rowcount != 1:
                raise UnknownName("campaign", id_, ())


@cache
def _bodies_of(table: Table) -> Select[Any]:
    """Ask for the bodies of a campaign, once: building a statement costs more than running it."""
    return _of_campaign(asking(table), table).order_by(*table.primary_key.columns)


@cache
def _of_some(query: Select[Any]) -> Select[Any]:
    """Ask the same of some takes only."""
    return query.where(query.selected_columns["take"].in_(bindparam("takes", expanding=True)))


def _rows(
    connection: Connection,
    query: Select[Any],
    partner: str,
    campaign: str,
    takes: Collection[str] | None,
) -> Iterator[Any]:
    """Carry out a query for all takes of a campaign, or for some of them."""
    mine = {"partner": partner, "campaign": campaign}
    if takes is None:
        yield from connection.execute(query, mine).mappings().all()
        return
    for some in chunks(takes):
        yield from connection.execute(_of_some(query), {**mine, "takes": some}).mappings()


def _kept(row: Any) -> Kept:
    return Kept(
        campaign=loads(Campaign, row["body"]),
        recipes=_many(Recipe, row["recipes"]),
        refused=_many(Refusal, row["refused"]),
    )


def _many(kind: type[T], text: str) -> tuple[T, ...]:
    return tuple(decode(kind, item) for item in json.loads(text))
