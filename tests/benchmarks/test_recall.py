"""What was read of a campaign is read again only once something has moved."""

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from benchmarks.api.ports import TakeQuery
from benchmarks.browsing import lists
from benchmarks.desk import opened
from benchmarks.recall import MOST, Recall
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from router.domain.attempt import AttemptState
from router.domain.caller import Reach
from router.domain.clearance import Clearance
from router.domain.request import Request
from router.domain.take import Source

HOME = Reach(frozenset({"lantern", "neighbour"}))


def test_the_same_mark_is_the_same_reading():
    recall, reads = Recall(), []
    for mark in (1, 1, 2, 2, 1):
        recall.of("a", mark, lambda: reads.append("read"))
    assert len(reads) == 3


def test_readings_that_nobody_looks_at_are_forgotten_first():
    recall = Recall()
    for key in range(MOST):
        recall.of(key, 0, object)
    first = recall.of(0, 0, object)
    recall.of("one more", 0, object)
    assert recall.of(0, 0, object) is first
    fresh = object()
    assert recall.of(1, 0, lambda: fresh) is fresh


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    lived_in(home, ("erase_matte",))
    with opened(home, Wire.SIMULATED) as desk:
        yield desk


@pytest.fixture
def kept(desk):
    (kept,) = desk.studio.store.campaigns("lantern")
    return kept


@pytest.mark.slow
def test_a_campaign_that_stands_still_is_read_once(desk, kept):
    assert lists.index(desk.studio, kept).trials is lists.index(desk.studio, kept).trials


@pytest.mark.slow
@pytest.mark.parametrize("moved", ["attempt", "take"])
def test_whatever_moves_is_seen_at_once(desk, kept, moved):
    before = lists.index(desk.studio, kept)
    request = before.trials[0].request
    if moved == "attempt":
        with desk.studio.router._engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE attempts SET state = 'parked', round = round + 1 WHERE request = ?",
                (request,),
            )
        states = lists.index(desk.studio, kept).standings
        assert states[request].state is AttemptState.PARKED
    else:
        (take, *_) = desk.studio.router.takes("lantern", account=kept.campaign.id)
        desk.studio.router.record_take(replace(take, id="another", source=Source.IMPORTED))
        assert lists.index(desk.studio, kept).mark != before.mark


def wish(partner, number):
    return Request(
        partner=partner,
        id=f"{partner}-{number}",
        account="lookdev",
        model="sd35-large",
        operation="text_to_image",
        prompt="A harbour at dusk",
        clearance=Clearance(
            permitted=("evaluate_only", "still_image"), expires_on=None, evidence_sha256="0" * 64
        ),
        aspect="16:9",
    )


@pytest.mark.slow
def test_pages_of_takes_asked_by_hand_cut_no_list_twice_and_lose_none(desk, kept):
    (model,) = desk.studio.router.takes("lantern", account=kept.campaign.id)[:1]
    for partner, count in (("lantern", 3), ("neighbour", 2)):
        desk.hand.open_account(partner, "lookdev", 5_000_000)
        for number in range(count):
            desk.hand.submit(wish(partner, number))
            own = {"partner": partner, "account": "simulated:lookdev", "attempt": ""}
            id_ = f"{partner}-{number}"
            desk.studio.router.record_take(replace(model, **own, id=id_, request=id_))
    whole = [row["take"] for row in desk.takes(HOME, TakeQuery(limit=200)).items]
    assert len(whole) == len(set(whole)) > 5
    assert set(whole) > {"lantern-0", "lantern-1", "lantern-2", "neighbour-0", "neighbour-1"}
    for limit in (1, 2, 4):
        pages = [
            desk.takes(HOME, TakeQuery(offset=at, limit=limit))
            for at in range(0, len(whole) + limit, limit)
        ]
        assert [row["take"] for page in pages for row in page.items] == whole
        assert {page.total for page in pages} == {len(whole)}
    mine = desk.takes(HOME, TakeQuery(campaign="lookdev", limit=200))
    assert mine.total == len(mine.items) == 5
    assert desk.takes(HOME, TakeQuery(flag="simulated", campaign="lookdev", limit=1)).total == 5


@pytest.mark.slow
def test_only_the_campaigns_of_a_page_are_read(desk):
    rows = desk.campaigns(HOME)
    assert len(rows) == 1
    assert [row["id"] for row in rows[0:5]] == [rows[0]["id"]]
    assert rows[1:5] == []


@pytest.mark.slow
@pytest.mark.parametrize("partner", ["lantern", "neighbour"])
def test_a_page_costs_the_same_however_long_it_is(desk, kept, partner):
    """In statements, and in transactions: one."""
    (model,) = desk.studio.router.takes("lantern", account=kept.campaign.id)[:1]
    desk.hand.open_account("neighbour", "long", 5_000_000)
    for number in range(40, 45):
        wanted = replace(wish("neighbour", number), account="long")
        desk.hand.submit(wanted)
        own = {"partner": "neighbour", "account": "simulated:long", "attempt": ""}
        desk.studio.router.record_take(replace(model, **own, id=wanted.id, request=wanted.id))
    costs = []
    for limit in (1, 3, 5):
        query = TakeQuery(partner=partner, limit=limit)
        desk.takes(HOME, query)
        with counted(desk.studio.router.records) as said:
            page = desk.takes(HOME, query)
        assert len(page.items) == limit
        costs.append(said)
    assert costs[0]["transactions"] == 1
    assert costs[0]["statements"] <= 16
    assert costs[1:] == costs[:1] * 2


@contextmanager
def counted(engine):
    said = Counter()
    heard = {
        "begin": lambda *_: said.update(transactions=1),
        "before_cursor_execute": lambda *_: said.update(statements=1),
    }
    for name, hear in heard.items():
        event.listen(engine, name, hear)
    yield said
    for name, hear in heard.items():
        event.remove(engine, name, hear)
