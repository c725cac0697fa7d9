"""The desk answers the service's routes from a home that has lived, in the forms of the wire."""

import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from benchmarks.api import wire
from benchmarks.api.acceptance_ports import Decided
from benchmarks.api.ports import TakeQuery
from benchmarks.counter.by_hand import ByHand
from benchmarks.crew import crew, shift
from benchmarks.desk import Desk, opened
from benchmarks.domain.campaign import CampaignState, Observation
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from evaluators.api.routes import ScoreRow
from router.api.wire import ModelRow, RequestState
from router.domain.caller import Reach
from router.domain.clearance import Clearance
from router.domain.errors import Conflict, OverBudget, UnknownName
from router.domain.ids import sha256_of
from router.domain.request import Request

pytestmark = pytest.mark.slow
EVERYTHING = TakeQuery(limit=200)
HOME = Reach(frozenset({"lantern", "neighbour"}))
NEXT_DOOR = Reach(frozenset({"neighbour"}))
CIRCLE = Decided(by="Ann", status="circled")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root)


@pytest.fixture(scope="module")
def desk(home):
    with opened(home[0], Wire.SIMULATED) as desk:
        yield desk


@pytest.fixture(scope="module")
def campaign(home):
    return home[1]


@pytest.fixture
def no_names(desk):
    """The same house, where no partner's name may stand on simulated material."""
    here = replace(desk.studio, fictional=frozenset())
    hand = ByHand(studio=here, wire=Wire.SIMULATED, jobs=desk.hand.jobs)
    other = Desk(studio=here, hand=hand)
    yield other
    other.close()


def wish(id_, **changes):
    asked = Request(
        partner="lantern",
        id=id_,
        account="lookdev",
        model="sd35-large",
        operation="text_to_image",
        prompt="A harbour at dusk",
        clearance=Clearance(
            permitted=("evaluate_only", "still_image"), expires_on=None, evidence_sha256="0" * 64
        ),
        aspect="16:9",
    )
    return replace(asked, **changes)


def done(desk):
    return desk.takes(HOME, EVERYTHING).items


def test_models_and_campaigns_have_the_forms_of_the_wire(desk, campaign):
    assert [ModelRow.model_validate(m) for m in desk.models()]
    (row,) = desk.campaigns(HOME)
    shown = wire.CampaignRow.model_validate(row)
    assert (shown.id, shown.simulated, shown.state) == (campaign, True, "done")
    states = shown.trials.model_dump()
    assert states.pop("total") == sum(states.values())
    assert states["refused"] == 1
    assert shown.shots == [f"SQ010_SH00{n}0" for n in (1, 2, 3, 4, 5)]
    assert {r.recipe for r in shown.recipes} >= {"init_image", "erase_matte", "do_nothing"}
    assert desk.campaign(HOME, campaign) == row


def test_campaigns_of_a_neighbour_are_not_shown(desk):
    assert list(desk.campaigns(HOME, "neighbour")) == []
    assert desk.takes(HOME, TakeQuery(partner="neighbour")).total == 0
    with pytest.raises(UnknownName):
        desk.campaigns(HOME, "nobody")


def test_what_is_out_of_reach_is_unknown_in_the_words_of_what_never_was(desk, campaign):
    take = done(desk)[0]["take"]
    assert list(desk.campaigns(NEXT_DOOR)) == []
    assert desk.takes(NEXT_DOOR, EVERYTHING).total == 0
    for ask, id_ in (
        (lambda i: desk.campaign(NEXT_DOOR, i), campaign),
        (lambda i: desk.scores(NEXT_DOOR, i, metric=None, offset=0, limit=1), campaign),
        (lambda i: desk.document(NEXT_DOOR, [i], pictures=False), campaign),
        (lambda i: desk.take(NEXT_DOOR, i), take),
        (lambda i: desk.acceptance.decide(NEXT_DOOR, i, CIRCLE), take),
        (lambda p: desk.campaigns(NEXT_DOOR, p), "lantern"),
        (lambda p: desk.stored(NEXT_DOOR, p, "0" * 64), "lantern"),
    ):
        said = []
        for name in (id_, "f" * len(id_)):
            with pytest.raises(UnknownName) as refused:
                ask(name)
            said.append(str(refused.value).replace(name, "ID"))
        assert said[0] == said[1]
    assert desk.studio.store.decisions("lantern", campaign) == ()


def test_pages_put_together_are_the_list_in_its_order(desk):
    whole = desk.takes(HOME, EVERYTHING)
    pages = [desk.takes(HOME, TakeQuery(limit=3, offset=at)) for at in range(0, whole.total, 3)]
    assert [r for page in pages for r in page.items] == list(whole.items)
    assert {page.total for page in pages} == {whole.total} == {len(whole.items)}
    order = [(r["shot"], r["recipe"], r["number"]) for r in whole.items]
    assert order == sorted(order)
    assert all(wire.TakeRow.model_validate(r).verdicts for r in whole.items)


@pytest.mark.parametrize("ruling", ["pass", "fail", "unsure", "not_measured"])
def test_the_verdict_filter_finds_what_the_rows_count(desk, ruling):
    wanted = [r["take"] for r in done(desk) if r["verdicts"].get(ruling)]
    found = desk.takes(HOME, replace(EVERYTHING, verdict=ruling))
    assert [r["take"] for r in found.items] == wanted


@pytest.mark.parametrize("flag", ["simulated", "duplicate", "copy_paste", "frozen"])
def test_the_flag_filter_finds_what_the_rows_bear(desk, flag):
    wanted = [r["take"] for r in done(desk) if flag in r["flags"]]
    found = desk.takes(HOME, replace(EVERYTHING, flag=flag))
    assert [r["take"] for r in found.items] == wanted


def test_shot_and_recipe_narrow_the_list(desk):
    found = desk.takes(HOME, replace(EVERYTHING, shot="SQ010_SH0010", recipe="do_nothing"))
    assert {(r["shot"], r["recipe"]) for r in found.items} == {("SQ010_SH0010", "do_nothing")}
    assert 0 < found.total < len(done(desk))


def test_a_refused_trial_is_listed_with_its_reason_and_without_a_vendor(desk):
    (row,) = desk.takes(HOME, replace(EVERYTHING, state="refused")).items
    shown = wire.TakeRow.model_validate(row)
    assert (shown.take, shown.state, shown.links.media) == (None, "refused", None)
    assert shown.reason
    assert shown.model_name.startswith("Emulated")
    assert "stab" not in json.dumps(row).lower()


def test_a_take_comes_with_lines_scores_references_and_siblings(desk):
    row = next(r for r in done(desk) if r["recipe"] == "init_image")
    take = desk.take(HOME, row["take"])
    shown = wire.TakeDetail.model_validate(take)
    assert [v.line for v in shown.lines] == [1, 2]
    assert {r.role for r in shown.references} >= {"init_image"}
    assert {t.shot for t in shown.siblings} == {shown.shot}
    assert shown.take not in {t.take for t in shown.siblings}
    assert shown.scores
    for name, value in row.items():
        assert take[name] == value, name


def test_the_wire_id_stands_in_the_provenance_only(desk):
    row = next(r for r in done(desk) if r["recipe"] == "init_image")
    take = desk.take(HOME, row["take"])
    assert "stability." in take["provenance"]["model_id"]
    del take["provenance"]
    assert "stability" not in json.dumps(take).lower()


def test_an_unknown_take_is_an_unknown_name(desk):
    with pytest.raises(UnknownName):
        desk.take(HOME, "f" * 32)


def test_a_real_partners_name_does_not_stand_on_simulated_material(desk, no_names):
    (row,) = no_names.campaigns(HOME)
    assert "Lantern" not in json.dumps(row)
    assert row["partner"].startswith("partner_")
    take = no_names.takes(HOME, replace(EVERYTHING, partner=row["partner"])).items[0]
    assert take["partner"] == row["partner"]
    assert no_names.media(take["partner"], take["sha256"], "original").size


def test_score_pages_put_together_are_all_scores(desk, campaign):
    whole = desk.scores(HOME, campaign, metric=None, offset=0, limit=10_000)
    pages = [
        desk.scores(HOME, campaign, metric=None, offset=at, limit=7).items for at in range(0, 70, 7)
    ]
    assert [s for page in pages for s in page] == list(whole.items[:70])
    of_takes = [len(desk.take(HOME, r["take"])["scores"]) for r in done(desk)]
    assert whole.total == len(whole.items) == sum(of_takes)
    rows = [ScoreRow.model_validate(s) for s in whole.items]
    one = desk.scores(HOME, campaign, metric="colour_match.delta_e", offset=1, limit=5)
    wanted = [s for s in whole.items if s["metric"] == "colour_match.delta_e"]
    assert list(one.items) == wanted[1:6]
    assert one.total == len(wanted)
    assert {r.take for r in rows} == {r["take"] for r in done(desk)}


def test_a_thumbnail_is_small_and_derived_once(desk, home):
    row = next(r for r in done(desk) if r["recipe"] == "init_image")
    first = desk.media("lantern", row["sha256"], "thumb")
    assert max(Image.open(io.BytesIO(first.data)).size) == 320
    kept = home[0] / "derived" / "lantern" / f"{row['sha256']}.jpg"
    kept.write_bytes(b"kept")
    assert desk.media("lantern", row["sha256"], "thumb").data == b"kept"
    kept.write_bytes(first.data)
    original = desk.media("lantern", row["sha256"], "original")
    whole = b"".join(original.part(0, original.size - 1))
    assert (original.mime, sha256_of(whole)) == (row["mime"], row["sha256"])
    assert Image.open(io.BytesIO(whole)).size == (row["width"], row["height"])


def test_media_of_one_partner_cannot_be_had_by_another(desk):
    sha = done(desk)[0]["sha256"]
    assert desk.stored(HOME, "lantern", sha).sha256 == sha
    for ask in (lambda p, s: desk.stored(HOME, p, s), lambda p, s: desk.media(p, s, "original")):
        with pytest.raises(UnknownName):
            ask("neighbour", sha)
    with pytest.raises(UnknownName):
        desk.media("lantern", "0" * 64, "thumb")


def test_a_verdict_has_a_picture_where_it_promises_one(desk):
    take = desk.take(HOME, done(desk)[0]["take"])
    promised = [v["line"] for v in take["lines"] if "picture" in v["evidence"]]
    assert promised
    for line in promised:
        found = desk.evidence("lantern", take["take"], line)
        assert found.data.startswith(b"\x89PNG")
    with pytest.raises(UnknownName):
        desk.evidence("lantern", take["take"], 99)
    with pytest.raises(UnknownName):
        desk.evidence("neighbour", take["take"], promised[0])


def test_a_document_is_compiled_again_only_after_something_changed(desk, campaign):
    first, pictures = desk.document(HOME, [campaign], pictures=False)
    assert pictures == {}
    assert desk.document(HOME, [campaign], pictures=False)[0] is first
    said = Observation(
        partner="lantern",
        id="o1",
        campaign=campaign,
        by="Ann Lee",
        role="director",
        text="Softer, please",
        takes=(),
        severity="note",
        created_at=desk.studio.clock.now(),
    )
    desk.studio.store.observe(said)
    again, _ = desk.document(HOME, [campaign], pictures=False)
    assert [o["text"] for o in again["observations"]] == ["Softer, please"]


def test_a_wish_by_hand_is_enqueued_once_on_a_budget_that_says_simulated(desk):
    desk.open_account(HOME, "lantern", "lookdev", 2_000_000)
    first = desk.submit(HOME, wish("w1"))
    assert RequestState.model_validate(first).state == "ready"
    assert desk.submit(HOME, wish("w1")) == first == desk.request(HOME, "lantern", "w1")
    assert desk.hand.jobs.pending() == 1
    assert desk.studio.router.accounts("lantern")[-1] == "simulated:lookdev"
    assert first["account"] == "lookdev"
    with pytest.raises(Conflict):
        desk.submit(HOME, wish("w1", prompt="Another harbour"))


def test_a_budget_is_bounded_and_a_campaigns_stays_its_own(desk, campaign):
    with pytest.raises(OverBudget):
        desk.open_account(HOME, "lantern", "lookdev", 101_000_000)
    with pytest.raises(Conflict):
        desk.open_account(HOME, "lantern", campaign, 1_000_000)


def test_a_real_door_takes_no_wish_for_a_simulated_campaign(desk, campaign):
    real = ByHand(studio=desk.studio, wire=Wire.AWS, jobs=desk.hand.jobs)
    with pytest.raises(Conflict, match="simulated campaign"):
        real.submit(wish("w2", account=campaign))
    with pytest.raises(UnknownName):  # the simulated budget of that name does not pay
        real.submit(wish("w3"))


class NotedJobs:
    """Notes what is enqueued."""

    def __init__(self):
        self.ids = []

    def open_queues(self, queues):
        pass

    def enqueue(self, jobs):
        self.ids += [job.args for job in jobs]


def test_a_shift_reopens_only_what_was_asked_on_its_own_wire(desk):
    desk.open_account(HOME, "lantern", "lookdev", 2_000_000)
    desk.submit(HOME, wish("w4"))
    (attempt,) = desk.studio.router.attempts("lantern", requests=["w4"])
    for own, wanted in ((Wire.SIMULATED, True), (Wire.AWS, False)):
        jobs = NotedJobs()
        shift.reopen(replace(desk.studio, wire=own), jobs)
        assert (("lantern", attempt.id) in jobs.ids) is wanted


def test_a_campaign_without_a_sign_of_life_is_taken_up_and_a_stopped_one_is_not(desk, campaign):
    store = desk.studio.store
    here, elsewhere = (replace(desk.studio, wire=w) for w in (Wire.SIMULATED, Wire.AWS))
    long_ago = desk.studio.clock.now().replace(year=2025)

    def found(studio):
        return [t.id for t in crew.waiting(studio)]

    try:
        store.move("lantern", campaign, CampaignState.RUNNING)
        store.seen_alive("lantern", campaign, long_ago)
        assert (found(here), found(elsewhere)) == ([campaign], [])
        store.seen_alive("lantern", campaign, desk.studio.clock.now())
        assert found(here) == []
        store.seen_alive("lantern", campaign, long_ago)
        store.move("lantern", campaign, CampaignState.INTERRUPTED)
        assert found(here) == []
    finally:
        store.move("lantern", campaign, CampaignState.DONE)


def test_a_repaired_take_tells_what_it_came_from(desk):
    row = next(r for r in done(desk) if r["recipe"] == "init_image")
    (first,) = desk.studio.router.takes("lantern", ids=[row["take"]])
    inpainted = replace(first, id="b" * 32, operation="inpaint", parent=first.id)
    graded = replace(first, id="c" * 32, operation="grade", parent=inpainted.id)
    for child in (inpainted, graded):
        desk.studio.router.record_take(child)
    told = desk.take(HOME, graded.id)["provenance"]["lineage"]
    assert told == f"grade cccccccc ← inpaint bbbbbbbb ← image to image {first.id[:8]}"
