"""The only file that makes AWS clients, and the one table from what AWS says to what we do next.

A paid call is one HTTP request: the SDK's own retries are off (they repeat even a read timeout, and
pay again), the read timeout is the model's, and each paid request opens a connection of its own,
because a request that dies on a connection gone stale while idle cannot be told from one that was
worked on. Calls that cost nothing share connections and give up sooner.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from router.domain.model import Model
from router.ports import Setback
from router.settings import Settings

CONNECT_TIMEOUT_S = 5.0
FREE_TIMEOUT_S = 60.0
CONNECTIONS = 32
ARCHIVE_TRIES = 5
METADATA_TIMEOUT_S = 1
_AGENT = "circletake (boto3)"
SIMULATED = "x-circletake-simulated"  # header of every answer that an emulator gives

_URL = re.compile(r"https?://([^/\s\"]+)[^\s\"]*")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An explicit place to talk to, with keys of its own: the emulator, wherever it runs."""

    bedrock_url: str
    s3_url: str
    access_key: str
    secret_key: str
    bucket: str
    sagemaker_url: str | None = None  # None = the place that speaks Bedrock speaks this as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What another library signs with, on our behalf."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class Clients:
    """AWS clients by Region, made once and shared by threads.

    Without an endpoint, Region by Region through AWS' default credential chain; the URLs, where
    given, replace AWS' own.
    """

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        bedrock_url: str | None = None,
        s3_url: str | None = None,
        bucket: str | None = None,
        sagemaker_url: str | None = None,
    ) -> None:
        """Keep where to talk to; nothing is opened before the first call."""
        self.bucket = endpoint.bucket if endpoint else bucket
        self._urls = {
            "bedrock-runtime": endpoint.bedrock_url if endpoint else bedrock_url,
            "bedrock": endpoint.bedrock_url if endpoint else None,  # AWS', or as its SDK is told
            "s3": endpoint.s3_url if endpoint else s3_url,
            "sts": None,  # AWS', or as its SDK is told
            "sagemaker-runtime": (endpoint.sagemaker_url or endpoint.bedrock_url)
            if endpoint
            else sagemaker_url,
        }
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._session: Any = None
        self._made: dict[tuple[str, str], Any] = {}
        self._of_thread = threading.local()

    def paid(self, region: str, timeout_s: float, service: str = "bedrock-runtime") -> Any:
        """Give the client for one call that costs money: this thread's, with no connection open."""
        if not hasattr(self._of_thread, "made"):
            self._of_thread.made = {}
        mine: dict[tuple[str, str, float], Any] = self._of_thread.made
        session, client = mine.get((service, region, timeout_s), (None, None))
        with self._lock:
            if client is None or session is not self._session:
                client = self._make(service, region, timeout_s)
                mine[service, region, timeout_s] = (self._session, client)
        client.close()
        return client

    def free(self, region: str) -> Any:
        """Give the Bedrock client for calls that cost nothing."""
        return self._shared("bedrock-runtime", region)

    def control(self, region: str) -> Any:
        """Give the client of Bedrock's control plane, whose calls cost nothing."""
        return self._shared("bedrock", region)

    def sts(self, region: str) -> Any:
        """Give the client of the service that says who we are, free of charge."""
        return self._shared("sts", region)

    def about(self, service: str, region: str) -> Any:
        """Give the client of a service that is only asked how the account is set up, free."""
        return self._shared(service, region)

    def s3(self, region: str) -> Any:
        """Give the S3 client."""
        return self._shared("s3", region)

    def archive(self, region: str) -> Any:
        """Give an S3 client that repeats by itself: for objects that are written once, for ever."""
        with self._lock:
            return self._make("s3", region, FREE_TIMEOUT_S, tries=ARCHIVE_TRIES)

    @property
    def bedrock_url(self) -> str | None:
        """Where Bedrock is reached, where that is not AWS itself."""
        return self._urls["bedrock-runtime"]

    def keys(self) -> Keys | None:
        """Give the keys that these clients sign with, as they are now; None where there are none.

        Raises:
            BotoCoreError: the credential chain is set up wrongly, or cannot be reached.
        """
        if self._endpoint is not None:
            given = self._endpoint
            return Keys(access_key=given.access_key, secret_key=given.secret_key)
        with self._lock:
            found = self._chain().get_credentials()
        if found is None:
            return None
        now = found.get_frozen_credentials()
        return Keys(access_key=now.access_key, secret_key=now.secret_key, session_token=now.token)

    def renew(self) -> None:
        """Forget clients and credentials, so that the next call reads the credentials again."""
        with self._lock:
            self._session = None
            self._made.clear()

    def _shared(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._made:
                self._made[service, region] = self._make(service, region, FREE_TIMEOUT_S)
            return self._made[service, region]

    def _chain(self) -> Any:
        import boto3

        if self._session is None:
            self._session = boto3.session.Session(**self._keys())
        return self._session

    def _make(self, service: str, region: str, timeout_s: float, *, tries: int = 1) -> Any:
        from botocore.config import Config

        url = self._urls.get(service)  # None = AWS', or as its SDK is told
        options: dict[str, Any] = {
            "retries": {"mode": "standard", "total_max_attempts": tries},
            "connect_timeout": CONNECT_TIMEOUT_S,
            "read_timeout": timeout_s,
            "tcp_keepalive": True,
            "max_pool_connections": CONNECTIONS,
            "user_agent": _AGENT,  # the SDK would put its own together anew for each request
        }
        if url is not None:  # not AWS itself: SigV4 whatever bearer token the environment holds
            options["signature_version"] = "s3v4" if service == "s3" else "v4"
            options["s3"] = {"addressing_style": "path"}
        if self._endpoint is not None:
            options["proxies"] = {}
        return self._chain().client(
            service, region_name=region, endpoint_url=url, config=Config(**options)
        )

    def _keys(self) -> dict[str, Any]:
        if self._endpoint is None:
            return {}
        return {
            "aws_access_key_id": self._endpoint.access_key,
            "aws_secret_access_key": self._endpoint.secret_key,
        }


def clients_of(settings: Settings) -> Clients:
    """Make the clients that the environment describes: AWS itself, or the URLs that replace it."""
    return Clients(
        bedrock_url=settings.endpoint_bedrock,
        s3_url=settings.endpoint_s3,
        bucket=settings.bucket,
        sagemaker_url=settings.endpoint_sagemaker,
    )


def has_credentials() -> bool:
    """Say whether AWS' default chain finds credentials, or a Bedrock token, without asking AWS.

    Outside EC2 the machine's metadata service does not answer: it gets one second.
    """
    import botocore.session
    from botocore.exceptions import BotoCoreError

    session = botocore.session.get_session()
    session.set_config_variable("metadata_service_timeout", METADATA_TIMEOUT_S)
    session.set_config_variable("metadata_service_num_attempts", 1)
    try:
        token = session.get_component("token_provider").load_token(signing_name="bedrock")
        return token is not None or session.get_credentials() is not None
    except BotoCoreError:  # half of a key, a profile that is not there
        return False


# What AWS answered → what may happen next, and one word for it. Not executed: busy, rejected and
# not_sent. Possibly executed and billed: ambiguous.
SAID: Mapping[str, tuple[str, str]] = {
    "ThrottlingException": ("busy", "throttled"),
    "TooManyRequestsException": ("busy", "throttled"),
    "SlowDown": ("busy", "throttled"),
    "ServiceUnavailableException": ("busy", "unavailable"),
    "ServiceUnavailable": ("busy", "unavailable"),
    "ModelNotReadyException": ("busy", "not_ready"),
    "ValidationException": ("rejected", "validation"),
    "AccessDeniedException": ("rejected", "no_access"),
    "AccessDenied": ("rejected", "no_access"),
    "ResourceNotFoundException": ("rejected", "gone"),
    "ServiceQuotaExceededException": ("rejected", "quota"),
    "ConflictException": ("rejected", "conflict"),
    "InvalidSignatureException": ("rejected", "signature"),
    "SignatureDoesNotMatch": ("rejected", "signature"),
    "IncompleteSignature": ("rejected", "signature"),
    "IncompleteSignatureException": ("rejected", "signature"),
    "MissingAuthenticationToken": ("rejected", "signature"),
    "MissingAuthenticationTokenException": ("rejected", "signature"),
    "RequestExpired": ("rejected", "signature"),
    "UnrecognizedClientException": ("rejected", "unknown_key"),
    "InvalidAccessKeyId": ("rejected", "unknown_key"),
    # Turned away at the door, and the next try carries renewed credentials: as if never sent.
    "ExpiredTokenException": ("not_sent", "expired_credentials"),
    "ExpiredToken": ("not_sent", "expired_credentials"),
    "ModelTimeoutException": ("ambiguous", "model_timeout"),
    "ModelErrorException": ("ambiguous", "model_error"),
    "ModelError": ("ambiguous", "model_error"),  # SageMaker's names for the same
    "InternalFailure": ("ambiguous", "internal"),
    "ValidationError": ("rejected", "validation"),
    "InternalServerException": ("ambiguous", "internal"),
}

# What happened on our side of the wire, by the SDK's name for it; the most specific class wins.
HAPPENED: Mapping[str, tuple[str, str]] = {
    "ConnectTimeoutError": ("not_sent", "connect"),
    "EndpointConnectionError": ("not_sent", "connect"),
    "ProxyConnectionError": ("not_sent", "connect"),
    "NoCredentialsError": ("not_sent", "credentials"),
    "PartialCredentialsError": ("not_sent", "credentials"),
    "CredentialRetrievalError": ("not_sent", "credentials"),
    "NoAuthTokenError": ("not_sent", "credentials"),
    "TokenRetrievalError": ("not_sent", "credentials"),
    "SSOError": ("not_sent", "credentials"),
    "ProfileNotFound": ("rejected", "configuration"),
    "ConfigParseError": ("rejected", "configuration"),
    "BaseEndpointResolverError": ("rejected", "configuration"),
    "InvalidEndpointConfigurationError": ("rejected", "configuration"),
    "ParamValidationError": ("rejected", "validation"),
    "ReadTimeoutError": ("ambiguous", "read_timeout"),
    "ConnectionClosedError": ("ambiguous", "connection_lost"),
    "ResponseStreamingError": ("ambiguous", "answer_cut"),
    "IncompleteReadError": ("ambiguous", "answer_cut"),
    "ResponseParserError": ("ambiguous", "answer_cut"),
}


# Signs that TLS was never agreed upon.
HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "handshake")


def asked(call: Callable[[], _Answer], *, model: Model) -> "_Answer | Setback":
    """Make one call; what AWS or the wire says against it comes back as a Setback.

    Its reason names no model: a person who judges blind may read it.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return call()
    except ClientError as error:
        found = _said(error.response)
    except (BotoCoreError, ResponseParserError) as error:
        found = _happened(error)
    return replace(found, reason=neutral(found.reason, model))


def simulated(answer: Mapping[str, Any]) -> bool:
    """Say whether an emulator gave this answer."""
    return headers(answer).get(SIMULATED) == "1"


def headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the HTTP headers of an answer, names in small letters."""
    found: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return found


def request_id(answer: Mapping[str, Any]) -> str:
    """Give the provider's id of a request; empty where it gave none."""
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))


def _said(answer: Mapping[str, Any]) -> Setback:
    name = str(answer.get("Error", {}).get("Code", ""))
    message = str(answer.get("Error", {}).get("Message", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind, code = meaning(name, message, status)
    return Setback(
        kind=kind,
        code=code,
        reason=f"{name}: {message}",
        provider_ref=request_id(answer),
        simulated=simulated(answer),
        retry_after_s=pause_s(headers(answer)),
    )


def pause_s(said: Mapping[str, str]) -> float:
    """Read for how long AWS asks to be left alone: milliseconds, or HTTP's own seconds."""
    for name, unit in (("x-amz-retry-after", 0.001), ("retry-after", 1.0)):
        if said.get(name, "").isdecimal():
            return int(said[name]) * unit
    return 0.0


def meaning(name: str, message: str, status: int) -> tuple[str, str]:
    """Give kind and code of an error answer: by its type, and without a known one by its status."""
    kind, code = SAID.get(name) or _by_status(status)
    if code == "gone" and ("Legacy" in message or "use case details" in message):
        code = "no_access"
    return kind, code


def neutral(reason: str, model: Model) -> str:
    """Take addresses and the model's names out of a reason."""
    text = _URL.sub(r"\1", reason)
    for name in (model.wire_id, model.model_id):
        text = text.replace(name, "this model")
    return text


def _by_status(status: int) -> tuple[str, str]:
    """Judge an answer whose type is not in the table; a 5xx may come after the work."""
    if status in {429, 503}:
        return "busy", "throttled" if status == 429 else "unavailable"
    if 400 <= status < 500 and status not in {408, 424}:
        return "rejected", "refused_by_service"
    return "ambiguous", "internal"


def _happened(error: Exception) -> Setback:
    names = [kind.__name__ for kind in type(error).__mro__]
    known = next((HAPPENED[name] for name in names if name in HAPPENED), None)
    kind, code = known or ("ambiguous", "connection_lost")
    if "SSLError" in names:  # a handshake that failed carried no request; anything later may have
        before = any(sign in str(error) for sign in HANDSHAKE)
        kind, code = ("not_sent", "tls") if before else ("ambiguous", "connection_lost")
    return Setback(kind=kind, code=code, reason=f"{names[0]}: {error}")
