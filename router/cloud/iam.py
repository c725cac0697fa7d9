"""What each role may do at AWS, and nothing else: written from the catalogue.

Pure. A model is named by exact ARN. One behind an inference profile is allowed at the profile, in
the Region where the router calls it, and in every Region that may do the work for that profile
only. A statement on `*` says why AWS demands it. Sources: Service Authorization Reference (Amazon
Bedrock, S3, KMS, SageMaker); Amazon Bedrock User Guide, "Prerequisites for inference profiles".
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.domain.errors import BadInput
from router.domain.model import LifecycleStatus, Model

BEDROCK = ("bedrock_invoke", "bedrock_async", "converse")  # dialects that Bedrock Runtime speaks
FILMS = "bedrock_async"
ENDPOINTS = "sagemaker_async"
HOUSE_KEY = "the-house"  # ends the alias of the key for what is no partner's; no partner's name
ANCHOR = "audit/"  # prefix of the heads in their own bucket
MOST_LETTERS = 6144  # of a managed policy, white space left out (IAM quotas)
Conditions = Mapping[str, Mapping[str, str | list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where it is installed; any text may stand for a part of it, also `${AWS::AccountId}`."""

    id: str
    region: str  # of bucket, keys and services; models have Regions of their own
    bucket: str  # media, films and the invocation log
    anchor_bucket: str  # heads of the audit chains
    keys: str = "alias/circletake/beta/"  # how the alias of each partner's KMS key begins
    media: str = "media/"  # prefix of media in the bucket


def account(number: str, region: str, environment: str) -> Account:
    """Name everything as `deploy/aws/stack.yaml` names it."""
    return Account(
        id=number,
        region=region,
        bucket=f"circletake-{environment}-{number}",
        anchor_bucket=f"circletake-{environment}-{number}-anchor",
        keys=f"alias/circletake/{environment}/",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that a role may do."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions | None = None
    why_all: str = ""  # why the resource is `*`
    effect: str = "Allow"

    def as_json(self) -> dict[str, Any]:
        """Give it as IAM reads it."""
        said: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        said |= {"Action": list(self.actions), "Resource": list(self.resources)}
        return said | ({"Condition": dict(self.conditions)} if self.conditions else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What statements are made from."""

    account: Account
    models: tuple[Model, ...]
    partner: str | None


def policy(
    role: str, catalogue: Mapping[str, Model], account: Account, partner: str | None = None
) -> tuple[Statement, ...]:
    """Give the statements of a role.

    Args:
        role: worker, api, engineer or dashboard.
        catalogue: rows past the end of their life, and those that nobody can call, are left out.
        account: where it is installed.
        partner: narrows media and keys to this one: for a session that works for nobody else.

    Raises:
        BadInput: no such role.
    """
    ways = ROLES.get(role)
    if ways is None:
        raise BadInput(field="--role", found=role, expected=", ".join(sorted(ROLES)))
    alive = (m for m in catalogue.values() if m.lifecycle.status is not LifecycleStatus.RETIRED)
    asked = _Asked(account=account, models=tuple(alive), partner=partner)
    return tuple(s for way in ways for s in way(asked) if s.resources)


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    """Give the policy document."""
    return {"Version": "2012-10-17", "Statement": [one.as_json() for one in statements]}


def parts(statements: Iterable[Statement]) -> Iterator[tuple[Statement, ...]]:
    """Spread statements over managed policies, none of which is longer than IAM takes."""
    held: list[Statement] = []
    for one in statements:
        if held and _letters([*held, one]) > MOST_LETTERS:
            yield tuple(held)
            held = []
        held.append(one)
    yield tuple(held)


def _letters(statements: Iterable[Statement]) -> int:
    return len(json.dumps(document(statements), separators=(",", ":")))


def _models(asked: _Asked) -> Iterator[Statement]:
    served = [m for m in asked.models if m.dialect in BEDROCK]
    plain = [m for m in served if m.profile_id is None and not m.is_endpoint]
    yield Statement(
        sid="AskModels",
        actions=("bedrock:InvokeModel",),
        resources=tuple(_model(m, region) for m in plain for region in m.regions),
    )
    for dialect, sid in (("bedrock_invoke", "Stills"), ("converse", "Words")):
        yield from _profiles(
            asked, [m for m in served if m.profile_id and m.dialect == dialect], sid
        )
    yield Statement(
        sid="AskEndpointsThroughBedrock",
        actions=("bedrock:InvokeModel",),
        resources=tuple(m.model_id for m in served if m.is_endpoint),
    )


def _profiles(asked: _Asked, models: list[Model], sid: str) -> Iterator[Statement]:
    """Allow profiles where they are called, and their models for those profiles only."""
    named = tuple(_profile(asked.account, m) for m in models)
    yield Statement(sid=f"Ask{sid}", actions=("bedrock:InvokeModel",), resources=named)
    yield Statement(
        sid=f"{sid}WhereverTheProfileWorks",
        actions=("bedrock:InvokeModel",),
        resources=tuple(_model(m, region) for m in models for region in m.regions),
        conditions={"StringEquals": {"bedrock:InferenceProfileArn": list(named)}},
    )


def _films(asked: _Asked) -> Iterator[Statement]:
    regions = sorted({r for m in asked.models if m.dialect == FILMS for r in m.regions})
    yield Statement(
        sid="FollowFilms",
        actions=("bedrock:InvokeModel", "bedrock:GetAsyncInvoke"),
        resources=tuple(f"arn:aws:bedrock:{r}:{asked.account.id}:async-invoke/*" for r in regions),
    )
    yield Statement(
        sid="FindFilmsByToken",
        actions=("bedrock:ListAsyncInvokes",),
        resources=("*",) if regions else (),
        conditions={"StringEquals": {"aws:RequestedRegion": regions}},
        why_all="ListAsyncInvokes takes no resource; held to the Regions of the catalogue instead",
    )


def _retention(asked: _Asked) -> Iterator[Statement]:
    regions = sorted({r for m in asked.models if m.dialect in BEDROCK for r in m.regions})
    yield Statement(
        sid="ReadDataRetention",
        actions=("bedrock:GetAccountDataRetention",),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": regions}},
        why_all="a setting of the account has no resource; held to the Regions of the catalogue",
    )


def _endpoints(asked: _Asked) -> Iterator[Statement]:
    own = [m for m in asked.models if m.dialect == ENDPOINTS]
    yield Statement(
        sid="QueueAtEndpoints",
        actions=("sagemaker:InvokeEndpointAsync",),
        resources=tuple(
            f"arn:aws:sagemaker:{region}:{asked.account.id}:endpoint/{m.model_id}"
            for m in own
            for region in m.regions
        ),
    )


def _catalogue(asked: _Asked) -> Iterator[Statement]:
    regions = sorted({r for m in asked.models if m.dialect in BEDROCK for r in m.regions})
    yield Statement(
        sid="ReadModelLists",
        actions=("bedrock:ListFoundationModels", "bedrock:GetFoundationModelAvailability"),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": regions}},
        why_all="lists take no resource; held to the Regions of the catalogue instead",
    )


def _paid_media(asked: _Asked) -> Iterator[Statement]:
    """Where paid work passes through; attempts name these objects, and no partner."""
    yield Statement(
        sid="HandOverToModels",
        actions=("s3:PutObject",),
        resources=_objects(asked, "async-takes/*", "endpoint-input/*"),
    )
    yield Statement(
        sid="FetchFromModels",
        actions=("s3:GetObject",),
        resources=_objects(
            asked, "async-takes/*", "endpoint-output/*", "endpoint-failure/*", "invocation-logs/*"
        ),
    )


def _list_paid(asked: _Asked) -> Iterator[Statement]:
    folders = ["async-takes/*", "endpoint-output/*", "endpoint-failure/*", "invocation-logs/*"]
    yield _listing(asked, "ListWork", [*folders, *_media_folders(asked)])


def _list_media(asked: _Asked) -> Iterator[Statement]:
    yield _listing(asked, "ListMedia", _media_folders(asked))


def _listing(asked: _Asked, sid: str, folders: list[str]) -> Statement:
    """Allow lists of these folders.

    With `IfExists`: a read of what is not there carries no prefix, and without this right S3 says
    403 to it instead of 404, which we could not tell from a bucket that is closed.
    """
    return Statement(
        sid=sid,
        actions=("s3:ListBucket",),
        resources=(f"arn:aws:s3:::{asked.account.bucket}",),
        conditions={"StringLikeIfExists": {"s3:prefix": folders}},
    )


def _media(asked: _Asked) -> Iterator[Statement]:
    yield Statement(
        sid="KeepMedia",
        actions=("s3:GetObject", "s3:PutObject"),
        resources=_objects(asked, *_media_folders(asked)),
    )


def _probe(asked: _Asked) -> Iterator[Statement]:
    """A session of one partner looks whether the bucket answers, as `MediaBucket.answers` does."""
    nowhere = f"{asked.account.media}nobody/00/{'0' * 64}"
    yield Statement(
        sid="SeeWhetherItAnswers",
        actions=("s3:GetObject",),
        resources=_objects(asked, nowhere) if asked.partner else (),
    )


def _sweep(asked: _Asked) -> Iterator[Statement]:
    folder = f"{asked.account.media}quarantine/{asked.partner or '*'}/*"
    yield Statement(
        sid="SweepUploads", actions=("s3:DeleteObject",), resources=_objects(asked, folder)
    )


def _leave(asked: _Asked) -> Iterator[Statement]:
    """A partner leaves without a trace: every version, every unfinished upload."""
    yield Statement(
        sid="DeleteEveryVersion",
        actions=("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
        resources=_objects(asked, *_media_folders(asked)),
    )
    yield Statement(
        sid="FindEveryVersion",
        actions=("s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
        resources=(f"arn:aws:s3:::{asked.account.bucket}",),
        conditions={"StringLike": {"s3:prefix": _media_folders(asked)}},
    )


def _anchor(asked: _Asked) -> Iterator[Statement]:
    place = f"arn:aws:s3:::{asked.account.anchor_bucket}"
    yield Statement(sid="AnchorAudit", actions=("s3:PutObject",), resources=(f"{place}/{ANCHOR}*",))


def _anchored(asked: _Asked) -> Iterator[Statement]:
    place = f"arn:aws:s3:::{asked.account.anchor_bucket}"
    yield Statement(sid="ReadAnchor", actions=("s3:GetObject",), resources=(f"{place}/{ANCHOR}*",))
    yield Statement(
        sid="ListAnchor",
        actions=("s3:ListBucket",),
        resources=(place,),
        conditions={"StringEquals": {"s3:prefix": ANCHOR}},
    )


def _keys(asked: _Asked) -> Iterator[Statement]:
    """Use the key of a partner: for its media through S3, for its words under its own name."""
    account = asked.account
    actions = ("kms:GenerateDataKey", "kms:Decrypt")
    keys = (f"arn:aws:kms:{account.region}:{account.id}:key/*",)
    mine = f"{account.keys}{asked.partner or '*'}"
    aliases = [mine, f"{account.keys}{HOUSE_KEY}"] if asked.partner else [mine]
    yield Statement(
        sid="SealMedia",
        actions=actions,
        resources=keys,
        conditions={
            "ForAnyValue:StringLike": {"kms:ResourceAliases": aliases},
            "StringEquals": {"kms:ViaService": f"s3.{account.region}.amazonaws.com"},
        },
    )
    yield Statement(
        sid="SealWords",
        actions=actions,
        resources=keys,
        conditions={
            "ForAnyValue:StringLike": {"kms:ResourceAliases": mine},
            "StringLike": {"kms:EncryptionContext:circletake:partner": asked.partner or "?*"},
        },
    )


def _nothing(_: _Asked) -> Iterator[Statement]:
    yield Statement(
        sid="Nothing",
        effect="Deny",
        actions=("*",),
        resources=("*",),
        why_all="screens speak to the service only; whatever is attached later stays void",
    )


Way = Callable[[_Asked], Iterator[Statement]]
ROLES: Mapping[str, tuple[Way, ...]] = {
    "worker": (
        _models, _films, _retention, _endpoints, _paid_media, _list_paid, _media, _probe, _sweep,
        _anchor, _keys,
    ),
    "api": (_retention, _media, _probe, _list_media, _leave, _anchor, _anchored, _keys),
    "engineer": (_catalogue, _retention),
    "dashboard": (_nothing,),
}  # fmt: skip


def _media_folders(asked: _Asked) -> list[str]:
    """Name what lies by partner below the prefix of media."""
    media, who = asked.account.media, asked.partner
    if who is None:
        return [f"{media}*"]
    folders = [f"{media}{room}{who}/*" for room in ("", "quarantine/", "previews/")]
    return [*folders, f"{media}keys/{who}.key"]


def _objects(asked: _Asked, *keys: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:s3:::{asked.account.bucket}/{key}" for key in keys)


def _model(model: Model, region: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model.model_id}"


def _profile(account: Account, model: Model) -> str:
    """Name a profile where the gate sends its requests: the first of its Regions."""
    return f"arn:aws:bedrock:{model.regions[0]}:{account.id}:inference-profile/{model.profile_id}"
