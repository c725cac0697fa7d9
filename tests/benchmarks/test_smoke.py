"""The smallest call of each family: its cost first, never above the budget, and what to do now."""

import json
from dataclasses import replace

import pytest

from benchmarks.bootstrap import studio
from benchmarks.running.wire import Wire
from benchmarks.smoke import asks, free
from benchmarks.smoke.run import FAMILIES, agree, of_attempt, plan, run
from benchmarks.smoke.step import State, Step
from dashboard.console import run as command
from router import catalog, settings
from router.clock import SystemClock
from router.cloud.aws import Clients
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import BadInput

CATALOGUE = catalog.load()
FIVE, TENTH = 5_000_000, 100_000
PAID = ("picture", "edit", "judge", "endpoint", "film")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose emulator reads its faults from a file that tests write."""
    root = tmp_path_factory.mktemp("home")
    agree(settings.read(root), SystemClock().now().date())
    return root


@pytest.fixture(scope="module")
def faults(home):
    path = home / "faults.json"
    path.write_text("[]", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def here(home, faults):
    words = ("--instant", "--faults", str(faults))
    with studio(home, Wire.SIMULATED, works=False, emulator=words) as opened:
        yield opened


def planted(faults, *rows):
    faults.write_text(json.dumps(list(rows)), encoding="utf-8")


def taken(here, budget=FIVE, **options):
    """Plan and run; gives what came of it by family, and the account."""
    test = plan(here, budget, **options)
    ends = {e.step.family: e for e in run(test, lambda _: None)}
    return ends, test


def billed(home):
    ledger = home / "emulator" / "billing.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return sum(json.loads(line)["usd"] for line in lines)


def spent(here, test):
    return here.router.balance("smoke", test.account)


# --- what is asked, from the catalogue alone ---------------------------------------------------


@pytest.mark.parametrize("wish", [*asks.WISHES, asks.JUDGE], ids=lambda w: w.family)
def test_each_family_asks_the_cheapest_live_model_of_its_kind(wish):
    chosen = asks.choose(CATALOGUE, wish)
    assert chosen.dialect == wish.dialect
    dearer = [
        m
        for m in CATALOGUE.values()
        if m.dialect == wish.dialect
        and set(m.operations) & set(wish.operations)
        and m.lifecycle.status.value != "retired"
    ]
    assert all(asks._price(chosen) <= asks._price(m) for m in dearer)


def test_the_same_order_is_the_same_request_and_the_next_number_another():
    wish = asks.WISHES[0]
    model = asks.choose(CATALOGUE, wish)
    order = asks.Order(account="aws:smoke-1")
    again = asks.Order(account="aws:smoke-1", number=1)
    first = asks.request(wish, model, None, order)
    assert first == asks.request(wish, model, None, order)
    assert first.id != asks.request(wish, model, None, again).id


def test_the_film_is_the_shortest_at_the_lowest_resolution():
    wish = next(w for w in asks.WISHES if w.family == "film")
    model = asks.choose(CATALOGUE, wish)
    asked = asks.request(wish, model, None, asks.Order(account="aws:smoke-1"))
    assert (asked.seconds, asked.resolution) == (5, "540p")
    assert asks.worst_musd(model, asked) == 3_750_000


def test_the_partner_is_written_once_and_is_a_sound_one(tmp_path):
    here = settings.read(tmp_path)
    day = SystemClock().now().date()
    written = agree(here, day)
    assert written is not None
    assert agree(here, day) is None
    assert command(["--home", str(tmp_path), "partners", "check"]) == 0


def test_a_key_that_is_not_there_fails_and_one_that_is_passes(s3, monkeypatch, tmp_path):
    import boto3

    words = {"region_name": "us-west-2", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    kms = boto3.client("kms", endpoint_url=s3.endpoint, **words)
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/smoked/smoke", TargetKeyId=made)
    for name, value in (
        ("AWS_ENDPOINT_URL_KMS", s3.endpoint),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_REGION", "us-west-2"),
    ):
        monkeypatch.setenv(name, value)

    def of(key):
        known = replace(settings.read(tmp_path), kms_key=key)
        steps = free.steps(Clients(), known, simulated=False)
        return next(take() for step, take in steps if step.family == "keys")

    assert of("alias/smoked/{partner}").state is State.PASS
    failed = of("alias/nobodys/{partner}")
    assert failed.state is State.FAIL
    assert "Partner=smoke" in failed.todo
    assert of(None).state is State.SKIPPED


# --- on the emulator ---------------------------------------------------------------------------


@pytest.mark.slow
def test_every_family_passes_once_and_a_second_run_pays_for_nothing(here, home, faults):
    planted(faults)
    before = billed(home)
    ends, test = taken(here, again=True)
    assert [e.state for e in ends.values() if e.step.family in PAID] == [State.PASS] * 5
    assert all(ends[f].simulated for f in (*PAID, "bucket"))
    assert {ends["identity"].state, ends["keys"].state} == {State.SKIPPED}
    first = billed(home) - before
    assert spent(here, test).spent_musd == sum(e.cost_musd for e in ends.values())
    assert first == pytest.approx(spent(here, test).spent_musd / 1e6, abs=1e-6)
    assert first <= 5
    more, same = taken(here)
    assert same.account == test.account
    assert all(more[f].state is State.PASS and more[f].kept for f in PAID)
    assert billed(home) - before == pytest.approx(first)


@pytest.mark.slow
def test_a_budget_too_small_for_a_family_skips_it_and_says_so(here, faults):
    planted(faults)
    ends, test = taken(here, TENTH, again=True)
    assert ends["film"].state is State.SKIPPED
    assert "can cost 3.75" in ends["film"].said
    assert "--budget" in ends["film"].todo
    assert ends["picture"].state is State.PASS
    assert spent(here, test).spent_musd <= TENTH
    more, larger = taken(here, FIVE, families=["film"])
    assert larger.account == test.account
    assert more["film"].state is State.PASS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        ("no_access", "Model access"),
        ("legacy", "Model access"),
        ("eol", "models refresh"),
        ("quota", "models quotas"),
        ("validation", "catalogue's row"),
        ("filter_prompt", "declined"),
    ],
)
def test_what_goes_wrong_says_what_to_do_and_the_same_command_goes_on(here, faults, fault, remedy):
    planted(faults, {"model": "stability.stable-image-core-v1:1", "fault": fault, "count": -1})
    ends, test = taken(here, families=["picture"], again=True)
    assert ends["picture"].state is State.FAIL
    assert remedy in ends["picture"].todo
    balance = spent(here, test)
    assert (balance.spent_musd, balance.reserved_musd) == (0, 0)
    planted(faults)
    more, same = taken(here, families=["picture"])
    assert same.account == test.account
    assert more["picture"].state is State.PASS


@pytest.mark.slow
def test_a_region_without_the_model_is_said_before_anything_is_sent(here, home, faults):
    planted(faults)
    before = billed(home)
    ends, _ = taken(here, families=["picture", "judge"], regions=["eu-central-1"], again=True)
    assert {e.state for e in ends.values()} == {State.FAIL}
    assert all("--region" in e.todo and "us-west-2" in e.said for e in ends.values())
    assert billed(home) == before


@pytest.mark.parametrize(
    ("code", "state"), [("no_endpoint", State.SKIPPED), ("job_failed", State.FAIL)]
)
def test_an_endpoint_that_nobody_deployed_is_skipped_and_one_that_fails_is_a_fault(code, state):
    step = Step(family="endpoint", what="a picture", proves="it", worst_musd=50_000)
    failed = Attempt(
        partner="smoke",
        id="a",
        request="r",
        number=0,
        account="aws:smoke-1",
        model="flux-kontext-endpoint",
        region="us-west-2",
        state=AttemptState.FAILED,
        token="a",
        code=code,
        reason="Endpoint not found",
    )
    ended = of_attempt(step, failed)
    assert ended.state is state
    assert ended.todo


@pytest.mark.slow
def test_an_answer_that_was_lost_is_paid_once_and_never_asked_again(here, home, faults):
    row = {"model": "stability.stable-image-core-v1:1", "fault": "drop_after", "count": -1}
    planted(faults, row)
    before = billed(home)
    _, test = taken(here, TENTH, families=["picture"], again=True)
    once = billed(home) - before
    assert once == pytest.approx(0.04)
    balance = spent(here, test)
    assert balance.spent_musd + balance.reserved_musd <= TENTH
    planted(faults)
    taken(here, TENTH, families=["picture"])
    assert billed(home) - before == pytest.approx(once)


@pytest.mark.slow
def test_a_throttled_model_is_asked_with_patience_and_then_said(here, faults):
    planted(
        faults, {"model": "stability.stable-fast-upscale-v1:0", "fault": "throttle", "count": 2}
    )
    ends, _ = taken(here, families=["edit"], again=True)
    assert ends["edit"].state is State.PASS


# --- the door ----------------------------------------------------------------------------------


def test_a_budget_is_needed_and_a_script_must_say_that_it_pays(tmp_path, capsys):
    home = ["--home", str(tmp_path)]
    assert command([*home, "aws", "smoke"]) == 2
    assert command([*home, "--json", "aws", "smoke", "--budget", "5"]) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["field"] == "--yes"


@pytest.mark.slow
def test_a_family_or_a_budget_that_cannot_be_is_refused_with_what_can(here):
    with pytest.raises(BadInput, match="film"):
        plan(here, FIVE, families=["cinema"])
    with pytest.raises(BadInput, match="100"):
        plan(here, 101_000_000)
    assert set(PAID) < set(FAMILIES)
