"""Signatures that botocore makes are checked as AWS checks them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from router.emulator.errors import AwsError
from router.emulator.signature import Keys, bearer, looks_real, verify
from router.emulator.wire import Request

KEYS = Keys(access_key="CTEMUABCDEFGHIJKLMNO", secret_key="secret-of-the-emulator")
HOST = "http://127.0.0.1:8087"
INVOKE = "/model/stability.sd3-5-large-v1%3A0/invoke"


def sent(path, signer, *, method="POST", body=b"{}", headers=None, keys=KEYS):
    """Sign as botocore does, and give what arrives."""
    request = AWSRequest(method, HOST + path, data=body, headers=headers or {})
    signer(Credentials(keys.access_key, keys.secret_key)).add_auth(request)
    parts = urlsplit(request.url)
    found = {name.lower(): value for name, value in request.headers.items()}
    return Request(
        method=method,
        raw_path=parts.path,
        raw_query=parts.query,
        headers={"host": parts.netloc} | found,
        body=body,
    )


def header(service, region="us-west-2"):
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    return lambda keys: kind(keys, service, region)


def query(service, region="us-west-2", expires=60):
    kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    return lambda keys: kind(keys, service, region, expires=expires)


def now():
    return datetime.now(UTC)


def refusal(request, service="bedrock", at=None):
    with pytest.raises(AwsError) as caught:
        verify(request, service, KEYS, at or now())
    return caught.value.code


@pytest.mark.parametrize("colon", ["%3A", ":"])
def test_a_header_signature_verifies_with_an_encoded_and_a_raw_colon(colon):
    path = INVOKE.replace("%3A", colon)
    request = sent(path, header("bedrock", "us-east-1"))
    assert verify(request, "bedrock", KEYS, now()) == "us-east-1"


def test_query_strings_are_signed_whatever_their_order():
    path = "/async-invoke?statusEquals=Completed&maxResults=10&sortOrder=Descending"
    request = sent(path, header("bedrock"), method="GET", body=b"")
    assert verify(request, "bedrock", KEYS, now()) == "us-west-2"


@pytest.mark.parametrize("key", ["plain.png", "a%20b/c%2Bd.png", "%C3%A9t%C3%A9/x~y"])
def test_s3_signs_its_path_once_encoded(key):
    request = sent(f"/bucket/{key}", header("s3"), method="PUT", body=b"data")
    assert verify(request, "s3", KEYS, now()) == "us-west-2"


@pytest.mark.parametrize("service", ["s3", "bedrock"])
def test_presigned_urls_verify_until_they_expire(service):
    request = sent("/bucket/a%20b", query(service), method="GET", body=b"")
    assert verify(request, service, KEYS, now()) == "us-west-2"
    late = now() + timedelta(seconds=62)
    expected = {"s3": "AccessDenied", "bedrock": "InvalidSignatureException"}
    assert refusal(request, service, late) == expected[service]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_more_than_five_minutes_away_is_refused(minutes):
    request = sent(INVOKE, header("bedrock"))
    assert refusal(request, at=now() + timedelta(minutes=minutes)) == "InvalidSignatureException"
    stored = sent("/bucket/key", header("s3"))
    code = refusal(stored, "s3", now() + timedelta(minutes=minutes))
    assert code == "RequestTimeTooSkewed"


def test_a_clock_four_minutes_away_is_fine():
    verify(sent(INVOKE, header("bedrock")), "bedrock", KEYS, now() + timedelta(minutes=4))


def test_a_changed_body_is_refused():
    good = sent(INVOKE, header("bedrock"))
    bad = Request(
        method=good.method,
        raw_path=good.raw_path,
        raw_query=good.raw_query,
        headers=good.headers,
        body=b'{"prompt": "another"}',
    )
    assert refusal(bad) == "InvalidSignatureException"


def test_another_service_in_the_scope_is_refused():
    assert refusal(sent(INVOKE, header("bedrock-runtime"))) == "InvalidSignatureException"
    assert refusal(sent("/b/k", header("bedrock")), "s3") == "AuthorizationHeaderMalformed"


def test_an_unknown_key_is_refused():
    stranger = Keys(access_key="CTEMUZZZZZZZZZZZZZZZ", secret_key=KEYS.secret_key)
    request = sent(INVOKE, header("bedrock"), keys=stranger)
    assert refusal(request) == "UnrecognizedClientException"
    assert refusal(sent("/b/k", header("s3"), keys=stranger), "s3") == "InvalidAccessKeyId"


def test_a_wrong_secret_is_refused():
    thief = Keys(access_key=KEYS.access_key, secret_key="guessed")
    assert refusal(sent(INVOKE, header("bedrock"), keys=thief)) == "InvalidSignatureException"
    assert refusal(sent("/b/k", header("s3"), keys=thief), "s3") == "SignatureDoesNotMatch"


def test_no_signature_is_refused():
    bare = Request(method="POST", raw_path=INVOKE, raw_query="", headers={}, body=b"")
    assert refusal(bare) == "MissingAuthenticationTokenException"
    assert refusal(bare, "s3") == "AccessDenied"


def test_a_session_token_is_taken_when_it_is_signed():
    request = sent(
        INVOKE,
        lambda _: SigV4Auth(
            Credentials(KEYS.access_key, KEYS.secret_key, "session"), "bedrock", "us-west-2"
        ),
    )
    assert request.headers["x-amz-security-token"] == "session"
    assert verify(request, "bedrock", KEYS, now()) == "us-west-2"


def test_the_secret_is_a_bearer_key_and_nothing_else_is():
    request = sent(INVOKE, header("bedrock"))
    for said, expected in ((f"Bearer {KEYS.secret_key}", True), ("Bearer other", False)):
        asked = Request(
            method="POST",
            raw_path=INVOKE,
            raw_query="",
            headers=request.headers | {"authorization": said},
            body=b"",
        )
        assert bearer(asked, KEYS) is expected


def test_keys_of_a_real_account_are_noticed():
    real = Keys(access_key="AKIA" + "A" * 16, secret_key="s")
    assert looks_real(sent(INVOKE, header("bedrock"), keys=real))
    assert not looks_real(sent(INVOKE, header("bedrock")))
