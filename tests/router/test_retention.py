"""Nothing is sent where it may be kept for longer than partner and pack allow."""

import itertools
from dataclasses import replace

import pytest

from router import catalog
from router.admission import gate, matching, retention
from router.admission.rules import HouseRules
from router.cloud.account import FRESH_S, LAST_S, Account
from router.cloud.aws import Clients, Endpoint
from router.domain.attempt import AttemptState
from router.domain.errors import NotEntitled, Unreachable
from router.domain.model import Keeps, Lifecycle, LifecycleStatus, Retention
from router.testing.asking import TODAY, clearance, partner, request
from router.testing.doubles import FakeClock, ScriptedBackend
from router.testing.doubles import partner as house_partner
from router.testing.doubles import request as house_request
from router.testing.emulator import running_emulator
from router.testing.routing import STILL, open_router

MODEL = catalog.load()["stable-image-core"]
SERVICE = catalog.load()["stability-erase"]
NONE, MONTH, UNKNOWN = (
    Retention(keeps=keeps, source="test")
    for keeps in (Keeps.NONE, Keeps.UP_TO_30_DAYS, Keeps.UNKNOWN)
)
PASS, STOP = True, False
# terms, the account's mode, what partner and pack allow → may it be sent?
TABLE = [
    (NONE, "inherit", "none", "", PASS),
    (NONE, "default", "none", "", PASS),
    (NONE, "none", "none", "", PASS),
    (NONE, "aws_review", "none", "", STOP),
    (NONE, "provider_data_share", "up_to_30_days", "", STOP),
    (NONE, "a-mode-of-next-year", "up_to_30_days", "", STOP),
    (NONE, None, "none", "", PASS),
    (MONTH, "inherit", "none", "", STOP),
    (MONTH, "inherit", "up_to_30_days", "", PASS),
    (MONTH, "inherit", "up_to_30_days", "none", STOP),
    (MONTH, "inherit", "none", "up_to_30_days", STOP),
    (MONTH, "inherit", "up_to_30_days", "up_to_30_days", PASS),
    (MONTH, "none", "up_to_30_days", "", STOP),
    (MONTH, None, "none", "", STOP),
    (MONTH, None, "up_to_30_days", "", PASS),
    (UNKNOWN, "inherit", "up_to_30_days", "", STOP),
    (UNKNOWN, "none", "none", "", PASS),
    (UNKNOWN, None, "none", "", PASS),
]


def sent(model, mode, partners, packs):
    who, consent = partner(data_retention=partners), clearance(data_retention=packs)
    operation = model.operations[0]
    gate.check(
        who,
        model,
        request(model, operation, clearance=consent),
        today=TODAY,
        runnable_dialects=(model.dialect,),
        modes=None if mode is None else lambda _region: mode,
    )


@pytest.mark.parametrize(("terms", "mode", "partners", "packs", "passes"), TABLE)
def test_terms_mode_and_permission_decide_together(terms, mode, partners, packs, passes):
    model = replace(MODEL, retention=terms)
    if passes:
        sent(model, mode, partners, packs)
        return
    with pytest.raises(NotEntitled) as caught:
        sent(model, mode, partners, packs)
    assert caught.value.field == "data_retention"
    assert model.key not in str(caught.value)
    assert mode is None or mode in str(caught.value)


def test_the_refusal_says_whose_word_it_is():
    model = replace(MODEL, retention=MONTH)
    with pytest.raises(NotEntitled, match="as the pack says"):
        sent(model, "inherit", "up_to_30_days", "none")


def test_behind_a_profile_the_mode_of_every_region_counts():
    asked = request(SERVICE, "erase")
    modes = {"us-west-2": "none", "us-east-1": "none", "us-east-2": "provider_data_share"}
    with pytest.raises(NotEntitled, match="us-east-2 is provider_data_share"):
        gate.check(
            partner(),
            SERVICE,
            asked,
            today=TODAY,
            runnable_dialects=(SERVICE.dialect,),
            modes=modes.__getitem__,
        )


def test_an_account_has_no_say_over_endpoints_of_ones_own():
    endpoint = catalog.load()["flux-kontext-endpoint"]
    assert not retention.is_governed(endpoint)
    who, consent = partner(), clearance()
    retention.check(who, endpoint, consent, endpoint.regions, lambda _: pytest.fail("asked"))


ALLOWING = {
    "region": ({"regions": ("eu-west-1",)}, {"regions": ("eu-west-1",)}),
    "provider": ({"providers": ("luma",)}, {"providers": ("luma",)}),
    "data_retention": ({"data_retention": "none"}, {"data_retention": "none"}),
}
KEEPER = replace(MODEL, retention=MONTH)


@pytest.mark.parametrize(
    ("field", "whose"), list(itertools.product(ALLOWING, ("partner", "pack", "both", "nobody")))
)
def test_each_list_of_partner_and_pack_is_held_alone_and_together(field, whose):
    by_partner, by_pack = ALLOWING[field]
    open_handed = {"data_retention": "up_to_30_days"}
    who = partner(**(open_handed | (by_partner if whose in {"partner", "both"} else {})))
    consent = clearance(**(by_pack if whose in {"pack", "both"} else {}))
    asked = request(KEEPER, "text_to_image", clearance=consent)
    found = gate.refusals(
        who,
        KEEPER,
        asked,
        today=TODAY,
        runnable_dialects=(KEEPER.dialect,),
        modes=lambda _region: "inherit",
    )
    assert [r.field for r in found] == ([] if whose == "nobody" else [field])


def test_everything_that_forbids_a_call_is_told_at_once():
    dead = Lifecycle(status=LifecycleStatus.RETIRED)
    model = replace(KEEPER, lifecycle=dead)
    consent = clearance(permitted=(), regions=("us-west-2",), data_retention="none")
    who = partner(providers=("luma",))
    found = gate.refusals(
        who,
        model,
        request(model, "text_to_image", clearance=consent),
        today=TODAY,
        runnable_dialects=(model.dialect,),
        modes=lambda _region: "inherit",
    )
    assert [r.field for r in found] == [
        "lifecycle",
        "clearance.permitted",
        "provider",
        "data_retention",
    ]


def test_a_match_says_why_a_model_that_keeps_data_cannot():
    need = matching.Need(operations=("text_to_image",))
    asker = matching.Asker(
        partner=partner(),
        clearance=clearance(),
        today=TODAY,
        runnable_dialects=("bedrock_invoke",),
        modes=lambda _region: "default",
    )
    unsure = replace(MODEL, key="unsure", retention=UNKNOWN)
    matched = matching.match(need, {KEEPER.key: KEEPER, "unsure": unsure}, asker)
    assert [u.code for u in matched.cannot] == ["data_retention"] * 2
    offline = matching.match(need, {"unsure": unsure}, replace(asker, modes=None))
    assert "data-retention mode is none" in offline.can[0].notes[0]


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("account"), instant=True) as emulator:
        yield emulator


def account(emulator, **changes):
    place = Endpoint(
        bedrock_url=changes.get("url", emulator.endpoint),
        s3_url=emulator.endpoint,
        access_key=emulator.access_key,
        secret_key=emulator.secret_key,
        bucket=emulator.bucket,
    )
    return Account(clients=Clients(place), clock=FakeClock())


def test_the_mode_of_an_account_is_read_region_by_region(emulated):
    found = account(emulated)
    assert found.data_retention("us-west-2") == "inherit"
    emulated.client("bedrock", region_name="us-east-1").put_account_data_retention(mode="none")
    assert found.data_retention("us-east-1") == "none"
    assert found.data_retention("us-west-2") == "inherit"
    client = emulated.client("bedrock")
    with pytest.raises(client.exceptions.ValidationException, match="enum value set"):
        client.put_account_data_retention(mode="for_ever")


def test_a_reading_is_asked_for_again_and_ends_where_it_cannot_be(emulated):
    found = account(emulated)
    client = emulated.client("bedrock")
    client.put_account_data_retention(mode="default")
    assert found.data_retention("us-west-2") == "default"
    client.put_account_data_retention(mode="none")
    assert found.data_retention("us-west-2") == "default"
    found.clock.sleep(FRESH_S)
    assert found.data_retention("us-west-2") == "none"
    found.clients = account(emulated, url="http://127.0.0.1:9").clients
    found.clock.sleep(FRESH_S)
    assert found.data_retention("us-west-2") == "none"
    found.clock.sleep(LAST_S)
    with pytest.raises(Unreachable):
        found.data_retention("us-west-2")


def silent(region):
    raise Unreachable(field=f"Bedrock in {region}", found="nothing", expected="an answer")


@pytest.mark.parametrize(
    ("modes", "state", "code"),
    [
        (lambda _region: "provider_data_share", AttemptState.FAILED, "not_entitled"),
        (silent, AttemptState.PARKED, "unreachable"),
        (lambda _region: "none", AttemptState.SETTLED, ""),
    ],
    ids=["shared", "silent", "none"],
)
def test_no_paid_call_is_made_before_the_account_has_said_how_it_keeps(
    tmp_path, modes, state, code
):
    backend, clock = ScriptedBackend(script=lambda _call, _n: None), FakeClock()
    governed = replace(STILL, dialect="bedrock_invoke")
    router = open_router(
        tmp_path,
        {"bedrock_invoke": backend},
        clock=clock,
        models=(governed,),
        partners=(house_partner(),),
        cap_musd=10**8,
        rules=HouseRules(clock=clock, runnable_dialects=("bedrock_invoke",), modes=modes),
    )
    (accepted,) = router.submit([house_request()])
    ended = router.advance("north_light", accepted.id)
    assert (ended.state, ended.code) == (state, code)
    assert len(backend.sends) == (state is AttemptState.SETTLED)
    assert router.balance("north_light", "c1").reserved_musd == 0
