"""Nothing of a partner's is printed against its word."""

import json

import pytest
from sqlalchemy import delete

from benchmarks.api.signing import Leaving, Word
from benchmarks.counter.signing import Signing
from benchmarks.domain.campaign import Observation
from benchmarks.pictures.pixels import Darkroom
from benchmarks.reporting.plates import (
    DRAWN,
    SHEET_TAKES,
    WORST,
    Seen,
    contact_sheet,
    gallery,
    printed,
)
from benchmarks.store.tables import signoffs
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.document import Imprint, document
from benchmarks.views.pictures import Album
from router import catalog
from router.domain.caller import Reach
from router.domain.errors import BadInput, Conflict, UnknownName

NEAR, FAR = Reach(frozenset({"lantern"})), Reach(frozenset({"neighbour"}))
WORDS = "The scar wanders from shot to shot"
CATALOGUE = catalog.load()
DRAWING = b"\x89PNG evidence"


class House:
    """A campaign that has run, as the sign-off desk sees it."""

    def __init__(self, stage):
        self.stage, self.store, self.clock = stage, stage.store, self
        self.at = doubles.NOW

    def now(self):
        return self.at

    def case(self, campaign):
        return self.stage.case(campaign)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.finish("init_image", "erase_matte")
    take = next(iter(stage.router.stored))
    stage.store.observe(
        Observation(
            partner="lantern",
            id="o1",
            campaign=stage.id,
            by="Ann Lee",
            role="director",
            text=WORDS,
            takes=(take,),
            severity="major",
            created_at=doubles.NOW,
        )
    )
    yield stage
    stage.engine.dispose()


@pytest.fixture
def stage(run):
    with run.engine.begin() as connection:
        connection.execute(delete(signoffs))
    return run


@pytest.fixture
def desk(stage):
    return Signing(house=House(stage), named=str)


@pytest.fixture
def built(stage, desk):
    def build():
        darkroom = Darkroom()
        album = Album(media=stage.media, darkroom=darkroom, draw=lambda *_: DRAWING)
        imprint = Imprint(
            title="T",
            now=doubles.NOW,
            code_version="0",
            generated_by="test",
            reproduce="test",
            fictional=("lantern",),
        )
        try:
            return document([desk.house.case(stage.id)], CATALOGUE, album, imprint)
        finally:
            darkroom.close()

    return build


def word(stage, item, answer="approve", text="", by="Ada"):
    return Word(campaign=stage.id, item=item, answer=answer, text=text, by=by, role="producer")


def item(desk, stage, kind, **fields):
    rows = desk.items(NEAR, stage.id)
    wanted = {"kind": kind, **fields}
    return next(r for r in rows if wanted.items() <= r.items())


def test_words_and_pictures_are_laid_before_the_partner_and_nobody_has_signed(desk, stage):
    rows = desk.items(NEAR, stage.id)
    assert {r["state"] for r in rows} == {"not signed"}
    assert [r["text"] for r in rows if r["kind"] == "observation"] == [WORDS]
    plates = [r for r in rows if r["kind"] == "picture" and not r["take"]]
    assert plates
    assert all(r["sha256"] for r in rows if r["kind"] == "picture")
    assert {r["take"] for r in rows if r["kind"] == "picture"} > set(stage.router.stored)


def test_withdrawn_words_are_in_no_document(desk, stage, built):
    assert WORDS in json.dumps(built()[0])
    desk.sign(NEAR, word(stage, item(desk, stage, "observation")["item"], "withdraw"))
    assert WORDS not in json.dumps(built()[0])
    assert built()[0]["signoff"]["campaigns"][0]["counts"]["withdrawn"] == 1


def test_corrected_words_are_printed_and_the_old_ones_are_kept(desk, stage, built):
    id_ = item(desk, stage, "observation")["item"]
    desk.sign(NEAR, word(stage, id_, "correct", "The scar moves"))
    told, _ = built()
    assert WORDS not in json.dumps(told)
    assert told["observations"][0]["text"] == "The scar moves"
    assert told["observations"][0]["signed"]["state"] == "corrected"
    assert desk.items(NEAR, stage.id)[0]["answer"]["old"] == WORDS


def test_no_picture_of_a_withdrawn_take_is_in_the_bundle(desk, stage, built):
    take = next(iter(stage.router.stored))
    assert f"thumb/{take}.jpg" in built()[1]
    desk.sign(NEAR, word(stage, item(desk, stage, "picture", take=take)["item"], "withdraw"))
    told, assets = built()
    assert not [name for name in assets if take in name]
    assert take not in told["signoff"]["pictures"]
    assert next(t["thumb"] for t in told["takes"] if t["take"] == take) is None
    assert next(t for t in told["takes"] if t["take"] == take)["scores"]  # its numbers stay


def test_without_its_plate_a_shot_has_no_evidence_picture_either(desk, stage, built):
    plate = item(desk, stage, "picture", take="")
    assert [n for n in built()[1] if n.startswith("shot/") and plate["shot"] in n]
    desk.sign(NEAR, word(stage, plate["item"], "withdraw"))
    told, assets = built()
    assert not [n for n in assets if n.startswith("shot/") and plate["shot"] in n]
    takes = [t["take"] for t in told["takes"] if t["shot"] == plate["shot"]]
    assert not [n for n in assets if n.startswith("evidence/") and any(t in n for t in takes)]


def test_the_latest_answer_counts_and_a_withdrawal_is_taken_back_by_whom_it_was_said(desk, stage):
    id_ = item(desk, stage, "observation")["item"]
    desk.sign(NEAR, word(stage, id_, "withdraw"))
    with pytest.raises(Conflict):
        desk.sign(NEAR, word(stage, id_, by="Ben"))
    assert desk.sign(NEAR, word(stage, id_))["state"] == "approved"


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": "correct", "text": " "},
        {"answer": "approve", "text": "words"},
        {"by": " "},
    ],
)
def test_an_answer_that_cannot_be_is_refused(desk, stage, fields):
    with pytest.raises(BadInput):
        desk.sign(NEAR, word(stage, item(desk, stage, "observation")["item"], **fields))


def test_a_picture_has_no_words_to_correct(desk, stage):
    with pytest.raises(BadInput):
        desk.sign(NEAR, word(stage, item(desk, stage, "picture")["item"], "correct", "x"))


def test_what_is_out_of_reach_is_as_unknown_as_what_does_not_exist(desk, stage):
    id_ = item(desk, stage, "observation")["item"]
    with pytest.raises(UnknownName) as far:
        desk.sign(FAR, word(stage, id_))
    assert stage.id in str(far.value)
    assert id_ not in str(far.value)
    with pytest.raises(UnknownName):
        desk.items(FAR, stage.id)
    with pytest.raises(UnknownName):
        desk.sign(NEAR, word(stage, "0" * 32))


def test_the_latest_exit_form_of_each_person_counts(desk, stage, built):
    form = {
        "partner": "lantern",
        "shots": "plates",
        "blocked": "nothing",
        "worried": "",
        "role": "",
    }
    desk.leave(NEAR, Leaving(**form, again="yes", by="Ada"))
    desk.house.at = doubles.NOW.replace(year=doubles.NOW.year + 1)
    desk.leave(NEAR, Leaving(**form, again="not sure", by="Ada"))
    desk.leave(NEAR, Leaving(**form, again="no", by="Ben"))
    assert [(f["by"], f["again"]) for f in desk.forms(NEAR, "lantern")] == [
        ("Ada", "not sure"),
        ("Ben", "no"),
    ]
    assert [f["again"] for f in built()[0]["signoff"]["forms"]] == ["not sure", "no"]
    with pytest.raises(UnknownName):
        desk.forms(FAR, "lantern")


def test_an_exit_form_makes_the_findings_be_read_anew(desk, stage):
    before = stage.store.outline.mark("lantern", stage.id)
    desk.leave(NEAR, Leaving(partner="lantern", again="yes", shots="", blocked="", worried="",
                             by="Mo", role=""))  # fmt: skip
    assert stage.store.outline.mark("lantern", stage.id) != before


# -- which pictures are printed ------------------------------------------------------------------


def seen(take, shot="S1", recipe="a", missed=0, circled=False):
    return Seen(
        take=take, place=("P", shot), recipe=recipe, missed=missed, asked=4, circled=circled
    )


def test_a_contact_sheet_shows_circled_takes_and_each_recipe_in_turn():
    many = [seen(f"a{n}") for n in range(20)] + [seen("b0", recipe="b"), seen("c", circled=True)]
    found = contact_sheet(many)
    assert len(found) == SHEET_TAKES
    assert {"c", "b0", "a0"} <= set(found)


def test_the_gallery_shows_as_many_of_each_recipe_and_always_the_same():
    many = [seen(f"{r}{n}", recipe=r, missed=n % 5) for r in "ab" for n in range(100)]
    found = gallery(many)
    assert {len(takes) for takes in found.values()} == {WORST + DRAWN}
    assert gallery(list(reversed(many))) == {k: found[k] for k in reversed(found)}
    worst = [t for takes in found.values() for t, why in takes if why == "among the worst tenth"]
    assert all(int(t[1:]) % 5 == 4 for t in worst)
    assert not [t for takes in found.values() for t, _ in takes if int(t[1:]) % 5 == 0]


def test_twelve_thousand_takes_print_a_bounded_number_of_pictures():
    many = [
        seen(f"t{n}", shot=f"S{n % 160}", recipe=f"r{n % 16}", missed=n % 3) for n in range(12_800)
    ]
    assert len(printed(many)) <= 24 * SHEET_TAKES + 16 * (WORST + DRAWN)
