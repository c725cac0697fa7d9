"""Takes made elsewhere stand beside ours: flagged, judged, never billed, compared when declared."""

import csv

import pytest

from benchmarks.importing import COLUMNS, Importer
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.document import Imprint, document
from benchmarks.views.pictures import Album
from router.domain.errors import BadInput
from router.domain.mistake import BadFile
from router.domain.take import Source

SHOTS = ("SQ010_SH0010", "SQ010_SH0020")


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.finish("init_image", "init_image_alt", takes=1)
    yield stage
    stage.engine.dispose()


def importer(stage):
    return Importer(
        store=stage.store,
        router=stage.router,
        media=stage.media,
        judge=stage.judge,
        rule=doubles.rule,
        clock=stage.clock,
    )


def manifest(folder, rows, header=COLUMNS):
    for n, level in enumerate((30, 60), start=1):
        (folder / f"hand{n}.png").write_bytes(doubles.picture(level))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    path = folder / "hand.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def row(n=1, shot=SHOTS[0], declared="yes", **changed):
    given = dict(
        zip(
            COLUMNS,
            (shot, f"hand{n}.png", "by hand", "paint box", "Ada", "95", "120.50", declared),
            strict=True,
        )
    )
    return list((given | changed).values())


def bring(stage, tmp_path, rows, *, simulated=True):
    path = manifest(tmp_path, rows)
    return importer(stage).bring("lantern", stage.id, path, simulated=simulated)


def test_a_declared_take_is_compared_flagged_and_costs_us_nothing(stage, tmp_path):
    before = stage.router.balance("lantern", stage.id).spent_musd
    bring(stage, tmp_path, [row(1), row(2, SHOTS[1])])
    case = stage.case()
    guests = [case.takes[t] for t in case.guests]
    assert {t.source for t in guests} == {Source.IMPORTED}
    assert {t.cost_musd for t in guests} == {0}
    assert stage.router.balance("lantern", stage.id).spent_musd == before
    assert all("imported" in case.scored[t].flags for t in case.guests)
    assert all(case.verdicts[t] for t in case.guests)
    assert {t.recipe for t, _ in case.own_takes()} >= {"elsewhere: by hand"}


def test_an_undeclared_take_is_shown_and_judged_and_never_compared(stage, tmp_path):
    bring(stage, tmp_path, [row(declared="no")], simulated=False)
    case = stage.case()
    (take,) = case.guests
    assert case.verdicts[take]
    assert take not in {t.id for _, t in case.own_takes()}


def test_a_real_take_is_never_compared_with_simulated_ones(stage, tmp_path):
    with pytest.raises(BadFile, match="row 2 declared") as raised:
        bring(stage, tmp_path, [row()], simulated=False)
    assert "never compared with simulated" in str(raised.value)
    assert stage.case().guests == {}


def test_stand_ins_do_not_come_into_a_real_campaign(tmp_path):
    stage = Stage(tmp_path / "real")
    planned = stage.plan("init_image", takes=1, simulated=False)
    stage.store.add(planned, stage.files)
    stage.id = planned.campaign.id
    with pytest.raises(BadInput, match="stand-ins"):
        bring(stage, tmp_path, [row()])
    stage.engine.dispose()


def test_every_bad_row_is_named_with_its_number_and_nothing_comes_in(stage, tmp_path):
    rows = [
        row(),
        row(shot="SQ999"),
        row(2, minutes="soon"),
        row(2, declared="perhaps"),
        row(2, file="missing.png"),
        row(2, file="broken.png"),
        row(2, cost_usd="nan"),
        row(2, made_by=""),
        row(2, label="=cmd()"),
        row(),
        ["too", "short"],
    ]
    with pytest.raises(BadFile) as raised:
        bring(stage, tmp_path, rows)
    told = [(m.line, m.field.split()[-1]) for m in raised.value.mistakes]
    assert told == [
        (3, "shot"),
        (4, "minutes"),
        (5, "declared"),
        (6, "file"),
        (7, "file"),
        (8, "cost_usd"),
        (9, "made_by"),
        (10, "label"),
        (11, "file"),
        (12, "12"),
    ]
    assert stage.case().guests == {}


@pytest.mark.parametrize("header", [COLUMNS[:-1], (*COLUMNS, "price"), ()])
def test_other_columns_are_refused(stage, tmp_path, header):
    path = manifest(tmp_path, [], header)
    with pytest.raises(BadInput, match="columns"):
        importer(stage).bring("lantern", stage.id, path, simulated=True)


def test_an_empty_manifest_is_refused(stage, tmp_path):
    with pytest.raises(BadInput, match="0 rows"):
        bring(stage, tmp_path, [])


def test_bringing_the_same_manifest_twice_changes_nothing(stage, tmp_path):
    first = bring(stage, tmp_path, [row(1), row(2)])
    judged = len(stage.judged)
    again = bring(stage, tmp_path, [row(1), row(2)])
    assert first == again
    assert len(stage.judged) == judged
    assert [g.number for g in first] == [1, 2]


def test_the_report_tells_who_made_it_and_never_calls_it_ours(stage, tmp_path, darkroom):
    bring(stage, tmp_path, [row(1), row(2, SHOTS[1])])
    album = Album(media=stage.media, darkroom=darkroom)
    imprint = Imprint(
        title="t",
        now=doubles.NOW,
        code_version="1",
        generated_by="g",
        reproduce="r",
        fictional=("lantern",),
    )
    told, _ = document([stage.case()], stage.catalogue, album, imprint)
    assert [(g["made_by"], g["minutes"], g["cost_usd"]) for g in told["elsewhere"]] == [
        ("Ada", 95.0, 120.5)
    ] * 2
    assert "elsewhere: by hand" not in {r["recipe"] for r in told["recipes"]}
    spent = sum(t["cost_usd"] for t in told["takes"])
    assert spent == pytest.approx(told["campaigns"][0]["spend_usd"])
    arms = {a["recipe"] for c in told["comparisons"] for a in c["arms"]}
    assert "elsewhere: by hand" in arms
    assert not any("elsewhere" in sentence for sentence in told["answer"])
