"""What the AWS account has for us: bucket, key, invocation log, quotas, rights; asked for free."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dashboard.vitals import Ailing
from router.admission.retention import is_governed
from router.cloud import iam, listing, quota_file, quotas
from router.cloud.aws import Clients
from router.cloud.invocation_log import PREFIX
from router.domain.errors import Unreachable
from router.domain.model import LifecycleStatus, Model
from router.settings import Settings

Check = tuple[str, Callable[[], str], str]
FILM_DIALECT = "bedrock_async"
PUBLIC = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# What a worker needs before its first paid call; the rest shows itself without money being lost.
NEEDED = ("AskModels", "AskStills", "AskWords", "HandOverToModels", "FetchFromModels")
STACK = "deploy/aws/stack.yaml sets it so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """An account, as this installation would use it."""

    clients: Clients
    here: Settings
    catalogue: Mapping[str, Model]
    partners: Sequence[str] = ()

    def checks(self) -> Iterator[Check]:
        """Give what there is to look at: name, look, and what to do where AWS gives no answer."""
        yield "quotas", self.quotas, "allow servicequotas:ListServiceQuotas"
        for region in self.sending_regions():
            yield (
                f"invocation log in {region}",
                partial(self.log, region),
                "allow bedrock:GetModelInvocationLoggingConfiguration",
            )
        yield "bucket", self.bucket, "see CIRCLETAKE_BUCKET; allow s3:GetBucketLocation"
        if self.clients.bucket is not None:
            yield "bucket, public", self.public, "allow s3:GetBucketPublicAccessBlock"
            yield "bucket, at rest", self.at_rest, "allow s3:GetEncryptionConfiguration"
            yield "bucket, in transit", self.in_transit, "allow s3:GetBucketPolicy"
        yield "KMS key", self.key, "allow kms:DescribeKey; see CIRCLETAKE_KMS_KEY"
        yield (
            "rights",
            self.rights,
            "allow iam:SimulatePrincipalPolicy on itself",
        )

    def sending_regions(self) -> tuple[str, ...]:
        """Give the Regions that paid calls go to first."""
        live = [m for m in self.catalogue.values() if _lives(m) and is_governed(m)]
        return tuple(sorted({m.regions[0] for m in live}))

    def quotas(self) -> str:
        """Read quotas, and hold what is kept of them against it."""
        models = quotas.asked_for(self.catalogue)
        regions = sorted({region for m in models for region in m.regions})
        listed = [row for region in regions for row in listing.quotas(self.clients, region)]
        titles = {k: v for r in regions for k, v in listing.titles(self.clients, r).items()}
        found = quotas.match(models, listed, titles)
        closed = quota_file.closed(found)
        if closed:
            raise Ailing(
                f"a quota of zero: {', '.join(closed)}",
                "ask for more at Service Quotas in the console; until then nothing can be asked",
            )
        known = len(models) - len(found.unlisted)
        said = f"{known} of {len(models)} models have one that the router can keep"
        said += f", {len(found.doubtful)} are doubtful" if found.doubtful else ""
        if known and not (self.here.home / quota_file.NAME).is_file():
            raise Ailing(f"{said}; none is kept here", "`circletake models quotas --keep`")
        return said

    def log(self, region: str) -> str:
        """See that invocations are logged where lost answers are looked for."""
        ask = self.clients.control(region).get_model_invocation_logging_configuration
        told = listing.asked(region, partial(ask)).get("loggingConfig") or {}
        place = told.get("s3Config") or {}
        todo = (
            f"`aws bedrock put-model-invocation-logging-configuration` in {region}: S3, bucket"
            f" CIRCLETAKE_BUCKET, prefix {PREFIX.rstrip('/')}, text and images"
        )
        if not place:
            raise Ailing("off: what a lost answer was worth, nobody could find out", todo)
        wanted = (self.clients.bucket, PREFIX.rstrip("/"))
        found = (place.get("bucketName"), str(place.get("keyPrefix", "")).rstrip("/"))
        if found != wanted:
            raise Ailing(f"in s3://{found[0]}/{found[1]}, where nobody here looks", todo)
        kinds = [k for k in ("text", "image") if not told.get(f"{k}DataDeliveryEnabled")]
        if kinds:
            raise Ailing(f"without {' and '.join(kinds)}: an answer could not be had back", todo)
        return f"in s3://{found[0]}/{found[1]}, with text and images"

    def bucket(self) -> str:
        """See that the bucket is there, and in the Region that delivers films to it."""
        name = self.clients.bucket
        films = sorted(
            {r for m in self.catalogue.values() if _lives(m) and m.dialect == FILM_DIALECT
             for r in m.regions}
        )  # fmt: skip
        todo = (
            f"name a bucket in {', '.join(films)} by CIRCLETAKE_BUCKET: films are delivered there"
        )
        if name is None:
            raise Ailing("none is named", todo)
        region = films[0] if films else self.here.region
        answer = listing.asked(
            region, partial(self.clients.s3(region).get_bucket_location, Bucket=name), "S3"
        )
        found = answer.get("LocationConstraint") or "us-east-1"
        if films and found not in films:
            raise Ailing(f"{name} is in {found}", todo)
        return f"{name} in {found}"

    def public(self) -> str:
        """See that nothing in the bucket can be made public."""
        said = self._of_bucket(
            "get_public_access_block", none=("NoSuchPublicAccessBlockConfiguration",)
        )
        block = (said or {}).get("PublicAccessBlockConfiguration", {})
        open_ = [name for name in PUBLIC if not block.get(name)]
        if open_:
            raise Ailing(
                f"not blocked: {', '.join(open_)}",
                f"`aws s3api put-public-access-block` with all four; {STACK}",
            )
        return "blocked, all four ways"

    def at_rest(self) -> str:
        """See that the bucket is encrypted by a KMS key."""
        said = self._of_bucket(
            "get_bucket_encryption", none=("ServerSideEncryptionConfigurationNotFoundError",)
        )
        rules = (said or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        kinds = [r["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for r in rules]
        if not any(kind.startswith("aws:kms") for kind in kinds):
            raise Ailing(
                f"{', '.join(kinds) or 'no default'}: no key of yours stands before it",
                f"`aws s3api put-bucket-encryption` with aws:kms; {STACK}",
            )
        return ", ".join(kinds)

    def in_transit(self) -> str:
        """See that the bucket refuses what is not sent by TLS."""
        said = self._of_bucket("get_bucket_policy", none=("NoSuchBucketPolicy",))
        statements = json.loads(said["Policy"])["Statement"] if said else []
        if not any(_refuses_plain(one) for one in statements):
            raise Ailing(
                "plain HTTP is not refused",
                f"a policy that denies s3:* where aws:SecureTransport is false; {STACK}",
            )
        return "TLS only"

    def key(self) -> str:
        """See that the key of the house, and each partner's, can be used."""
        name = self.here.kms_key
        if name is None:
            return "none named: keys of partners are wrapped by a file of this home"
        whose = (iam.HOUSE_KEY, *self.partners) if "{partner}" in name else ("",)
        states = {who: self._state(name.replace("{partner}", who)) for who in whose}
        wrong = {who: state for who, state in states.items() if state != "Enabled"}
        if wrong:
            said = ", ".join(f"{who or name}: {state}" for who, state in wrong.items())
            raise Ailing(said, "deploy/aws/partner.yaml makes one for each; enable it in KMS")
        return f"{len(states)} enabled"

    def rights(self) -> str:
        """Let IAM judge, without a call being made, whether this caller may do a worker's work."""
        region = self.here.region
        said = listing.asked(region, self.clients.sts(region).get_caller_identity, "STS")
        who = principal(str(said["Arn"]))
        if who is None:
            raise Ailing("the root user", "work under a role of `circletake aws policy`")
        simulator = self.clients.about("iam", region).simulate_principal_policy
        denied: list[str] = []
        for one in self._needed(str(said["Account"])):
            ask = partial(
                simulator,
                PolicySourceArn=who,
                ActionNames=list(one.actions),
                ResourceArns=list(one.resources),
            )
            try:
                answer = listing.asked(region, ask, "IAM")
            except Unreachable as silence:
                return (
                    f"not looked at: {silence.found}; allow iam:SimulatePrincipalPolicy on itself"
                )
            denied += [_denied(row) for row in answer["EvaluationResults"] if _is_denied(row)]
        if denied:
            first = "; ".join(denied[:3]) + (f" and {len(denied) - 3} more" if denied[3:] else "")
            raise Ailing(first, "attach `circletake aws policy --role worker` to it")
        return f"{who} may do what a worker does before its first paid call"

    def _needed(self, account: str) -> tuple[iam.Statement, ...]:
        bucket = self.clients.bucket or "no-bucket-is-named"
        where = iam.Account(id=account, region=self.here.region, bucket=bucket, anchor_bucket="")
        every = iam.policy("worker", self.catalogue, where)
        return tuple(s for s in every if s.sid in NEEDED and not s.conditions)

    def _state(self, name: str) -> str:
        region = self.here.region
        ask = partial(self.clients.about("kms", region).describe_key, KeyId=name)
        said = listing.asked_or_none(region, ask, "KMS", none=("NotFoundException",))
        return str(said["KeyMetadata"]["KeyState"]) if said else "not there"

    def _of_bucket(self, operation: str, *, none: tuple[str, ...]) -> Mapping[str, Any] | None:
        region = self.here.region
        ask = partial(getattr(self.clients.s3(region), operation), Bucket=self.clients.bucket)
        return listing.asked_or_none(region, ask, "S3", none=none)


def principal(arn: str) -> str | None:
    """Give whose policies count for a caller: of a session its role's; None for the root user.

    A role in a path loses it in a session's ARN (IAM User Guide, "IAM identifiers").
    """
    if arn.endswith(":root"):
        return None
    if ":assumed-role/" not in arn:
        return arn
    account, role = arn.split(":")[4], arn.split("/")[1]
    return f"arn:aws:iam::{account}:role/{role}"


def _lives(model: Model) -> bool:
    return model.lifecycle.status is not LifecycleStatus.RETIRED


def _is_denied(row: Mapping[str, Any]) -> bool:
    return bool(row["EvalDecision"] != "allowed")


def _denied(row: Mapping[str, Any]) -> str:
    return f"{row['EvalActionName']} on {row.get('EvalResourceName', '*')}: {row['EvalDecision']}"


def _refuses_plain(statement: Mapping[str, Any]) -> bool:
    told = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return statement.get("Effect") == "Deny" and str(told).lower() == "false"
