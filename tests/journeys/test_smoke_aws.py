"""The smoke test as an engineer runs it: the wire of AWS itself, with look-alikes at its ends.

Bedrock, S3 and SageMaker are the emulator; STS and KMS are moto. So every family passes, and all
of it is marked as simulated: what only an account can prove stays unproven.
"""

import json
import subprocess
import sys

import pytest

from router.testing.emulator import running_emulator

pytestmark = pytest.mark.slow
SERVICES = ("BEDROCK_RUNTIME", "BEDROCK", "S3", "SAGEMAKER_RUNTIME")


@pytest.fixture(scope="module")
def account(s3, tmp_path_factory):
    """What an engineer's shell holds, and the emulator behind it."""
    import boto3

    kms = boto3.client(
        "kms",
        endpoint_url=s3.endpoint,
        region_name="us-west-2",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/house/smoke", TargetKeyId=key)
    with running_emulator(tmp_path_factory.mktemp("emulator"), instant=True) as emulator:
        yield (
            emulator,
            {
                **{f"AWS_ENDPOINT_URL_{name}": emulator.endpoint for name in SERVICES},
                "AWS_ENDPOINT_URL_STS": s3.endpoint,
                "AWS_ENDPOINT_URL_KMS": s3.endpoint,
                "AWS_ACCESS_KEY_ID": emulator.access_key,
                "AWS_SECRET_ACCESS_KEY": emulator.secret_key,
                "AWS_REGION": "us-west-2",
                "AWS_EC2_METADATA_DISABLED": "true",
                "CIRCLETAKE_BUCKET": emulator.bucket,
                "CIRCLETAKE_KMS_KEY": "alias/house/{partner}",
                "PATH": "/usr/bin:/bin",
            },
        )


def smoke(env, home, *words, said=""):
    whole = [sys.executable, "-m", "dashboard.console", "--home", str(home), *words]
    return subprocess.run(
        whole,
        env=env | {"HOME": str(home)},
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_spent_before_the_cost_was_said_and_agreed_to(account, tmp_path):
    emulator, env = account
    before = len(emulator.billed())
    done = smoke(env, tmp_path, "aws", "smoke", "--budget", "5", said="n\n")
    assert done.returncode != 0
    assert "AWS is paid: 3.87" in done.stderr
    assert "3.750000 USD at most  film" in done.stderr
    assert done.stderr.index("3.87") < done.stderr.index("Spend it?")
    assert "Traceback" not in done.stderr
    assert len(emulator.billed()) == before


def test_every_family_passes_and_is_marked_and_the_bill_is_the_ledgers(account, tmp_path):
    emulator, env = account
    before = sum(row["usd"] for row in emulator.billed())
    done = smoke(env, tmp_path, "--json", "aws", "smoke", "--budget", "5", "--yes")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {s["family"]: s["state"] for s in said["steps"]} == dict.fromkeys(
        ("identity", "bucket", "keys", "picture", "edit", "judge", "endpoint", "film"), "pass"
    )
    assert said["simulated"] is True
    assert said["account"] == "aws:smoke-1"
    billed = sum(row["usd"] for row in emulator.billed()) - before
    assert billed == pytest.approx(said["spent_usd"], abs=1e-6)
    assert billed <= 5


def test_without_an_identity_nothing_else_is_tried(account, tmp_path):
    emulator, env = account
    before = len(emulator.billed())
    nobody = env | {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    done = smoke(nobody, tmp_path, "--json", "aws", "smoke", "--budget", "5", "--yes")
    assert done.returncode == 1
    ends = {s["family"]: s for s in json.loads(done.stdout)["steps"]}
    assert ends["identity"]["state"] == "fail"
    assert {s["state"] for f, s in ends.items() if f != "identity"} == {"skipped"}
    assert len(emulator.billed()) == before
