"""What each role may do at AWS: what our clients were seen to ask for, and nothing beside it."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from router import catalog
from router.audit.anchor import AnchorBucket
from router.backends import bedrock_async, bedrock_invoke, sagemaker_async
from router.clock import SystemClock
from router.cloud import aws, iam, iam_template
from router.cloud.account import Account
from router.cloud.listing import blocked, offers
from router.domain.errors import BadInput
from router.domain.model import LifecycleStatus
from router.leaving.bucket import Bucket
from router.llm.language import LanguageClient, Question
from router.llm.litellm_loop import LoopThread
from router.media_s3 import MediaBucket
from router.ports import Delivered, Running
from router.testing.asking import request
from router.testing.doubles import small_png
from router.testing.emulator import running_emulator
from router.testing.wire import asked_of
from router.uploads.bucket import QuarantineBucket
from router.vault.keyring import KeyBucket
from router.vault.vault import Vault
from router.vault.wrapping import Kms
from tests.iam_judge import Asked, allows
from tests.wiretap import ACCOUNT, foundation, invoking, sealed, tapped

ROOT = Path(__file__).parents[2]
CATALOGUE = catalog.load()
HERE = iam.account(ACCOUNT, "us-west-2", "beta")
P, OTHER = "northlight_pictures", "quayside_animation"
ALIVE = [m for m in CATALOGUE.values() if m.lifecycle.status is not LifecycleStatus.RETIRED]
RETIRED = [m for m in CATALOGUE.values() if m.lifecycle.status is LifecycleStatus.RETIRED]
PAID_ROLES = ("worker", "api")


def statements(role, partner=None):
    return iam.document(iam.policy(role, CATALOGUE, HERE, partner))["Statement"]


def bucket(key):
    return f"arn:aws:s3:::{HERE.bucket}/{key}"


# --- what is written down ---------------------------------------------------------------------


def test_the_template_of_the_rights_is_the_one_that_the_generator_writes():
    kept = (ROOT / "deploy/aws/policies.yaml").read_text(encoding="utf-8")
    assert kept == iam_template.text(CATALOGUE), (
        "write it anew: circletake aws policy --template > deploy/aws/policies.yaml"
    )


@pytest.mark.parametrize("role", iam.ROLES)
@pytest.mark.parametrize("partner", [None, P])
def test_every_part_of_a_policy_fits_into_a_managed_policy(role, partner):
    parts = list(iam.parts(iam.policy(role, CATALOGUE, HERE, partner)))
    for part in parts:
        said = json.dumps(iam.document(part), separators=(",", ":"))
        assert len(said) <= 6144
    assert len(parts) <= 10, "IAM attaches ten to a role"


@pytest.mark.parametrize("role", iam.ROLES)
def test_only_what_has_no_resource_at_aws_is_allowed_on_everything_and_says_why(role):
    for one in iam.policy(role, CATALOGUE, HERE):
        for resource in one.resources:
            assert (resource == "*") is bool(one.why_all)
        if one.effect == "Allow":
            assert not any("*" in action for action in one.actions)
            assert "*" not in one.resources or one.conditions


def test_a_role_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BadInput) as refused:
        iam.policy("root", CATALOGUE, HERE)
    assert refused.value.expected == "api, dashboard, engineer, worker"


# --- neighbours: nothing of this --------------------------------------------------------------

NEVER = [
    Asked("s3:DeleteBucket", f"arn:aws:s3:::{HERE.bucket}"),
    Asked("s3:PutBucketPolicy", f"arn:aws:s3:::{HERE.bucket}"),
    Asked("s3:PutBucketVersioning", f"arn:aws:s3:::{HERE.bucket}"),
    Asked("s3:PutObjectAcl", bucket(f"media/{P}/ab/{'ab' * 32}")),
    Asked("s3:GetObject", "arn:aws:s3:::another-bucket/media/x"),
    Asked("s3:PutObject", f"arn:aws:s3:::{HERE.bucket}-copy/media/x"),
    Asked("s3:GetObject", bucket("private/x")),
    Asked("s3:ListBucket", f"arn:aws:s3:::{HERE.bucket}", {"s3:prefix": ""}),
    Asked("s3:ListBucket", f"arn:aws:s3:::{HERE.bucket}", {"s3:prefix": "private/"}),
    Asked("s3:DeleteObject", f"arn:aws:s3:::{HERE.anchor_bucket}/audit/1.json"),
    Asked("s3:PutObject", bucket("invocation-logs/forged.json")),
    Asked("s3:PutObject", bucket("endpoint-output/model/forged.png")),
    Asked("s3:ListAllMyBuckets", "*"),
    Asked("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/any"),
    Asked("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/any"),
    Asked("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/any"),
    Asked("kms:ScheduleKeyDeletion", f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0c1d"),
    Asked("kms:Decrypt", f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0c1d"),
    Asked("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:x"),
    Asked("bedrock:PutAccountDataRetention", "*", {"aws:RequestedRegion": "us-west-2"}),
    Asked("bedrock:PutModelInvocationLoggingConfiguration", "*"),
    Asked("bedrock:GetAccountDataRetention", "*", {"aws:RequestedRegion": "eu-west-1"}),
    Asked("bedrock:InvokeModelWithResponseStream", foundation("us-west-2", "luma.ray-v2:0")),
    Asked("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/any"),
    Asked("sagemaker:InvokeEndpointAsync", f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:endpoint/any"),
    *invoking("anthropic.claude-opus-9", "us-west-2"),
    *invoking("us.anthropic.claude-opus-9", "us-west-2"),
    *invoking("luma.ray-v2:0", "eu-west-1"),
    # a model that is allowed behind its profile, asked beside it, or behind another one
    Asked("bedrock:InvokeModel", foundation("us-east-1", "amazon.nova-2-lite-v1:0")),
    Asked(
        "bedrock:InvokeModel",
        foundation("us-east-1", "amazon.nova-2-lite-v1:0"),
        {
            "bedrock:InferenceProfileArn": (
                f"arn:aws:bedrock:us-west-2:{ACCOUNT}:inference-profile/global.amazon.nova-2-lite"
            )
        },
    ),
    Asked(
        "bedrock:InvokeModel",
        f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/us.amazon.nova-2-lite-v1:0",
    ),
]


@pytest.mark.parametrize("role", iam.ROLES)
@pytest.mark.parametrize("asked", NEVER, ids=lambda a: f"{a.action} {a.resource.split(':')[-1]}")
def test_what_nobody_needs_nobody_may(role, asked):
    assert not allows(statements(role), asked)


@pytest.mark.parametrize("model", RETIRED, ids=lambda m: m.key)
@pytest.mark.parametrize("role", iam.ROLES)
def test_a_model_past_its_end_is_nobodys(role, model):
    for region in model.regions:
        (asked,) = invoking(model.model_id, region)
        assert not allows(statements(role), asked)


@pytest.mark.parametrize("role", ["api", "engineer", "dashboard"])
def test_only_workers_may_spend(role):
    for model in ALIVE:
        for region in model.regions:
            assert not any(allows(statements(role), a) for a in invoking(model.wire_id, region))


@pytest.mark.parametrize("role", PAID_ROLES)
def test_a_session_of_one_partner_reaches_nothing_of_another(role):
    narrow, wide = statements(role, P), statements(role)
    name, words = f"alias/circletake/beta/{OTHER}", f"alias/circletake/beta/{P}"
    theirs = [
        *(Asked(f"s3:{do}Object", bucket(f"media/{OTHER}/ab/x")) for do in ("Get", "Put")),
        Asked("s3:PutObject", bucket(f"media/quarantine/{OTHER}/u/x")),
        Asked("s3:GetObject", bucket(f"media/keys/{OTHER}.key")),
        sealed("kms:Decrypt", name),
        _word("kms:Decrypt", OTHER, name),
    ]
    for asked in theirs:
        assert allows(wide, asked)
        assert not allows(narrow, asked)
    crossed = [_word("kms:Decrypt", OTHER, words), _word("kms:Decrypt", P, name)]
    assert not any(allows(narrow, asked) for asked in crossed)
    listed = Asked("s3:ListBucket", bucket("")[:-1], {"s3:prefix": f"media/{OTHER}/"})
    assert not allows(narrow, listed)
    own = [sealed("kms:Decrypt", words), _word("kms:Decrypt", P, words)]
    own += [Asked("s3:GetObject", bucket(f"media/{P}/ab/x"))]
    assert all(allows(narrow, asked) for asked in own)


def _word(action, partner, alias):
    context = {"kms:EncryptionContext:circletake:partner": partner, "kms:ResourceAliases": [alias]}
    return Asked(action, f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0c1d", context)


# --- the wire: exactly what our clients were seen to ask for ----------------------------------


def drawn():
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((640, 640)).convert("RGB").save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def models_seen(tmp_path_factory):
    """What a worker and an engineer were seen to ask of the emulator, model by model."""
    folder = tmp_path_factory.mktemp("emulator")
    with (
        running_emulator(folder, instant=True) as emulator,
        tapped(emulator.endpoint, {emulator.bucket: HERE.bucket}) as (url, notes),
    ):
        clients = aws.Clients(
            aws.Endpoint(
                bedrock_url=url,
                s3_url=url,
                access_key=emulator.access_key,
                secret_key=emulator.secret_key,
                bucket=emulator.bucket,
            )
        )
        _pay(clients)
        _talk(clients)
        Account(clients=_steered(clients, url), clock=SystemClock()).data_retention("us-west-2")
        worker = list(notes)
        notes.clear()
        steered = _steered(clients, url)
        offers(steered, ["us-west-2"])
        blocked(steered, [CATALOGUE["luma-ray2"]])
        return {"worker": worker, "engineer": list(notes)}


def _steered(clients, url):
    """Let the control plane be asked there as well."""
    clients._urls["bedrock"] = url
    return clients


def _pay(clients):
    """Send one paid call of every model, wait for it, and look for it as after a crash."""
    data = drawn()
    for backend in (bedrock_invoke, bedrock_async, sagemaker_async):
        way = backend.build(clients)
        for model in (m for m in ALIVE if m.dialect == backend.__name__.rpartition(".")[2]):
            call = asked_of(model, request(model, model.operations[0], data=data), model.key, data)
            found = way.send(call)
            while isinstance(found, Running):
                found = way.poll(call, found.provider_ref)
            assert isinstance(found, Delivered), (model.key, found)
            way.find(call)
            way.find(replace(call, token="neversent", attempt="never-sent"))


def _talk(clients):
    loop = LoopThread()
    try:
        for model in (m for m in ALIVE if m.dialect == "converse"):
            told = LanguageClient(clients, loop).ask(
                Question(model=model, region=model.regions[0], text="Say one word.")
            )
            assert told.text
    finally:
        loop.close()


@pytest.fixture(scope="module")
def storage_seen(s3, tmp_path_factory):
    """What each role was seen to ask of S3 and KMS."""
    import boto3

    name, anchor = s3.bucket(), s3.bucket()
    keys = {"region_name": "us-west-2", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    kms = boto3.client("kms", endpoint_url=s3.endpoint, **keys)
    for alias in (f"alias/circletake/beta/{P}", "alias/circletake/beta/the-house"):
        made = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=made)
    s3.client().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    seen = {}
    place = {name: HERE.bucket, anchor: HERE.anchor_bucket}
    with tapped(s3.endpoint, place) as (url, notes):
        aware = boto3.client("kms", endpoint_url=url, **keys)
        clients = aws.Clients(
            aws.Endpoint(bedrock_url=url, s3_url=url, access_key="x", secret_key="x", bucket=name)
        )
        bucket_client = clients.archive("us-west-2")
        copies = tmp_path_factory.mktemp("copies")
        for role, work in (("worker", _keep), ("api", _leave)):
            work(bucket_client, aware, name, anchor, copies)
            seen[role] = list(notes)
            notes.clear()
    return seen


def _keep(client, kms, name, anchor, copies):
    """What workers do with media, uploads that were left, keys and the audit log's heads."""
    key = "alias/circletake/beta/{partner}"
    media = MediaBucket(client=client, bucket=name, copies=copies, kms_key=key)
    media.answers()
    ref = media.put(P, small_png(1), "image/png")
    assert media.get(P, ref.sha256) == small_png(1)
    assert not media.has(P, "0" * 64)
    quarantine = QuarantineBucket(client=client, bucket=name, prefix="media/quarantine/")
    quarantine.put(P, "u1", b"part")
    quarantine.drop(P, "u1")
    sealed_word = _vault(client, kms, name).seal(P, "prompt", "a word of theirs")
    assert _vault(client, kms, name).open(P, "prompt", sealed_word) == "a word of theirs"
    anchored = AnchorBucket(lambda: client, anchor, iam.ANCHOR)
    anchored.keep({P: (1, "ab")}, datetime(2026, 11, 21, tzinfo=UTC))


def _vault(client, kms, name):
    keyring = KeyBucket(lambda: client, name, prefix="media/keys/")
    return Vault(keyring, Kms(lambda: kms, "alias/circletake/beta/{partner}"), SystemClock())


def _leave(client, kms, name, anchor, copies):
    """What the service does: as a worker, and it lets a partner go, every version."""
    _keep(client, kms, name, anchor, copies)
    assert AnchorBucket(lambda: client, anchor, iam.ANCHOR).kept()
    client.create_multipart_upload(Bucket=name, Key=f"media/{P}/ab/unfinished")
    places = ("media/", "media/quarantine/", "media/previews/")
    going = Bucket(client=client, name=name, prefixes=places)
    assert list(going.samples(P))
    assert going.count(P)
    going.remove(P)
    _vault(client, kms, name).destroy(P, datetime(2026, 11, 21, tzinfo=UTC))
    assert going.count(P) == 0
    assert list(going.others())


@pytest.mark.slow
def test_every_role_may_do_what_it_was_seen_to_do_and_needs_each_statement(
    models_seen, storage_seen
):
    retention = [a for a in models_seen["worker"] if a.action == "bedrock:GetAccountDataRetention"]
    seen = {
        "worker": models_seen["worker"] + storage_seen["worker"],
        "api": storage_seen["api"] + retention,
        "engineer": models_seen["engineer"] + retention,
    }
    assert len({a.resource for a in seen["worker"] if a.action == "bedrock:InvokeModel"}) > 50
    for role, needs in seen.items():
        said = statements(role)
        denied = {(a.action, a.resource) for a in needs if not allows(said, a)}
        assert denied == set(), role
        for left_out in said:
            rest = [s for s in said if s is not left_out]
            assert not all(allows(rest, a) for a in needs), (
                f"{role}: nobody needs {left_out['Sid']}"
            )


@pytest.mark.slow
@pytest.mark.parametrize("role", PAID_ROLES)
def test_a_session_of_one_partner_can_do_all_of_that_partners_work(models_seen, storage_seen, role):
    needs = storage_seen[role] + (models_seen["worker"] if role == "worker" else [])
    across = {"media/", "media/quarantine/", "media/previews/"}  # the search after a purge
    own = [a for a in needs if a.context.get("s3:prefix") not in across]
    said = statements(role, P)
    assert [a for a in own if not allows(said, a)] == []


@pytest.mark.slow
def test_every_model_of_the_catalogue_was_asked(models_seen):
    asked = {a.resource.rpartition("/")[2] for a in models_seen["worker"]}
    spoken = {"bedrock_invoke", "bedrock_async", "sagemaker_async", "converse"}
    assert {m.wire_id for m in ALIVE if m.dialect in spoken} <= asked
