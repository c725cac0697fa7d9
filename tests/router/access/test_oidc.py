"""Signing in: whom a provider vouches for, and every way to pretend that it does."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from router.access import oidc
from router.access.oidc import Issuer, is_safe
from router.api.permit import NotKnown
from router.domain.errors import BadInput, Unreachable
from router.testing.access import Asking, house
from router.testing.identity import CLIENT


@pytest.fixture
def engine(sqlite_engine):
    """What is proven here is asked of no database."""
    return sqlite_engine


@pytest.fixture
def here(engine, home, clock, idp):
    chosen = {"oidc_issuer": idp.url, "oidc_client": CLIENT}
    return house(engine, home, clock, here=chosen)


def signed_by(key, alg, **header):
    """Sign with a key that the provider does not have, under the name of one that it has."""
    return lambda idp, said: jwt.encode({"alg": alg, "kid": "first", **header}, said, key)


def part(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned(idp, said):
    body = idp.token(said).split(".")[1]
    return f"{part(json.dumps({'alg': 'none', 'kid': 'first'}).encode())}.{body}."


def with_the_public_key_as_secret(idp, said):
    head = part(json.dumps({"alg": "HS256", "kid": "first"}).encode())
    signed = f"{head}.{idp.token(said).split('.')[1]}"
    secret = idp.keys["first"].as_pem(private=False)
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"


def tampered(idp, said):
    head, body, signature = idp.token(said).split(".")
    other = idp.token({**said, "sub": "sam-8"}).split(".")[1]
    return f"{head}.{other}.{signature}" if body != other else ""


SIGNED = {
    "alg-none": unsigned,
    "hs-with-the-public-key": with_the_public_key_as_secret,
    "another-key": signed_by(RSAKey.generate_key(2048), "RS256"),
    "another-kind-of-key": signed_by(ECKey.generate_key("P-256"), "ES256"),
    "an-algorithm-not-allowed": lambda idp, said: jwt.encode(
        {"alg": "RS512", "kid": "first"}, said, idp.keys["first"], algorithms=["RS512"]
    ),
    "a-key-that-is-in-the-token": lambda idp, said: jwt.encode(
        {"alg": "RS256", "jwk": STRANGE.as_dict(private=False)}, said, STRANGE
    ),
    "tampered": tampered,
    "an-access-token": lambda idp, said: idp.token(said, header={"typ": "at+jwt"}),
    "nothing": lambda idp, said: "x",
    "not-ascii": lambda idp, said: "ä.ö.ü",
    "endless": lambda idp, said: "a" * 15_000,
}
STRANGE = RSAKey.generate_key(2048)


@pytest.mark.parametrize("how", SIGNED)
def test_row60_a_token_that_the_provider_did_not_sign_opens_nothing(
    how, here, idp, person, claims, sign_in
):
    token = SIGNED[how](idp, claims())
    answer = sign_in(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_known")
    assert token[:40] not in answer.text or len(token) < 2


HOURS = 3600
CLAIMED = {
    "wrong-iss": {"iss": "https://id.elsewhere.example"},
    "no-iss": {"iss": None},
    "iss-with-a-slash-more": {"iss": "http://127.0.0.1/"},
    "wrong-aud": {"aud": "another-service"},
    "no-aud": {"aud": None},
    "aud-of-others": {"aud": ["another-service", "a-third"]},
    "several-aud-without-azp": {"aud": [CLIENT, "another-service"]},
    "azp-of-another": {"azp": "another-service"},
    "expired": {"iat": -2 * HOURS, "exp": -61},
    "no-exp": {"exp": None},
    "exp-is-no-number": {"exp": "tomorrow"},
    "good-for-ever": {"exp": 400 * 24 * HOURS},
    "issued-tomorrow": {"iat": 24 * HOURS, "exp": 25 * HOURS},
    "not-yet": {"nbf": HOURS},
    "no-sub": {"sub": None},
    "empty-sub": {"sub": ""},
    "sub-is-a-list": {"sub": ["sam-7"]},
    "another-sub": {"sub": "sam-8"},
    "invited-by-mail-only": {"sub": "x", "email": "sam@north-light.example", "name": "Sam"},
    "unverified-mail": {"sub": "x", "email": "sam-7", "email_verified": False},
    "look-alike-sub": {"sub": "sаm-7"},  # a Cyrillic letter
    "nonce-is-no-text": {"nonce": 5},
}


@pytest.mark.parametrize("why", CLAIMED)
def test_row60_a_token_of_somebody_else_for_something_else_or_another_time_opens_nothing(
    why, here, idp, person, clock, claims, sign_in
):
    now = clock.now().timestamp()
    said = {
        name: int(now) + value
        if name in {"iat", "exp", "nbf"} and isinstance(value, int)
        else value
        for name, value in CLAIMED[why].items()
    }
    assert sign_in(idp.token(claims(**said))).status_code == 401


@pytest.mark.parametrize("minutes", [-10, 10])
def test_row38_a_provider_whose_clock_is_ten_minutes_off_is_not_believed(
    here, idp, person, clock, minutes, claims, sign_in
):
    off = int(clock.now().timestamp()) + 60 * minutes
    late = idp.token(claims(iat=off, exp=off + 300))
    assert sign_in(late).status_code == 401


@pytest.mark.parametrize("seconds", [-59, 59])
def test_row38_a_minute_between_clocks_is_allowed(
    here, idp, person, clock, seconds, claims, sign_in
):
    off = int(clock.now().timestamp()) + seconds
    ends = off + (300 if seconds > 0 else 1)
    assert sign_in(idp.token(claims(iat=off, exp=ends))).status_code == 201


def test_row60_new_keys_of_the_provider_are_found_when_a_token_names_one(
    here, idp, person, clock, claims, sign_in
):
    assert sign_in(idp.token(claims(nonce="1"))).status_code == 201
    old = idp.token(claims(nonce="2"))
    idp.rotate("second", curve="P-256")
    clock.sleep(oidc.PAUSE_S)
    assert sign_in(idp.token(claims(nonce="3"))).status_code == 201
    assert sign_in(old).status_code == 401


def test_row60_unknown_names_of_keys_do_not_make_us_flood_the_provider(
    here, idp, person, clock, claims, sign_in
):
    sign_in(idp.token(claims()))
    before = idp.asked()
    clock.sleep(oidc.PAUSE_S)
    for n in range(10):
        strange = jwt.encode({"alg": "RS256", "kid": f"k{n}"}, claims(), STRANGE)
        assert sign_in(strange).status_code == 401
    assert idp.asked() == before + 1


def test_row60_a_provider_that_is_away_leaves_the_keys_that_are_known(
    here, idp, person, clock, claims, sign_in
):
    assert sign_in(idp.token(claims(nonce="1"))).status_code == 201
    idp.go_away()
    clock.sleep(oidc.FRESH_S + 1)
    assert sign_in(idp.token(claims(nonce="2"))).status_code == 201
    clock.sleep(oidc.STALE_S)
    late = sign_in(idp.token(claims(nonce="3")))
    assert (late.status_code, late.json()["code"]) == (503, "unreachable")
    idp.rotate("first")
    clock.sleep(oidc.PAUSE_S)
    assert sign_in(idp.token(claims(nonce="4"))).status_code == 201


def test_row60_a_provider_that_never_answered_is_said_so_and_asked_again_later(
    here, idp, person, clock, claims, sign_in
):
    idp.go_away()
    token = idp.token(claims())
    assert [sign_in(token).status_code for _ in range(2)] == [503, 503]
    idp.rotate("first")
    clock.sleep(oidc.PAUSE_S)
    assert sign_in(idp.token(claims())).status_code == 201


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["no key"],
        [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}],
        [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "first"}],
        [{"kty": "EC", "crv": "P-256", "x": "?", "y": "?", "kid": "first"}],
    ],
    ids=["none", "no-key", "a-secret", "a-short-one", "a-broken-one"],
)
def test_row60_keys_that_are_none_are_as_good_as_no_answer(
    here, idp, person, keys, claims, sign_in
):
    token = idp.token(claims())
    idp.publish(keys)
    assert sign_in(token).status_code == 503


def test_row60_a_provider_that_says_another_name_is_not_believed(
    here, idp, person, claims, sign_in
):
    token = idp.token(claims())
    idp.publish([], issuer="https://id.elsewhere.example")
    assert sign_in(token).status_code == 503


def test_keys_are_not_fetched_from_where_they_could_be_changed_on_the_way(clock):
    def fetch(url):
        return {"issuer": "https://id.example", "jwks_uri": "http://id.example/keys"}

    issuer = Issuer(url="https://id.example", client=CLIENT, clock=clock, fetch=fetch)
    with pytest.raises(Unreachable):
        issuer.vouched("a.b.c")


def test_without_a_provider_nobody_signs_in_and_the_answer_says_so(engine, home, clock, portal):
    ask = Asking(portal, house(engine, home, clock).app)
    answer = ask("POST", "/v1/session", json={"id_token": "a.b.c"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_identity_provider")


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({"oidc_issuer": "https://id.example"}, "CIRCLETAKE_OIDC_CLIENT"),
        ({"oidc_client": CLIENT}, "CIRCLETAKE_OIDC_ISSUER"),
        ({"oidc_client": CLIENT, "oidc_issuer": "http://id.example"}, "CIRCLETAKE_OIDC_ISSUER"),
    ],
)
def test_half_a_provider_is_refused_at_the_start(engine, home, clock, chosen, missing):
    with pytest.raises(BadInput, match=missing):
        house(engine, home, clock, here=chosen)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://id.example", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("http://127.0.0.1.evil.example", False),
    ],
)
def test_only_an_address_that_nobody_can_stand_in_is_asked(url, safe):
    assert is_safe(url) is safe


def test_a_token_of_the_future_is_remembered_no_longer_than_a_day(here, idp, person, clock, claims):
    far = int(clock.now().timestamp())
    token = idp.token(claims(iat=far, exp=far + 86_400))
    vouched = here.desk.entrance.issuer.vouched(token)
    assert vouched.until <= clock.now() + timedelta(days=1)
    with pytest.raises(NotKnown):
        here.desk.entrance.issuer.vouched(idp.token(claims(exp=10**18)))
