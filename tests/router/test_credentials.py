"""Whether there are AWS credentials is known within a second, and no half of a key counts."""

import time

import pytest

from router.cloud import aws


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE", "BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_bare_machine_has_none():
    assert aws.has_credentials() is False


def test_keys_count(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert aws.has_credentials() is True


def test_a_bedrock_token_counts(monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token")
    assert aws.has_credentials() is True


@pytest.mark.parametrize(("name", "value"), [("ACCESS_KEY_ID", "AKID"), ("PROFILE", "absent")])
def test_half_a_key_or_an_absent_profile_is_none(monkeypatch, name, value):
    monkeypatch.setenv(f"AWS_{name}", value)
    assert aws.has_credentials() is False


@pytest.mark.slow
def test_a_metadata_service_that_does_not_answer_costs_about_a_second(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://192.0.2.1/")
    began = time.monotonic()
    assert aws.has_credentials() is False
    assert time.monotonic() - began < 5


def test_another_library_signs_with_the_keys_that_the_chain_finds_now(monkeypatch):
    assert aws.Clients().keys() is None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "for-an-hour")
    clients = aws.Clients()
    found = clients.keys()
    assert found == aws.Keys(
        access_key="AKIDEXAMPLE", secret_key="hidden", session_token="for-an-hour"
    )
    assert "hidden" not in repr(found)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDRENEWED")
    clients.renew()
    assert clients.keys().access_key == "AKIDRENEWED"


def test_an_endpoint_of_its_own_is_signed_for_with_its_own_keys(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    here = "http://127.0.0.1:9"
    own = aws.Endpoint(
        bedrock_url=here, s3_url=here, access_key="CTEMU", secret_key="its own", bucket="b"
    )
    assert aws.Clients(own).keys() == aws.Keys(access_key="CTEMU", secret_key="its own")
