"""Keys and people from the terminal: the first ones of all are made there."""

import json

import pytest

from dashboard import console
from router import settings
from router.access import key as text
from router.access.opening import doors
from router.audit.opening import audit_log
from router.clock import SystemClock
from router.store import database

PARTNER = "secret_city"


@pytest.fixture
def run(tmp_path, capsys):
    def run(*words, code=0):
        assert console.run(["--home", str(tmp_path / "home"), "--json", *words]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def opened(tmp_path):
    here = settings.read(tmp_path / "home")
    engine = database.connect(here.records)
    log = audit_log(here, engine, SystemClock(), (PARTNER,))
    yield doors(log, here, (PARTNER,), SystemClock()), log
    engine.dispose()


def test_the_first_key_of_a_bare_home_opens_the_doors_of_its_service(run, opened):
    made = run("partners", "key", "create", "--role", "beta_lead", "--for", "Ada")
    assert (made["partner"], made["role"], made["name"]) == ("-", "beta_lead", "Ada")
    caller = opened[0].doorkeeper._by_key(text.read(made["key"]))
    assert (caller.name, caller.id) == ("Ada", made["id"])


def test_a_key_is_made_shown_once_listed_and_revoked(run, opened):
    words = ("--scopes", "read", "submit", "--days", "7", "--for", "farm")
    made = run("partners", "key", "create", PARTNER, *words)
    assert made["scopes"] == ["read", "submit"]
    (listed,) = run("partners", "key", "list", PARTNER)["keys"]
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert run("partners", "key", "revoke", made["id"])["revoked_at"] is not None
    assert opened[0].doorkeeper._by_key(text.read(made["key"])) is None


def test_what_is_done_at_the_machine_stands_in_the_records(run, opened):
    made = run("partners", "key", "create", PARTNER)
    run("partners", "key", "revoke", made["id"])
    records = opened[1].records(PARTNER)
    assert [(r.actor, r.event, r.ids["key"]) for r in records] == [
        ("owner", "key_made", made["id"]),
        ("owner", "key_revoked", made["id"]),
    ]
    assert made["key"] not in str(records)


def test_people_are_invited_listed_and_removed(run):
    sam = ("--subject", "sam-7", "--name", "Sam", "--issuer", "https://id.example")
    person = run("people", "invite", PARTNER, *sam)
    assert person["role"] == "partner_member"
    assert run("people", "list")["people"] == [person]
    assert run("people", "remove", person["id"])["removed_at"] is not None


@pytest.mark.parametrize(
    ("words", "field", "expected"),
    [
        (("partners", "key", "create", "nobody"), "partner", PARTNER),
        (("partners", "key", "create", PARTNER, "--role", "king"), "--role", "partner_admin"),
        (("partners", "key", "create", PARTNER, "--role", "beta_lead"), "role", "partner_member"),
        (("partners", "key", "create", PARTNER, "--role", "owner"), "role", "partner_member"),
        (("partners", "key", "create", PARTNER, "--days", "91"), "days", "1 to 90"),
        (("partners", "key", "create", PARTNER, "--scopes", "fly"), "--scopes", "submit"),
        (("partners", "key", "create", PARTNER, "--scopes", "lead"), "scopes", "read, submit"),
        (("partners", "key", "revoke", "0" * 12), "key", ""),
        (("people", "invite", PARTNER, "--subject", "s", "--name", "S"), "--issuer", "CIRCLETAKE"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_can(run, words, field, expected):
    error = run(*words, code=2)["error"]
    assert error["field"] == field
    assert expected in error["expected"]


def test_a_partner_that_leaves_gets_no_key_and_nobody_invited(run, opened):
    from router.leaving import freeze

    run("partners", "key", "list")
    engine = opened[0].doorkeeper.ground.engine
    freeze.begin(engine, PARTNER, SystemClock().now())
    sam = ("--subject", "sam-7", "--name", "Sam", "--issuer", "https://id.example")
    for words in (("partners", "key", "create", PARTNER), ("people", "invite", PARTNER, *sam)):
        assert run(*words, code=2)["error"]["code"] == "partner_left"
