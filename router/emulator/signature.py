"""AWS Signature Version 4: who signed this request, and is it what they signed?

Source: AWS documentation, "Signature Version 4 for API requests". Bedrock's canonical path encodes
the path on the wire once more; S3's does not. Both forms are read, header and presigned query.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote

from router.emulator.errors import AwsError
from router.emulator.wire import Request

SCHEME = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
MAX_SKEW = timedelta(minutes=5)
MAX_PRESIGNED = 7 * 24 * 3600
STAMP = "%Y%m%dT%H%M%SZ"
CREDENTIAL = re.compile(r"([^/\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
HEADER = re.compile(
    rf"{SCHEME} +Credential=(?P<credential>[^,\s]+), *SignedHeaders=(?P<names>[^,\s]+), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
REAL_KEY = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")
"""What a real AWS access key looks like."""

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_JSON_SERVICE = {
    "missing": (403, "MissingAuthenticationTokenException"),
    "malformed": (403, "IncompleteSignatureException"),
    "scope": (403, "InvalidSignatureException"),
    "key": (403, "UnrecognizedClientException"),
    "signature": (403, "InvalidSignatureException"),
    "skew": (403, "InvalidSignatureException"),
    "expired": (403, "InvalidSignatureException"),
    "payload": (403, "InvalidSignatureException"),
}
ERRORS: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "bedrock": _JSON_SERVICE,
    "sagemaker": _JSON_SERVICE,
    "s3": {
        "missing": (403, "AccessDenied"),
        "malformed": (400, "AuthorizationHeaderMalformed"),
        "scope": (400, "AuthorizationHeaderMalformed"),
        "key": (403, "InvalidAccessKeyId"),
        "signature": (403, "SignatureDoesNotMatch"),
        "skew": (403, "RequestTimeTooSkewed"),
        "expired": (403, "AccessDenied"),
        "payload": (400, "XAmzContentSHA256Mismatch"),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The one pair of keys that an emulator takes."""

    access_key: str
    secret_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says about its own signature."""

    access_key: str
    day: str
    region: str
    service: str
    names: tuple[str, ...]
    signature: str
    stamp: str
    payload: str | None
    """Hash of the body as signed; None: taken from the body itself."""
    lifetime: int | None
    """Seconds that a presigned URL is good for; None for the header form."""


def verify(request: Request, service: str, keys: Keys, now: datetime) -> str:
    """Check the signature and give the region that the request is for.

    Raises:
        AwsError: as the service would refuse it.
    """
    claim = _claim(request, service)
    if claim.service != service:
        said = f"Credential should be scoped to correct service: '{service}'."
        raise _refusal(service, "scope", said)
    if claim.access_key != keys.access_key:
        raise _refusal(service, "key", _stranger(service))
    _check_names(request, claim)
    _check_time(claim, now)
    payload = _payload(request, claim)
    if not hmac.compare_digest(_signature(request, claim, keys, payload), claim.signature):
        raise _refusal(service, "signature", MISMATCH)
    return claim.region


def bearer(request: Request, keys: Keys) -> bool:
    """Tell whether the request carries the emulator's secret as a Bedrock API key."""
    said = request.headers.get("authorization", "")
    return hmac.compare_digest(said.encode(), f"Bearer {keys.secret_key}".encode())


def looks_real(request: Request) -> bool:
    """Tell whether someone sent keys of a real account to the emulator."""
    said = request.headers.get("authorization", "") + request.raw_query
    return REAL_KEY.search(said) is not None


def _refusal(service: str, kind: str, message: str) -> AwsError:
    status, code = ERRORS[service][kind]
    return AwsError(status, code, message)


def _stranger(service: str) -> str:
    if service == "s3":
        return "The AWS Access Key Id you provided does not exist in our records."
    return "The security token included in the request is invalid."


def _claim(request: Request, service: str) -> Claim:
    if "X-Amz-Signature=" in request.raw_query:
        return _from_query(request, service)
    if "AWSAccessKeyId=" in request.raw_query:
        text = f"The authorization mechanism you have provided is not supported. Use {SCHEME}."
        raise AwsError(400, "InvalidRequest", text)
    said = request.headers.get("authorization")
    if said is None:
        text = "Access Denied" if service == "s3" else "Missing Authentication Token"
        raise _refusal(service, "missing", text)
    match = HEADER.fullmatch(said)
    scope = CREDENTIAL.fullmatch(match["credential"]) if match else None
    stamp = request.headers.get("x-amz-date", "")
    if match is None or scope is None or not stamp:
        raise _refusal(
            service,
            "malformed",
            "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders', and "
            "the request an 'X-Amz-Date' header.",
        )
    access_key, day, region, named = scope.groups()
    payload = request.headers.get("x-amz-content-sha256") if service == "s3" else None
    return Claim(
        access_key=access_key,
        day=day,
        region=region,
        service=named,
        names=tuple(match["names"].split(";")),
        signature=match["signature"],
        stamp=stamp,
        payload=payload,
        lifetime=None,
    )


def _from_query(request: Request, service: str) -> Claim:
    query = dict(_query_pairs(request.raw_query))
    scope = CREDENTIAL.fullmatch(unquote(query.get("X-Amz-Credential", "")))
    lifetime = query.get("X-Amz-Expires", "")
    names = unquote(query.get("X-Amz-SignedHeaders", ""))
    sound = scope and names and lifetime.isdigit() and int(lifetime) <= MAX_PRESIGNED
    if scope is None or not sound or query.get("X-Amz-Algorithm") != SCHEME:
        raise _refusal(service, "malformed", "Query-string authentication is not complete.")
    access_key, day, region, named = scope.groups()
    return Claim(
        access_key=access_key,
        day=day,
        region=region,
        service=named,
        names=tuple(names.split(";")),
        signature=query["X-Amz-Signature"],
        stamp=query.get("X-Amz-Date", ""),
        payload=UNSIGNED if service == "s3" else None,
        lifetime=int(lifetime),
    )


def _check_names(request: Request, claim: Claim) -> None:
    required = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    if claim.service == "bedrock":
        required = {"host"} if claim.lifetime is not None else {"host", "x-amz-date"}
    unsigned = sorted(required - set(claim.names))
    if unsigned:
        said = f"There were headers present in the request which were not signed: {unsigned}"
        raise _refusal(claim.service, "signature", said)


def _check_time(claim: Claim, now: datetime) -> None:
    try:
        signed = datetime.strptime(claim.stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _refusal(claim.service, "malformed", f"Not a date: {claim.stamp}") from None
    if not claim.stamp.startswith(claim.day):
        raise _refusal(claim.service, "signature", "Date in Credential scope does not match.")
    if signed > now + MAX_SKEW:
        said = f"Signature not yet current: {claim.stamp} is still later than {now:{STAMP}}"
        raise _refusal(claim.service, "skew", said)
    if claim.lifetime is not None:
        if now > signed + timedelta(seconds=claim.lifetime):
            raise _refusal(claim.service, "expired", "Request has expired")
    elif signed < now - MAX_SKEW:
        said = f"Signature expired: {claim.stamp} is now earlier than {now - MAX_SKEW:{STAMP}}"
        raise _refusal(claim.service, "skew", said)


def _payload(request: Request, claim: Claim) -> str:
    if claim.payload == UNSIGNED:
        return UNSIGNED
    found = hashlib.sha256(request.body).hexdigest()
    if claim.payload not in {None, found}:
        said = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise _refusal(claim.service, "payload", said)
    return found


def _query_pairs(raw_query: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in raw_query.split("&") if part)
    return [(name, value) for name, _, value in parts]


def _canonical_query(raw_query: str) -> str:
    if not raw_query:
        return ""
    found = sorted(
        (quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~"))
        for name, value in _query_pairs(raw_query)
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in found)


def _signature(request: Request, claim: Claim, keys: Keys, payload: str) -> str:
    path = unquote(request.raw_path) if claim.service == "s3" else request.raw_path
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in claim.names
    )
    canonical = "\n".join(
        (
            request.method,
            quote(path, safe="/-_.~"),
            _canonical_query(request.raw_query),
            headers,
            ";".join(claim.names),
            payload,
        )
    )
    scope = f"{claim.day}/{claim.region}/{claim.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    said = f"{SCHEME}\n{claim.stamp}\n{scope}\n{digest}"
    key = _signing_key(keys.secret_key, claim.day, claim.region, claim.service)
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
