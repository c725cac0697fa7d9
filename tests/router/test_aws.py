"""What AWS or the wire says becomes one of six outcomes; a paid call is one fresh request."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)

from router import catalog
from router.backends import bedrock_invoke
from router.cloud import aws
from router.ports import Setback
from router.testing.asking import call, request

MODEL = catalog.load()["stable-image-core"]
URL = "https://bedrock-runtime.us-west-2.amazonaws.com/model/stability.stable-image-core-v1%3A1"


def outcome(error: Exception) -> Setback:
    def broken() -> None:
        raise error

    found = aws.asked(broken, model=MODEL)
    assert isinstance(found, Setback)
    return found


def said(code: str, status: int, message: str = "so it is") -> ClientError:
    meta = {"HTTPStatusCode": status, "RequestId": "r-1", "HTTPHeaders": {aws.SIMULATED: "1"}}
    body = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}
    return ClientError(body, "InvokeModel")


@pytest.mark.parametrize(
    ("code", "status", "kind", "word"),
    [
        ("ThrottlingException", 429, "busy", "throttled"),
        ("ServiceUnavailableException", 503, "busy", "unavailable"),
        ("ModelNotReadyException", 429, "busy", "not_ready"),
        ("ValidationException", 400, "rejected", "validation"),
        ("AccessDeniedException", 403, "rejected", "no_access"),
        ("ResourceNotFoundException", 404, "rejected", "gone"),
        ("ServiceQuotaExceededException", 400, "rejected", "quota"),
        ("InvalidSignatureException", 403, "rejected", "signature"),
        ("UnrecognizedClientException", 403, "rejected", "unknown_key"),
        ("ConflictException", 400, "rejected", "conflict"),
        ("ExpiredTokenException", 403, "not_sent", "expired_credentials"),
        ("ModelTimeoutException", 408, "ambiguous", "model_timeout"),
        ("ModelErrorException", 424, "ambiguous", "model_error"),
        ("ModelError", 424, "ambiguous", "model_error"),
        ("InternalFailure", 500, "ambiguous", "internal"),
        ("ServiceUnavailable", 503, "busy", "unavailable"),
        ("ValidationError", 400, "rejected", "validation"),
        ("InternalServerException", 500, "ambiguous", "internal"),
        ("NeverHeardOf", 502, "ambiguous", "internal"),
        ("NeverHeardOf", 408, "ambiguous", "internal"),
        ("NeverHeardOf", 429, "busy", "throttled"),
        ("NeverHeardOf", 418, "rejected", "refused_by_service"),
    ],
)
def test_every_answer_of_aws_has_one_meaning(code: str, status: int, kind: str, word: str):
    found = outcome(said(code, status))
    assert (found.kind, found.code) == (kind, word)
    assert (found.provider_ref, found.simulated, found.billed) == ("r-1", True, False)


def test_a_missing_use_case_form_and_a_sleeping_legacy_model_are_no_access():
    for message in ("Model use case details have not been submitted", "marked as Legacy"):
        assert outcome(said("ResourceNotFoundException", 404, message)).code == "no_access"


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (EndpointConnectionError(endpoint_url=URL), "not_sent", "connect"),
        (ConnectTimeoutError(endpoint_url=URL), "not_sent", "connect"),
        (NoCredentialsError(), "not_sent", "credentials"),
        (SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"), "not_sent", "tls"),
        (SSLError(endpoint_url=URL, error="bad record mac"), "ambiguous", "connection_lost"),
        (ReadTimeoutError(endpoint_url=URL), "ambiguous", "read_timeout"),
        (HTTPClientError(error="who knows"), "ambiguous", "connection_lost"),
        (ParamValidationError(report="no body"), "rejected", "validation"),
    ],
)
def test_what_may_have_been_sent_is_never_called_unsent(error: Exception, kind: str, word: str):
    found = outcome(error)
    assert (found.kind, found.code) == (kind, word)


def test_no_reason_names_the_model():
    reasons = [
        outcome(ReadTimeoutError(endpoint_url=URL)).reason,
        outcome(said("ValidationException", 400, f"no on-demand for {MODEL.model_id}")).reason,
    ]
    for reason in reasons:
        assert "stab" not in reason
    assert "bedrock-runtime.us-west-2.amazonaws.com" in reasons[0]
    assert "this model" in reasons[1]


def test_our_own_mistakes_are_not_taken_for_the_providers():
    def broken() -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        aws.asked(broken, model=MODEL)


@contextmanager
def serving(status: int) -> Iterator[tuple[str, list[object]]]:
    """Serve one status to everybody, keep connections open, and note each caller's socket."""
    seen: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.client_address)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def clients(url: str) -> aws.Clients:
    endpoint = aws.Endpoint(
        bedrock_url=url, s3_url=url, access_key="CTEMU", secret_key="x", bucket="takes"
    )
    return aws.Clients(endpoint)


@pytest.mark.parametrize("status", [500, 502, 429, 503])
def test_a_paid_call_is_sent_once_and_on_a_connection_of_its_own(status: int):
    with serving(status) as (url, seen):
        backend = bedrock_invoke.build(clients(url))
        asked = call(MODEL, request(MODEL, "text_to_image"), attempt="a1")
        for _ in range(2):
            assert isinstance(backend.send(asked), Setback)
    assert len(seen) == 2
    assert len(set(seen)) == 2


def test_neither_proxy_nor_bearer_token_of_the_environment_reach_an_explicit_endpoint(monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "somebody-elses")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(429) as (url, seen):
        asked = call(MODEL, request(MODEL, "text_to_image"), attempt="a1")
        found = bedrock_invoke.build(clients(url)).send(asked)
    assert isinstance(found, Setback)
    assert (found.kind, len(seen)) == ("busy", 1)


def test_a_closed_door_is_known_as_not_sent():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        backend = bedrock_invoke.build(clients(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        found = backend.send(call(MODEL, request(MODEL, "text_to_image"), attempt="a1"))
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("not_sent", "connect")


def test_a_door_that_does_not_speak_tls_is_known_as_not_sent():
    with serving(200) as (url, seen):
        secure = clients(url.replace("http:", "https:"))
        found = bedrock_invoke.build(secure).send(
            call(MODEL, request(MODEL, "text_to_image"), attempt="a1")
        )
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("not_sent", "tls")
    assert seen == []


def test_without_credentials_nothing_is_sent(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with serving(200) as (url, seen):
        backend = bedrock_invoke.build(aws.Clients(bedrock_url=url))
        found = backend.send(call(MODEL, request(MODEL, "text_to_image"), attempt="a1"))
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("not_sent", "credentials")
    assert seen == []
