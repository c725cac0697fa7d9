"""Who gets in, who does not, and that nobody can tell why."""

import json
import stat
import statistics
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from router.access import key as text
from router.access import pepper
from router.access.rules import OF_THE_HOUSE
from router.domain.access import HOUSE
from router.domain.caller import GRANTED, Role, Scope
from router.domain.errors import BadInput, Broken
from router.store import access
from router.store.database import reading
from router.store.tables import access_keys, holders
from router.testing.access import Asking, house
from router.testing.doubles import settings


def garbled(key):
    return key[:-1] + ("0" if key[-1] != "0" else "1")


def other_secret(key):
    """The right id and a right checksum, with another secret."""
    shown = text.read(key)
    return replace(shown, secret=text.mint("beta").secret).text


def revoked(here, key):
    here.desk.keys.revoke(here.machine, text.read(key).id)
    return key


BAD_KEYS = {
    "none": lambda here, clock: None,
    "empty": lambda here, clock: "",
    "not-a-key": lambda here, clock: "let me in",
    "garbled": lambda here, clock: garbled(here.key()),
    "unknown": lambda here, clock: text.mint("beta").text,
    "other-secret": lambda here, clock: other_secret(here.key()),
    "expired": lambda here, clock: (here.key(days=1), clock.sleep(86_400))[0],
    "revoked": lambda here, clock: revoked(here, here.key()),
    "wrong-environment": lambda here, clock: text.mint("prod").text,
    "a-session-of-nobody": lambda here, clock: "cs_e30.e30",
}


@pytest.mark.parametrize("why", BAD_KEYS)
@pytest.mark.parametrize("row", ["row39"])
def test_every_key_that_is_not_in_force_gets_the_same_answer(row, why, here, ask, clock):
    answer = ask("GET", "/v1/me", BAD_KEYS[why](here, clock))
    body = answer.json()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    body.pop("request_id")
    assert body == {
        "type": "about:blank",
        "title": "Nobody that is known here",
        "status": 401,
        "detail": "Authorization: found none that is in force; expected a key or session in force,"
        " as `Authorization: Bearer …`",
        "code": "not_known",
        "field": "Authorization",
        "found": "none that is in force",
        "expected": "a key or session in force, as `Authorization: Bearer …`",
        "errors": [],
    }


def test_row39_a_key_made_in_another_environment_opens_nothing_on_the_same_database(
    engine, home, clock, portal
):
    live = house(engine, home, clock, here={"environment": "live"})
    beta = house(engine, home, clock)
    key = live.key()
    assert Asking(portal, live.app)("GET", "/v1/me", key).status_code == 200
    assert Asking(portal, beta.app)("GET", "/v1/me", key).status_code == 401
    relabelled = replace(text.read(key), environment="beta").text
    assert Asking(portal, beta.app)("GET", "/v1/me", relabelled).status_code == 401


def test_row39_the_key_of_a_partner_that_is_served_no_more_opens_nothing(
    engine, home, clock, portal
):
    before = house(engine, home, clock)
    key = before.key("lamplight")
    after = house(engine, home, clock, partners=("north_light",))
    assert Asking(portal, before.app)("GET", "/v1/me", key).status_code == 200
    assert Asking(portal, after.app)("GET", "/v1/me", key).status_code == 401


def test_row39_a_key_is_of_no_use_with_another_pepper(engine, tmp_path, clock, portal):
    key = house(engine, tmp_path / "one", clock).key()
    other = house(engine, tmp_path / "two", clock)
    assert Asking(portal, other.app)("GET", "/v1/me", key).status_code == 401


def test_row39_failures_are_recorded_without_what_was_shown(here, ask):
    shown = text.mint("beta")
    ask("GET", "/v1/me", shown.text)
    caller, partner, event, ids = here.notes.said[-1]
    assert (caller, partner, event, dict(ids)) == (
        "nobody",
        None,
        "not_known",
        {"address": "203.0.113.7"},
    )


def test_a_key_in_force_is_its_partners_and_nobody_elses(here, ask):
    body = ask("GET", "/v1/me", here.key("lamplight")).json()
    assert (body["reads"], body["looks"]) == (["lamplight"], ["lamplight"])
    assert (body["role"], body["scopes"]) == ("partner_member", ["read", "submit"])


@pytest.mark.parametrize(
    ("role", "reads"),
    [(Role.INTERNAL_ANALYST, []), (Role.BETA_LEAD, ["lamplight", "north_light"])],
)
def test_without_a_grant_the_house_sees_no_picture_and_an_analyst_only_what_is_told_of_all(
    here, ask, role, reads
):
    body = ask("GET", "/v1/me", here.key(HOUSE, role)).json()
    assert (body["reads"], body["looks"]) == (reads, [])
    assert body["pools"] == ["lamplight", "north_light"]


def test_links_of_a_revoked_key_or_of_somebody_whose_grant_ended_are_void_at_once(here, clock):
    key, analyst = here.key(), text.read(here.key(HOUSE, Role.INTERNAL_ANALYST)).id
    mine, knows = text.read(key).id, here.doorkeeper.knows
    assert [knows(mine, "north_light"), knows(analyst, "north_light")] == [True, False]
    grant = here.desk.grants.give(
        here.machine,
        "north_light",
        who=analyst,
        reason="looks at a fault",
        until=clock.now() + timedelta(days=1),
    )
    assert [knows(analyst, p) for p in ("north_light", "lamplight", "-")] == [True, False, True]
    here.desk.grants.end(here.machine, grant.id)
    revoked(here, key)
    assert not any(knows(i, p) for i in (mine, analyst, "owner") for p in ("north_light", "-"))


def test_a_picture_is_marked_with_the_name_of_whoever_looks(here):
    """Also of a key that is over: what was looked at keeps its name."""
    key = here.key(name="Northlight grading")
    id_, name_of = text.read(key).id, here.doorkeeper.name_of
    lead = text.read(here.key(HOUSE, name="Ops")).id
    assert [name_of(id_), name_of(lead)] == ["Northlight grading", "Ops"]
    revoked(here, key)
    assert name_of(id_) == "Northlight grading"
    assert name_of("nobody") == "nobody"


def test_a_revoked_key_is_out_with_the_next_call(here, ask):
    key = here.key()
    assert ask("GET", "/v1/me", key).status_code == 200
    revoked(here, key)
    assert ask("GET", "/v1/me", key).status_code == 401


def test_the_secret_of_a_key_is_nowhere_in_the_database(here, engine):
    secret = text.read(here.key()).secret
    with reading(engine, "north_light") as connection:
        key, digest, _ = access.key(
            connection, "north_light", here.desk.keys.list(here.machine)[0].id
        )
    everything = f"{key} {digest}"
    assert secret not in everything
    assert digest == text.digest(here.ground.pepper, secret)
    with reading(engine, "north_light") as connection:
        dump = [connection.execute(t.select()).all() for t in (access_keys, holders)]
    assert key.id in str(dump)
    assert secret not in str(dump)


def test_a_key_is_shown_once(here, ask):
    lead = here.key(HOUSE)
    made = ask("POST", "/v1/keys", lead, json={"partner": "lamplight", "name": "farm"}).json()
    listed = ask("GET", "/v1/keys", lead)
    assert text.read(made["key"]).id == made["id"]
    assert text.read(made["key"]).secret not in listed.text
    assert made["id"] in {key["id"] for key in listed.json()["keys"]}


def test_when_a_key_was_used_is_known_to_within_minutes(here, ask, clock):
    key, times = here.key(), []
    for seconds in (0, 60, 300):
        clock.sleep(seconds)
        ask("GET", "/v1/me", key)
        times.append(here.desk.keys.list(here.machine)[0].last_used)
    assert times == [times[0], times[0], times[0] + timedelta(seconds=360)]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_row38_a_key_ends_by_the_clock_here_whatever_the_maker_believed(
    engine, home, clock, portal, minutes
):
    """One machine's clock is ten minutes off: a key is at most so much longer or shorter."""
    maker = house(engine, home, clock)
    key = maker.key(days=1)
    clock.sleep(86_400 + 60 * minutes)
    answer = Asking(portal, maker.app)("GET", "/v1/me", key)
    assert answer.status_code == (200 if minutes < 0 else 401)


@pytest.mark.parametrize("days", [0, 91, -1])
def test_no_key_lives_longer_than_ninety_days(here, days):
    with pytest.raises(BadInput, match="1 to 90"):
        here.key(days=days)


CALLS = {
    Scope.READ: ("GET", "/v1/me"),
    Scope.MANAGE: ("GET", "/v1/people"),
    Scope.LEAD: ("POST", "/v1/grants"),
}


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.OWNER])
@pytest.mark.parametrize("scope", CALLS)
def test_row59_a_route_asks_for_its_scope_and_nobody_has_more_than_the_role(here, ask, role, scope):
    """A lead has every scope here, and asks for something that is not there: 422, not 403."""
    key = here.key(HOUSE if role in OF_THE_HOUSE else "north_light", role)
    method, path = CALLS[scope]
    status = ask(method, path, key, **({"json": {}} if method == "POST" else {})).status_code
    assert (status == 403) == (scope not in GRANTED[role])
    assert status in {200, 403, 422}


@pytest.mark.slow
def test_row43_what_is_wrong_with_a_key_does_not_show_in_the_time_it_takes(here, clock):
    """A smoke test: the quicker half of 60 tries each, taken in turns."""
    known = here.key()
    old = here.key(days=1)
    clock.sleep(86_400)
    shown = {
        "none": None,
        "unknown": text.mint("beta"),
        "other-secret": text.read(other_secret(known)),
        "expired": text.read(old),
    }
    took = {why: [] for why in shown}
    for _ in range(60):
        for why, key in shown.items():
            begun = time.perf_counter()
            assert here.doorkeeper._by_key(key) is None
            took[why].append(time.perf_counter() - begun)
    typical = {why: statistics.median(sorted(times)[:30]) for why, times in took.items()}
    assert max(typical.values()) <= 1.5 * min(typical.values()), typical


def test_the_pepper_is_made_once_readable_by_its_owner_only(home):
    made = pepper.of(settings(home), several_machines=False)
    path = settings(home).keys / "pepper.key"
    assert pepper.of(settings(home), several_machines=False) == made
    assert (len(made), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)


def test_a_pepper_that_others_may_read_is_refused(home):
    pepper.of(settings(home), several_machines=False)
    (settings(home).keys / "pepper.key").chmod(0o640)
    with pytest.raises(Broken, match="mode 0600"):
        pepper.of(settings(home), several_machines=False)


def test_several_machines_need_a_pepper_that_they_share(home):
    with pytest.raises(BadInput, match="CIRCLETAKE_PEPPER_FILE"):
        pepper.of(settings(home), several_machines=True)


@pytest.mark.parametrize("environment", ["", "B", "a-b", "x" * 13])
def test_an_environment_that_no_key_could_name_is_refused(engine, home, clock, environment):
    with pytest.raises(BadInput, match="CIRCLETAKE_ENVIRONMENT"):
        house(engine, home, clock, here={"environment": environment})


def test_answers_say_that_nobody_may_keep_them(here, ask):
    made = ask("POST", "/v1/keys", here.key(HOUSE), json={"partner": "lamplight", "name": "farm"})
    assert made.headers["Cache-Control"] == "private, no-store"
    assert json.loads(made.text)["key"].startswith("ct_beta_")
