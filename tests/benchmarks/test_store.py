"""What is stored comes back as it was, under its partner and no other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from benchmarks.domain.campaign import CampaignState, Observation
from benchmarks.domain.repair import Decision
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.store import tables
from benchmarks.store.store import Store
from benchmarks.testing import doubles
from evaluators.domain.score import Scored
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from router import catalog, tasks
from router.domain.errors import UnknownName
from router.store.database import writing

CATALOGUE = catalog.load()


@pytest.fixture
def engine(records):
    return records


@pytest.fixture
def store(engine):
    return Store(engine, ("neighbour", "lantern"))


@pytest.fixture
def planned(tmp_path):
    pack = doubles.pack(tmp_path / "pack")
    media = doubles.taken_in(doubles.FolderMedia(tmp_path / "media"), pack)
    chosen = recipes.choose(recipes.load(CATALOGUE, tasks.load()), ["init_image"])
    order = Order(
        partner=doubles.partner(),
        packs=[pack],
        recipes=chosen,
        takes=1,
        budget_musd=9_000_000,
        simulated=True,
    )
    stock = Stock(catalogue=CATALOGUE, media=media, dialects=("bedrock_invoke", "local"))
    return plan(order, stock, now=doubles.NOW), media


def test_the_migration_makes_exactly_the_tables_that_the_code_knows(engine):
    from sqlalchemy import inspect

    inspector = inspect(engine)
    for table in tables.metadata.sorted_tables:
        made = {
            c["name"]: (c["type"].compile(engine.dialect), c["nullable"])
            for c in inspector.get_columns(table.name)
        }
        known = {c.name: (c.type.compile(engine.dialect), c.nullable) for c in table.columns}
        assert made == known
        keys = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert keys == [c.name for c in table.primary_key.columns]
        assert keys[0] == "partner"
        assert {i["name"] for i in inspector.get_indexes(table.name)} == {
            i.name for i in table.indexes
        }


def test_a_plan_comes_back_whole(store, planned):
    found, media = planned
    store.add(found, media)
    store.add(found, media)
    kept = store.campaign("lantern", found.campaign.id)
    assert (kept.campaign, kept.recipes, kept.refused) == (
        found.campaign,
        found.recipes,
        found.refused,
    )
    assert set(store.trials("lantern", found.campaign.id)) == set(found.trials)
    assert set(store.requests("lantern", found.campaign.id)) == set(found.requests)
    pack = store.pack("lantern", found.packs[0].seal)
    assert (pack.pack, dict(pack.media)) == (found.packs[0], media)


def test_nothing_is_seen_under_another_partners_name(store, planned):
    found, media = planned
    store.add(found, media)
    assert store.trials("other", found.campaign.id) == ()
    with pytest.raises(UnknownName):
        store.campaign("other", found.campaign.id)
    with pytest.raises(UnknownName):
        store.pack("other", found.packs[0].seal)
    assert store.owner(found.campaign.id) == "lantern"


def test_whoever_asks_for_a_campaign_that_nobody_has_reads_nobodys_name(store, planned):
    found, media = planned
    store.add(found, media)
    with pytest.raises(UnknownName) as nobody:
        store.owner("simulated:lookdev")
    assert found.campaign.id not in str(nobody.value)


def test_state_budget_and_sign_of_life_move_without_touching_the_plan(store, planned):
    found, media = planned
    store.add(found, media)
    id_ = found.campaign.id
    store.move("lantern", id_, CampaignState.RUNNING)
    store.raise_budget("lantern", id_, 12_000_000)
    store.seen_alive("lantern", id_, doubles.NOW)
    kept = store.campaign("lantern", id_)
    assert kept.campaign == replace(
        found.campaign, state=CampaignState.RUNNING, budget_musd=12_000_000
    )
    assert kept.seen_alive_at == doubles.NOW


def test_a_named_persons_ruling_outlives_another_measurement(store):
    line = AcceptanceLine(number=1, criterion="Same scar", kind="identity", must=True)
    measured = Verdict(line=line, take="t1", ruling=Ruling.UNSURE)
    ruled = replace(measured, ruling=Ruling.PASS, by="Ann Lee")
    scored = Scored(row=0, take="t1", sha256="a" * 64, shot="s", flags=(), scores=())
    store.put_judged("lantern", "c1", scored, [measured], doubles.NOW)
    store.overrule("lantern", "c1", ruled, doubles.NOW)
    later = doubles.NOW + timedelta(hours=1)
    store.put_judged("lantern", "c1", scored, [replace(measured, ruling=Ruling.FAIL)], later)
    assert store.verdicts("lantern", "c1") == {"t1": (ruled,)}


def test_the_latest_of_two_people_is_heard(store):
    line = AcceptanceLine(number=1, criterion="Same scar", kind="identity", must=True)
    for hours, name, ruling in ((0, "Zoe", Ruling.FAIL), (1, "Ann", Ruling.PASS)):
        verdict = Verdict(line=line, take="t1", ruling=ruling, by=name)
        at = doubles.NOW + timedelta(hours=hours)
        store.overrule("lantern", "c1", verdict, at)
    assert store.verdicts("lantern", "c1")["t1"][0].by == "Ann"


def test_scores_are_replaced_by_a_second_measurement(store, tmp_path):
    from evaluators.domain.brief import Brief

    path = tmp_path / "a.png"
    path.write_bytes(doubles.picture(90))
    first = next(doubles.judge("lantern", [Brief(row=0, take="t1", path=path)]))
    store.put_judged("lantern", "c1", replace(first, scores=()), (), doubles.NOW)
    store.put_judged("lantern", "c1", first, (), doubles.NOW)
    assert store.judged("lantern", "c1") == {"t1"}
    assert store.judged("other", "c1") == frozenset()
    assert store.scored("lantern", "c1") == {"t1": first}


def test_peoples_words_and_decisions_are_all_kept_in_order(store):
    said = [
        Observation(
            partner="lantern",
            id=f"o{n}",
            campaign="c1",
            by="Ann Lee",
            role="director",
            text=text,
            takes=("t1",),
            severity="minor",
            created_at=doubles.NOW + timedelta(minutes=n),
        )
        for n, text in enumerate(("The scar moves", "Better"))
    ]
    for observation in reversed(said):
        store.observe(observation)
    store.observe(said[0])
    assert store.observations("lantern", "c1") == tuple(said)
    decision = Decision(
        partner="lantern",
        id="d1",
        campaign="c1",
        take="t1",
        by="Ann Lee",
        role="director",
        status="circled",
        notes="",
        created_at=doubles.NOW,
    )
    store.decide(decision)
    assert store.decisions("lantern", "c1") == (decision,)


def test_decisions_are_read_anew_once_somebody_has_decided_again(store):
    first = Decision(
        partner="lantern",
        id="d1",
        campaign="c1",
        take="t1",
        by="Ann Lee",
        role="director",
        status="circled",
        notes="",
        created_at=doubles.NOW,
    )
    second = replace(first, id="d2", status="withdrawn")
    store.decide(first)
    assert store.decisions("lantern", "c1") is store.decisions("lantern", "c1")
    store.decide(second)
    assert store.decisions("lantern", "c1") == (first, second)
    assert store.decisions("neighbour", "c1") == ()


def test_a_pack_that_was_read_before_is_still_its_partners_alone_and_gone_once_deleted(
    store, engine, planned
):
    found, media = planned
    store.add(found, media)
    seal = found.packs[0].seal
    assert store.pack("lantern", seal) is store.pack("lantern", seal)
    with pytest.raises(UnknownName):
        store.pack("neighbour", seal)
    with writing(engine, "lantern") as connection:
        connection.execute(delete(tables.packs).where(tables.packs.c.partner == "lantern"))
    with pytest.raises(UnknownName):
        store.pack("lantern", seal)
