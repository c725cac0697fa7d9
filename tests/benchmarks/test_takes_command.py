"""A named person circles takes; every decision is kept, and the latest one counts."""

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.browsing.candidates import WhichTake
from benchmarks.commands import takes, time
from benchmarks.testing import doubles
from benchmarks.testing.home import lived_in
from router.console import Console
from router.domain.errors import BadInput, UnknownName

pytestmark = pytest.mark.slow
SHOT = "SQ010_SH0010"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    return root, lived_in(root, ("text_then_upscale",))


def run(home, *words, as_json=True):
    app = typer.Typer()
    takes.register(app)
    time.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home[0], json=as_json))


def listed(home, *more):
    ended = run(home, "takes", "list", "--campaign", home[1], *more)
    assert ended.exit_code == 0, ended.exception
    return json.loads(ended.stdout)["takes"]


def _count(rows, shot):
    return sum(t["shot"] == shot for t in rows)


def one(home):
    return next(t["take"] for t in listed(home, "--shot", SHOT) if t["cost_usd"])


def test_a_take_is_circled_withdrawn_and_circled_again_and_all_of_it_is_kept(home):
    take = one(home)
    said = json.loads(run(home, "circle", take, "--by", "Ines", "--note", "that one").stdout)
    assert said["decision"]["status"] == "circled"
    assert [t["take"] for t in listed(home, "--circled")] == [take]
    run(home, "circle", take, "--by", "Ada", "--withdraw")
    assert listed(home, "--circled") == []
    run(home, "circle", take, "--by", "Ines", "--role", "director")
    row = next(t for t in listed(home) if t["take"] == take)
    assert (row["decision"]["by"], row["decision"]["role"]) == ("Ines", "director")
    with studio(home[0]) as here:
        kept = here.store.decisions("lantern", home[1])
    assert [(d.by, d.status) for d in kept] == [
        ("Ines", "circled"),
        ("Ada", "withdrawn"),
        ("Ines", "circled"),
    ]


def test_only_a_named_person_decides_and_only_on_a_take_that_there_is(home):
    nameless = run(home, "circle", one(home), "--by", "  ")
    assert isinstance(nameless.exception, BadInput)
    assert nameless.exception.field == "by"
    assert run(home, "circle", one(home)).exit_code == 2
    assert isinstance(run(home, "circle", "nothing", "--by", "Ines").exception, WhichTake)
    unknown = run(home, "takes", "list", "--campaign", home[1], "--shot", "SQ999")
    assert isinstance(unknown.exception, UnknownName)


def test_what_was_never_circled_cannot_be_withdrawn(home):
    other = next(t["take"] for t in listed(home) if t["decision"] is None)
    ended = run(home, "circle", other, "--by", "Ines", "--withdraw")
    assert isinstance(ended.exception, BadInput)
    assert "is not circled" in str(ended.exception)


def test_a_chain_on_the_real_wire_pays_each_step_once_and_keeps_the_first_take(home):
    with studio(home[0]) as here:
        case = here.case(home[1])
        chained = [(t, take) for t, take in case.own_takes() if t.earlier]
        assert {take.operation for _, take in chained} == {"upscale_conservative"}
        for trial, take in chained:
            before = case.steps[trial.earlier[0]]
            assert (take.parent, before.operation) == (before.id, "text_to_image")
            assert take.media.width > before.media.width
        spent = here.router.balance("lantern", home[1])
        stopped = sum(s.value == "refused" for s in case.states.values())
        paid = sum(t.cost_musd for t in [*case.takes.values(), *case.steps.values()])
    assert (spent.spent_musd, spent.reserved_musd, stopped) == (paid, 0, 1)


def test_a_take_is_named_as_people_name_it_and_a_second_circle_says_what_it_replaces(home):
    every = listed(home)
    shot = next(s for s in sorted({t["shot"] for t in every}) if _count(every, s) > 1)
    first, second = [t for t in every if t["shot"] == shot][:2]
    run(home, "circle", first["take"], "--by", "Ana")
    name = f"{shot}_genai_v{second['version']:03d}"
    said = json.loads(run(home, "circle", name, "--by", "Ben").stdout)
    assert (said["take"], said["version"]) == (second["take"], name)
    assert (said["replaces"]["take"], said["replaces"]["by"]) == (first["take"], "Ana")
    assert said["open"] == [] or {"line", "criterion", "verdict"} <= set(said["open"][0])
    rows = {t["take"]: t for t in listed(home, "--shot", shot)}
    assert rows[first["take"]]["superseded_by"] == second["take"]
    assert [t["take"] for t in listed(home, "--circled", "--shot", shot)] == [second["take"]]
    text = run(home, "takes", "list", "--campaign", home[1], as_json=False).stdout
    assert f"circled by Ana, superseded by v{second['version']:03d}" in text
    again = json.loads(run(home, "circle", second["take"][:8], "--by", "Ben", "--withdraw").stdout)
    assert again["stands"]["take"] == first["take"]
    run(home, "circle", first["take"], "--by", "Ana", "--withdraw")


def test_what_no_take_answers_to_points_to_the_list(home):
    with pytest.raises(UnknownName):
        raise run(home, "circle", "0" * 32, "--by", "Ines").exception
    refused = run(home, "circle", f"{SHOT}_v999", "--by", "Ines").exception
    assert isinstance(refused, WhichTake)
    assert "takes list" in refused.expected
    assert f"{SHOT}_genai_v001" in refused.expected


def test_a_person_reads_who_circled_what(home):
    run(home, "circle", one(home), "--by", "Ines")
    ended = run(home, "takes", "list", "--campaign", home[1], "--circled", as_json=False)
    assert "circled by Ines" in ended.stdout


def test_minutes_are_logged_corrected_and_listed(home):
    where = ("--campaign", home[1])
    who = ("--shot", SHOT, "--role", "compositor", "--what", "masking", "--by", "Ada")
    first = json.loads(run(home, "time", "log", *where, *who, "--minutes", "30").stdout)
    run(home, "time", "correct", first["id"], *where, "--minutes", "45", "--by", "Ada")
    timer = json.loads(run(home, "time", "start", *where, *who).stdout)
    run(home, "time", "stop", timer["id"], *where, "--minutes", "10")
    listed_ = json.loads(run(home, "time", "list", *where).stdout)["entries"]
    assert sorted(e["minutes"] for e in listed_) == [10, 45]
    every = json.loads(run(home, "time", "list", *where, "--all").stdout)["entries"]
    assert len(every) == 4


def test_a_take_made_elsewhere_stands_beside_ours_with_its_maker(home, tmp_path):
    (tmp_path / "a.png").write_bytes(doubles.picture(33))
    manifest = tmp_path / "m.csv"
    head = "shot,file,label,tool,made_by,minutes,cost_usd,declared"
    manifest.write_text(f"{head}\n{SHOT},a.png,by hand,paint box,Ada,90,,yes\n")
    where = ("--campaign", home[1])
    refused = run(home, "takes", "import", str(manifest), *where)
    assert "row 2 declared" in str(refused.exception)
    ended = run(home, "takes", "import", str(manifest), *where, "--simulated")
    (row,) = json.loads(ended.stdout)["takes"]
    assert (row["source"], row["cost_usd"], row["declared"]) == ("imported", 0, True)
    assert row["take"] in {t["take"] for t in listed(home)}


def test_overruled_verdicts_are_written_for_agree(home, tmp_path):
    ended = run(home, "takes", "ratings", "--campaign", home[1], "--out", str(tmp_path))
    assert json.loads(ended.stdout)["rows"] == 0
    assert (tmp_path / "ratings.csv").read_text().startswith("item,rater,dimension,value")
