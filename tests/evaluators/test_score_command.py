"""`circletake score`, asked as a person asks it."""

import json

import pytest
import typer

from evaluators.commands import score
from router import console
from router.domain.errors import PlatformError


@pytest.fixture
def ask(capsys):
    app = typer.Typer()

    @app.callback()
    def front(context: typer.Context, as_json: bool = typer.Option(False, "--json")):
        context.obj = console.Console(json=as_json)

    score.register(app)

    def run(*words):
        try:
            code = app(console.arranged([str(w) for w in words]), standalone_mode=False) or 0
        except typer.Exit as leaving:
            code = leaving.exit_code
        except PlatformError as error:
            return error.exit_code, str(error)
        return code, capsys.readouterr().out

    return run


def test_one_take_is_one_object(ask, put, person):
    take = put("a.png", person)
    code, out = ask("score", take, "--metrics", "spec_checks", "tech", "--json")
    body = json.loads(out)
    assert (code, body["take"], body["row"]) == (0, str(take), 0)
    assert {s["metric"].partition(".")[0] for s in body["scores"]} == {"spec_checks", "tech"}


def test_several_takes_are_an_array_in_the_order_asked(ask, put, person, cat):
    takes = [put("a.png", person), put("b.png", cat)]
    code, out = ask("score", *takes, "--metrics", "spec_checks", "--json")
    assert code == 0
    assert [b["take"] for b in json.loads(out)] == [str(t) for t in takes]


def test_an_unreadable_take_is_bad_news_and_the_others_are_measured(ask, put, person, tmp_path):
    text = tmp_path / "a.png"
    text.write_text("no picture")
    good = put("b.png", person)
    code, out = ask("score", text, good, "--metrics", "spec_checks", "--json")
    assert code == 1
    assert [b["scores"][0]["status"] for b in json.loads(out)] == ["failed", "measured"]


def test_a_manifest_becomes_one_line_a_take(ask, put, person, tmp_path):
    put("a.png", person)
    (tmp_path / "m.csv").write_text(
        'take,plate,spec\na.png,a.png,"{""width"": 9}"\nnone.png,,\na.png,,\n'
    )
    out_file = tmp_path / "o.jsonl"
    names = ["--metrics", "spec_checks", "colour_match", "--workers", 0]
    code, out = ask("score", "--manifest", tmp_path / "m.csv", "--out", out_file, *names, "--json")
    assert code == 1
    assert json.loads(out) == {"rows": 3, "measured": 2, "failed": 1, "out": str(out_file)}
    rows = [json.loads(text) for text in out_file.read_text().splitlines()]
    assert [r["row"] for r in rows] == [0, 1, 2]
    assert [r["take"] for r in rows] == ["a.png", "none.png", "a.png"]
    assert rows[0]["flags"] == ["duplicate"]
    code, out = ask("score", "--manifest", tmp_path / "m.csv", *names)
    assert [json.loads(text) for text in out.splitlines()] == rows


def test_what_is_measured_over_several_takes_follows_the_rows(ask, put, person, tmp_path):
    put("a.png", person)
    put("b.png", person[:, ::-1])
    (tmp_path / "m.csv").write_text(
        "take,refs,character,kind,shot,sequence,order\n"
        "a.png,a.png,mara,person,S1,Q1,1\n"
        "b.png,a.png,mara,person,S2,Q1,2\n"
        "a.png,a.png,iven,person,S1,Q1,1\n"
    )
    said = ["--metrics", "id_ref", "--workers", 0]
    code, out = ask("score", "--manifest", tmp_path / "m.csv", *said)
    *rows, group = [json.loads(text) for text in out.splitlines()]
    assert (code, [r["row"] for r in rows]) == (0, [0, 1, 2])
    assert group["group"] == {"character": "mara", "sequence": "Q1"}
    assert group["rows"] == [0, 1]
    by_name = {s["metric"]: s for s in group["scores"]}
    assert by_name["xshot_id"]["value"] > 0.8
    assert by_name["xshot_id"]["evidence"]["worst"]["shots"] == ["S1", "S2"]
    assert by_name["xshot_id.slope"]["status"] == "not_measured"


def test_a_person_reads_a_table(ask, put, person):
    take = put("a.png", person)
    code, out = ask("score", take, "--metrics", "spec_checks", "temporal")
    assert code == 0
    assert "spec_checks.passed" in out
    assert "lower is better" not in out.splitlines()[1]
    assert "not applicable: a still picture" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score"], "TAKE"),
        (["score", "none.png"], "none.png"),
        (["score", "{take}", "--kind", "ghost"], "person"),
        (["score", "{take}", "--spec", "{"], "JSON object"),
        (["score", "{take}", "--plate", "none.png"], "plate"),
        (["score", "{take}", "--metrics", "vmaf"], "spec_checks"),
        (["score", "{take}", "--out", "o.jsonl"], "manifest"),
        (["score", "{take}", "--manifest", "m.csv"], "manifest"),
        (["score", "--manifest", "none.csv"], "none.csv"),
    ],
)
def test_asked_wrongly_is_said_with_what_would_be_right(ask, put, person, words, said):
    take = put("a.png", person)
    code, text = ask(*[w.replace("{take}", str(take)) for w in words])
    assert code == 2
    assert said in text
