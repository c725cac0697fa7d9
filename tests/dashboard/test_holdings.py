"""The account as the doctor sees it: on a real S3, KMS and Bedrock look-alike, and a strict desk.

What none of them can prove, and only an account can: how AWS really names its quotas, how its IAM
decides, and that its answers have the fields that its service model promises.
"""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dashboard.console import run
from dashboard.holdings import Holdings, principal
from dashboard.vitals import Ailing
from router import catalog, settings
from router.cloud import quota_file
from router.cloud.aws import Clients
from router.domain.errors import Unreachable
from tests.aws_stub import answering

CATALOGUE = catalog.load()
WEST = "us-west-2"
CORE = {
    "QuotaCode": "L-CORE",
    "QuotaName": "On-demand InvokeModel requests per minute for Stable Image Core 1.0",
    "Value": 60.0,
}
LISTED = {"modelId": "stability.stable-image-core-v1:1", "modelName": "Stable Image Core 1.0"}


def quotas_of(*rows):
    """Two pages, as Service Quotas gives them, in the one Region that has them."""

    def answer(region, parameters):
        assert parameters["ServiceCode"] == "bedrock"
        if region != WEST:
            return {"Quotas": []}
        if "NextToken" not in parameters:
            return {"Quotas": [], "NextToken": "more"}
        return {"Quotas": list(rows)}

    return answer


def judging(decision):
    def answer(_region, form):
        assert form["PolicySourceArn"].startswith("arn:aws:")
        action, resource = form["ActionNames.member.1"], form["ResourceArns.member.1"]
        row = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision}
        return [row]

    return answer


@pytest.fixture
def at(s3, monkeypatch, tmp_path):
    """Give the account's holdings, with these answers where the look-alike has none."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_ENDPOINT_URL", s3.endpoint),
        ("AWS_REGION", WEST),
    ):
        monkeypatch.setenv(name, value)

    @contextmanager
    def opened(answers=None, *, bucket=None, key=None, partners=()):
        said = {"ListFoundationModels": {"modelSummaries": [LISTED]}, **(answers or {})}
        with answering(said) as (url, asked):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
            monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", url)
            if answers and "ListServiceQuotas" in answers:
                monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", url)
            here = replace(settings.read(tmp_path / "home"), kms_key=key)
            clients = Clients(bucket=bucket)
            found = Holdings(clients=clients, here=here, catalogue=CATALOGUE, partners=partners)
            yield found, asked

    return opened


@pytest.fixture
def west(s3):
    """A bucket in the Region of the film model."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=s3.endpoint,
        region_name=WEST,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    name = f"circletake-west-{id(client)}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": WEST})
    return client, name


# --- quotas ------------------------------------------------------------------------------------


def test_quotas_that_nobody_kept_are_a_fault_with_the_command_that_keeps_them(at):
    with at({"ListServiceQuotas": quotas_of(CORE)}) as (account, asked):
        with pytest.raises(Ailing) as fault:
            account.quotas()
        assert "1 of" in str(fault.value.found)
        assert fault.value.expected == "`circletake models quotas --keep`"
        assert "servicequotas:ListServiceQuotas" in asked
        account.here.home.mkdir()
        (account.here.home / quota_file.NAME).touch()
        assert "have one that the router can keep" in account.quotas()


def test_a_quota_of_zero_is_a_fault(at):
    with (
        at({"ListServiceQuotas": quotas_of(CORE | {"Value": 0.0})}) as (account, _),
        pytest.raises(Ailing, match="stable-image-core"),
    ):
        account.quotas()


def test_an_account_that_may_not_read_quotas_is_told_so_in_our_words(at):
    no = (400, "AccessDeniedException", "not authorized to perform servicequotas:ListServiceQuotas")
    with at({"ListServiceQuotas": no}) as (account, _), pytest.raises(Unreachable) as silence:
        account.quotas()
    assert "Service Quotas in" in silence.value.field


def test_the_command_keeps_what_it_read_and_the_home_counts_with_it(at, tmp_path, capsys):
    with at({"ListServiceQuotas": quotas_of(CORE)}) as (account, _):
        home = account.here.home
        words = ["--home", str(home), "--json", "models", "quotas", "--keep"]
        assert run(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert [q["code"] for q in said["quotas"]] == ["L-CORE"]
    assert "luma-ray2" in said["unlisted"]
    now = quota_file.applied(CATALOGUE, home / quota_file.NAME)
    assert now["stable-image-core"].quota.requests_per_minute == 60


# --- the log of invocations --------------------------------------------------------------------


def logging(place, **kinds):
    on = {"textDataDeliveryEnabled": True, "imageDataDeliveryEnabled": True, **kinds}
    return {"loggingConfig": {"s3Config": place, **on}}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({}, "off"),
        (logging({"bucketName": "elsewhere", "keyPrefix": "invocation-logs"}), "nobody here looks"),
        (logging({"bucketName": "mine", "keyPrefix": "logs"}), "nobody here looks"),
        (
            logging(
                {"bucketName": "mine", "keyPrefix": "invocation-logs"},
                imageDataDeliveryEnabled=False,
            ),
            "without image",
        ),
    ],
)
def test_a_log_that_could_not_tell_what_was_lost_is_a_fault(at, told, fault):
    answers = {"ListServiceQuotas": quotas_of(), "GetModelInvocationLoggingConfiguration": told}
    with at(answers, bucket="mine") as (account, _), pytest.raises(Ailing, match=fault) as found:
        account.log(WEST)
    assert "put-model-invocation-logging-configuration" in found.value.expected


def test_a_log_where_lost_answers_are_looked_for_is_sound(at, west, s3):
    import boto3

    _, name = west
    control = boto3.client(
        "bedrock",
        endpoint_url=s3.endpoint,
        region_name=WEST,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    place = {"bucketName": name, "keyPrefix": "invocation-logs"}
    config = logging(place)["loggingConfig"] | {"embeddingDataDeliveryEnabled": False}
    control.put_model_invocation_logging_configuration(loggingConfig=config)
    with at(bucket=name) as (account, _):
        assert account.log(WEST).startswith(f"in s3://{name}/invocation-logs")


# --- the bucket --------------------------------------------------------------------------------


def test_a_bucket_is_looked_at_from_all_sides(at, west):
    client, name = west
    with at(bucket=name) as (account, _):
        assert account.bucket() == f"{name} in {WEST}"
        for look, fault in (
            (account.public, "not blocked"),
            (account.in_transit, "plain HTTP"),
        ):
            with pytest.raises(Ailing, match=fault):
                look()
        client.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        client.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        with pytest.raises(Ailing, match="AES256: no key of yours"):
            account.at_rest()
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        client.put_bucket_encryption(
            Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
        )
        client.put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_only(name)))
        assert account.public() == "blocked, all four ways"
        assert account.at_rest() == "aws:kms"
        assert account.in_transit() == "TLS only"


def _tls_only(name):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def test_a_bucket_in_another_region_than_films_is_a_fault_and_none_too(at, s3):
    with at(bucket=s3.bucket()) as (account, _), pytest.raises(Ailing, match="eu-central-1"):
        account.bucket()
    with at() as (account, _), pytest.raises(Ailing, match="none is named"):
        account.bucket()


# --- the key and the rights --------------------------------------------------------------------


def test_each_partners_key_must_be_there_and_enabled(at, s3):
    import boto3

    kms = boto3.client(
        "kms",
        endpoint_url=s3.endpoint,
        region_name=WEST,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    for who in ("the-house", "north"):
        made = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/test/{who}", TargetKeyId=made)
    kms.disable_key(KeyId=made)
    with at(key="alias/test/{partner}", partners=("north", "south")) as (account, _):
        with pytest.raises(Ailing) as fault:
            account.key()
        assert fault.value.found == "north: Disabled, south: not there"
        kms.enable_key(KeyId=made)
    with at(key="alias/test/{partner}", partners=("north",)) as (account, _):
        assert account.key() == "2 enabled"
    with at() as (account, _):
        assert account.key().startswith("none named")


def test_a_right_that_is_missing_is_found_before_anything_is_paid(at):
    with (
        at({"SimulatePrincipalPolicy": judging("implicitDeny")}, bucket="mine") as (account, asked),
        pytest.raises(Ailing, match="bedrock:InvokeModel on arn:aws:bedrock"),
    ):
        account.rights()
    assert set(asked) == {"iam:SimulatePrincipalPolicy"}
    with at({"SimulatePrincipalPolicy": judging("allowed")}, bucket="mine") as (account, _):
        assert "may do what a worker does" in account.rights()


def test_rights_that_cannot_be_asked_are_said_not_to_be_looked_at(at):
    no = (403, "AccessDenied", "not authorized to perform: iam:SimulatePrincipalPolicy")
    with at({"SimulatePrincipalPolicy": no}, bucket="mine") as (account, _):
        assert account.rights().startswith("not looked at")


@pytest.mark.parametrize(
    ("arn", "whose"),
    [
        ("arn:aws:sts::1:assumed-role/worker/i-0", "arn:aws:iam::1:role/worker"),
        ("arn:aws:iam::1:user/ops", "arn:aws:iam::1:user/ops"),
        ("arn:aws:iam::1:root", None),
    ],
)
def test_the_policies_of_a_session_are_its_roles(arn, whose):
    assert principal(arn) == whose


def test_what_is_no_answer_of_aws_at_all_is_said_and_breaks_nothing(at, s3, monkeypatch):
    with at(bucket="mine") as (account, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", s3.endpoint + "/nothing/here")
        assert account.rights().startswith("not looked at")
        with pytest.raises(Unreachable) as silence:
            account.public()
    assert "NoSuchBucket of GetPublicAccessBlock" in str(silence.value.found)


# --- the doctor --------------------------------------------------------------------------------


def test_every_row_of_the_doctor_has_a_remedy(at):
    with at(bucket="mine") as (account, _):
        rows = list(account.checks())
    assert all(todo for _, _, todo in rows)
    names = {name for name, _, _ in rows}
    assert {"quotas", "bucket", "bucket, public", "KMS key", "rights"} <= names
    assert f"invocation log in {WEST}" in names
