"""Judges over a campaign, end to end against the emulator's simulated judges."""

import json
import shutil
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.bootstrap import studio
from benchmarks.judgement import judged
from benchmarks.judgement.judging import Wanted
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from benchmarks.votes.opinion import vote_of
from evaluators.domain.verdict import Ruling
from router.domain.errors import BadInput, NotEntitled, UnknownName

pytestmark = pytest.mark.slow
WANTED = Wanted(criterion="The coat stays bottle green", most_pairs=2)
QWEN, MISTRAL = "judge-qwen3-vl", "judge-mistral-large-3"


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    home = tmp_path_factory.mktemp("judged")
    return home, lived_in(home, ("init_image", "init_image_alt", "style_guide"))


@pytest.fixture
def home(lived, tmp_path):
    copy = tmp_path / "home"
    shutil.copytree(lived[0], copy)
    return copy, lived[1]


def billed(home):
    lines = (home / "emulator" / "billing.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [r for r in rows if "qwen" in r["model"] or "mistral" in r["model"]]


def run(home, wanted=WANTED, **profiles):
    path, id_ = home
    file = path / "planted.json"
    file.write_text(json.dumps(profiles), encoding="utf-8")
    with studio(
        path, Wire.SIMULATED, emulator=("--instant", "--profiles", str(file)), works=False
    ) as here:
        here.open_account(id_)
        judging = here.judging()
        return judging.run(judging.lay(here.case(id_), wanted))


def test_a_plan_says_calls_and_worst_case_and_spends_nothing(home):
    with studio(home[0]) as here:
        laid = here.judging().lay(here.case(home[1]), WANTED)
        said = judged.plan(laid)
        with pytest.raises(UnknownName):
            here.judging().lay(here.case(home[1]), replace(WANTED, judges=("nobody",)))
        with pytest.raises(BadInput, match="different families"):
            here.judging().lay(here.case(home[1]), replace(WANTED, judges=(QWEN,)))
        away = replace(WANTED, judges=("judge-nova-2-lite", QWEN))
        with pytest.raises(NotEntitled):
            here.judging().lay(here.case(home[1]), away)
    assert said["calls"] == 2 * 2 * (said["pairs"] + said["controls"]) == 2 * 2 * (2 + 6)
    assert said["worst_case_usd"] > 0
    assert billed(home[0]) == []
    assert not any(word in json.dumps(said).lower() for word in ("qwen", "mistral"))


def test_judges_compare_and_pay_from_the_campaign_what_the_provider_bills(home):
    found = run(home)
    said = judged.document(found)
    assert (found.state, found.void) == ("done", "")
    assert "SIMULATED" in said["said_by"]
    assert said["comparisons"] == 2 * (2 + 6)
    assert all(c.failed == 0 == c.unanswered for a in found.accounts for c in a.controls)
    assert all(a.concordant.n == 2 for a in found.accounts)
    bills = billed(home[0])
    assert len(bills) == said["calls"]
    assert said["spend_usd"] == pytest.approx(sum(b["usd"] for b in bills), abs=2e-6 * len(bills))
    assert said["spend_usd"] <= said["worst_case_usd"]
    votes = [vote_of(c) for c in found.counted]
    assert {v.rater.startswith("judge: Emulated") for v in votes} <= {True}
    text = json.dumps(said) + judged.text(found)
    assert not any(word in text.lower() for word in ("qwen", "mistral"))


def test_a_judging_that_stopped_goes_on_and_pays_nothing_twice(home):
    with studio(home[0]) as here:
        laid_worst = here.judging().lay(here.case(home[1]), WANTED).worst_case_musd
    few = run(home, replace(WANTED, budget_musd=laid_worst // 6))
    assert few.state == "budget_reached"
    paid = len(billed(home[0]))
    assert 0 < paid < few.laid.calls
    assert sum(c.cost_musd for c in few.comparisons) <= laid_worst // 6
    whole = run(home, replace(WANTED, budget_musd=laid_worst))
    assert whole.state == "done"
    assert len(billed(home[0])) == whole.laid.calls
    assert run(home).comparisons == whole.comparisons
    assert len(billed(home[0])) == whole.laid.calls


def test_a_judge_that_obeys_writing_in_a_picture_voids_the_run(home):
    found = run(home, **{"mistral.mistral-large-3-675b-instruct": {"obeys_text": 1.0}})
    void = {a.judge: a.void for a in found.accounts}
    assert void[QWEN] == ""
    assert "obeyed writing" in void[MISTRAL]
    assert "1 of 2" in found.void
    assert (found.counted, found.ranking) == ((), None)
    assert len(found.comparisons) == 2 * (2 + 6)


def test_a_checklist_gives_every_take_a_share_and_its_verdicts_anew(home):
    path, id_ = home
    with studio(path, Wire.SIMULATED, emulator=("--instant",), works=False) as here:
        here.open_account(id_)
        looking = here.looking()
        found = looking.run(looking.lay(here.case(id_), Wanted(criterion="")))
        case = here.case(id_)
        again = looking.run(looking.lay(case, Wanted(criterion="")))
    assert found.state == "done"
    assert found.void == {}
    assert again.ballots == found.ballots
    assert len(billed(path)) == len(found.ballots) == 2 * 3 * len(found.aligned)
    for take in found.aligned:
        scores = Counter(s.metric for s in case.scored[take].scores)
        assert scores["prompt_align"] == 1
    ruled = [v for take in found.aligned for v in case.verdicts[take]]
    assert all(v.ruling is Ruling.UNSURE for v in ruled if v.metric == "judge_line")
