"""Sessions: begun once with a token, renewed, left, and void as soon as the person is."""

import pytest

from router.access.session import LIFE, LONGEST
from router.domain.access import HOUSE
from router.domain.caller import Role
from router.testing.access import house
from router.testing.identity import CLIENT


@pytest.fixture
def here(engine, home, clock, idp):
    chosen = {"oidc_issuer": idp.url, "oidc_client": CLIENT}
    return house(engine, home, clock, here=chosen)


def test_an_invited_person_gets_a_session_of_ten_minutes(
    here, ask, idp, person, clock, claims, sign_in
):
    answer = sign_in(idp.token(claims()))
    body = answer.json()
    token = body.pop("token")
    assert answer.status_code == 201
    assert body == {
        "expires_at": (clock.now() + LIFE).isoformat().replace("+00:00", "Z"),
        "name": "Sam",
        "role": "partner_admin",
        "partner": "north_light",
    }
    me = ask("GET", "/v1/me", token).json()
    assert (me["id"], me["reads"], me["looks"]) == (person.id, ["north_light"], ["north_light"])
    clock.sleep(LIFE.total_seconds() + 60)
    assert ask("GET", "/v1/me", token).status_code == 401


def test_row60_a_token_opens_once(here, idp, person, claims, sign_in):
    token = idp.token(claims())
    again = idp.token(claims())  # the same claims, signed anew
    assert [sign_in(t).status_code for t in (token, token, again)] == [201, 401, 401]


def test_row60_a_nonce_opens_once_and_must_be_the_one_that_was_asked_for(
    here, idp, person, clock, claims, sign_in
):
    now = int(clock.now().timestamp())
    tokens = [idp.token(claims(nonce="n-1", iat=now - t)) for t in (1, 2)]
    assert sign_in(tokens[0], nonce="n-2").status_code == 401
    assert sign_in(tokens[0], nonce="n-1").status_code == 201
    assert sign_in(tokens[1], nonce="n-1").status_code == 401
    assert sign_in(idp.token(claims()), nonce="n-1").status_code == 401


def test_row51_a_person_who_was_removed_is_out_with_the_next_call(
    here, ask, idp, person, claims, sign_in
):
    here.desk.people.invite(
        here.machine,
        "north_light",
        issuer=idp.url,
        subject="other",
        name="Other",
        role=Role.PARTNER_ADMIN,
    )
    token = sign_in(idp.token(claims())).json()["token"]
    assert ask("GET", "/v1/me", token).status_code == 200
    here.desk.people.remove(here.machine, person.id)
    assert ask("GET", "/v1/me", token).status_code == 401
    assert sign_in(idp.token(claims(nonce="fresh"))).status_code == 401


def test_row51_signing_out_ends_the_session_wherever_its_tokens_are(
    here, ask, idp, person, clock, claims, sign_in
):
    token = sign_in(idp.token(claims())).json()["token"]
    clock.sleep(60)
    renewed = ask("POST", "/v1/session/renewal", token, json={}).json()["token"]
    assert ask("GET", "/v1/me", renewed).status_code == 200
    assert ask("DELETE", "/v1/session", renewed).status_code == 204
    assert [ask("GET", "/v1/me", t).status_code for t in (token, renewed)] == [401, 401]


def test_row51_a_changed_role_counts_from_the_next_call(here, ask, idp, person, claims, sign_in):
    for subject, role in (("other", Role.PARTNER_ADMIN), ("sam-7", Role.PARTNER_MEMBER)):
        token = sign_in(idp.token(claims(nonce=subject))).json().get("token")
        here.desk.people.invite(
            here.machine,
            "north_light",
            issuer=idp.url,
            subject=subject,
            name="Sam",
            role=role,
        )
    assert ask("GET", "/v1/me", token).json()["scopes"] == ["read", "submit"]
    assert ask("GET", "/v1/people", token).status_code == 403


@pytest.mark.slow
def test_a_session_is_renewed_for_twelve_hours_and_no_longer(
    here, ask, idp, person, clock, claims, sign_in
):
    token = sign_in(idp.token(claims())).json()["token"]
    began, renewals = clock.now(), 0
    while True:
        clock.sleep(540)
        answer = ask("POST", "/v1/session/renewal", token, json={})
        if answer.status_code != 200:
            break
        token, renewals = answer.json()["token"], renewals + 1
    assert clock.now() - began >= LONGEST
    assert renewals == int(LONGEST.total_seconds() // 540) - (LONGEST.total_seconds() % 540 == 0)


def test_a_key_is_no_session_to_renew_or_to_leave(here, ask):
    key = here.key()
    assert ask("POST", "/v1/session/renewal", key, json={}).status_code == 401
    assert ask("DELETE", "/v1/session", key).status_code == 401


def test_a_person_whom_two_partners_invited_says_which_is_meant(here, idp, person, claims, sign_in):
    here.desk.people.invite(
        here.machine,
        "lamplight",
        issuer=idp.url,
        subject="sam-7",
        name="Sam",
        role=Role.PARTNER_MEMBER,
    )
    token = idp.token(claims())
    assert sign_in(token).status_code == 422
    assert sign_in(token, partner=HOUSE).status_code == 401
    assert sign_in(token, partner="lamplight").json()["role"] == "partner_member"


def test_whoever_was_not_invited_learns_nothing_by_signing_in(here, idp, claims, sign_in):
    """No body says whether it was the token or the invitation."""
    stranger = sign_in(idp.token(claims())).json()
    nonsense = sign_in("a.b.c").json()
    assert {**stranger, "request_id": ""} == {**nonsense, "request_id": ""}
