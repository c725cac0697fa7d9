"""The doors of AWS that cost next to nothing: who we are, the bucket, the key."""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.smoke.asks import PARTNER
from benchmarks.smoke.remedies import BUCKET
from benchmarks.smoke.remedies import KEY as KEY_TODO
from benchmarks.smoke.step import Ended, State, Step
from router.cloud import aws, listing
from router.domain.errors import PlatformError
from router.settings import Settings
from router.vault.wrapping import Kms

KEY = "async-takes/smoke-test.txt"  # where a worker's rights let it write and read
BODY = b"circletake smoke test\n"
FILM_REGION = "us-west-2"  # where films are made, and the bucket has to be

IDENTITY = Step(
    family="identity",
    what="GetCallerIdentity (free)",
    proves="credentials, clock and the way out to AWS",
    worst_musd=0,
)
BUCKET_STEP = Step(
    family="bucket",
    what="PutObject and GetObject of 22 bytes (S3: about 0.00001 USD, not in our ledger)",
    proves="the bucket, its Region, its encryption, and the right to write and read there",
    worst_musd=0,
)
KEYS = Step(
    family="keys",
    what="GenerateDataKey and Decrypt (KMS: about 0.00001 USD, not in our ledger)",
    proves="the key, its state, and the right to use it under the name of a partner",
    worst_musd=0,
)


def steps(
    clients: aws.Clients, here: Settings, *, simulated: bool
) -> tuple[tuple[Step, Callable[[], Ended]], ...]:
    """Give the free steps, each with how it is taken."""
    return (
        (IDENTITY, partial(_identity, clients, here.region, simulated=simulated)),
        (BUCKET_STEP, partial(_bucket, clients)),
        (KEYS, partial(_key, here, simulated=simulated)),
    )


def _identity(clients: aws.Clients, region: str, *, simulated: bool) -> Ended:
    if simulated:
        return _skipped(IDENTITY, "the emulator has no STS: nothing is proven")
    try:
        said = listing.asked(region, clients.sts(region).get_caller_identity)
    except PlatformError as error:
        return _failed(IDENTITY, error, "see `aws sts get-caller-identity`; is the clock right?")
    return Ended(step=IDENTITY, state=State.PASS, said=str(said["Arn"]))


def _bucket(clients: aws.Clients) -> Ended:
    name = clients.bucket
    if name is None:
        return _skipped(BUCKET_STEP, "no bucket is named", BUCKET)
    client = clients.archive(FILM_REGION)

    def there_and_back() -> dict[str, Any]:
        client.put_object(Bucket=name, Key=KEY, Body=BODY)
        answer = client.get_object(Bucket=name, Key=KEY)
        return {"body": answer["Body"].read(), "simulated": aws.simulated(answer)}

    try:
        found = listing.asked(FILM_REGION, there_and_back)
    except PlatformError as error:
        return _failed(BUCKET_STEP, error, f"{BUCKET}; may this caller write there?")
    if found["body"] != BODY:
        said = f"s3://{name}/{KEY} came back as other bytes"
        return Ended(step=BUCKET_STEP, state=State.FAIL, said=said, todo="who else writes there?")
    return Ended(
        step=BUCKET_STEP, state=State.PASS, said=f"s3://{name}", simulated=found["simulated"]
    )


def _key(here: Settings, *, simulated: bool) -> Ended:
    if simulated:
        return _skipped(KEYS, "the emulator has no KMS: nothing is proven")
    if here.kms_key is None:
        said = "CIRCLETAKE_KMS_KEY names no key: partners' keys are wrapped by a file of this home"
        return _skipped(KEYS, said, "name a key where machines share one database")

    def client() -> Any:
        return aws.Clients().about("kms", here.region)

    wrap = Kms(client, here.kms_key)
    try:
        secret, wrapped = wrap.make(PARTNER)
        opened = wrap.open(PARTNER, wrapped)
    except PlatformError as error:
        return _failed(KEYS, error, KEY_TODO)
    state = State.PASS if opened == secret else State.FAIL
    return Ended(step=KEYS, state=state, said=here.kms_key)


def _failed(step: Step, error: PlatformError, todo: str) -> Ended:
    return Ended(step=step, state=State.FAIL, said=str(error), todo=todo)


def _skipped(step: Step, said: str, todo: str = "") -> Ended:
    return Ended(step=step, state=State.SKIPPED, said=said, todo=todo)
