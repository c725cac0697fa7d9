"""litellm's coroutines on one event-loop thread, under our deadline; what its errors mean to us.

litellm is imported with the first call (seconds, 160 MB) and never at start. Its own retries are
off and its own timeouts are not trusted: they bound the silence between two bytes, a caller wants
an answer by a certain time. Its exceptions rename what the provider said (a 500 becomes a 503), so
they are read from the inside: the provider's answer, else what happened on the wire, else litellm's
own word for it. Source: litellm 1.106.2.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import replace
from threading import Lock, Thread
from typing import Any

from router import settings
from router.cloud import aws
from router.domain.model import Model
from router.ports import Setback

CLOSING_S = 5.0

# What happened on the wire, by httpx' name for it; the most specific class wins. After a deadline
# of ours nobody knows what became of the request.
HAPPENED: Mapping[str, tuple[str, str]] = {
    "ConnectError": ("not_sent", "connect"),
    "ConnectTimeout": ("not_sent", "connect"),
    "UnsupportedProtocol": ("rejected", "configuration"),
    "TimeoutException": ("ambiguous", "read_timeout"),
    "TransportError": ("ambiguous", "connection_lost"),
    "TimeoutError": ("ambiguous", "read_timeout"),
    "CancelledError": ("ambiguous", "connection_lost"),
}

# What litellm itself says where no answer came and nothing happened on the wire.
OWN: Mapping[str, tuple[str, str]] = {
    "AuthenticationError": ("not_sent", "credentials"),
    "UnsupportedParamsError": ("rejected", "validation"),
    "ContentPolicyViolationError": ("refused", "filtered"),
}

_PREFIX = re.compile(r"^(litellm\.\w+: )*(\w+Exception(: \w+ Error)? - )?")
_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_LONGEST = 400


class LoopThread:
    """The one thread that runs litellm; shared by every caller of a process."""

    def __init__(self) -> None:
        """Start nothing before the first call."""
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    def ask(
        self, coroutine: str, asked: Mapping[str, Any], *, model: Model, deadline_s: float
    ) -> Any:
        """Run one of litellm's coroutines; what goes wrong comes back as a Setback.

        Args:
            coroutine: `acompletion`, `aimage_generation` or `aimage_edit`.
            asked: What litellm is called with.
            model: The row that is asked; its names are taken out of reasons.
            deadline_s: Seconds until we stop waiting; litellm is told the same.
        """
        library, loop = _library(), self._running()
        answer = getattr(library, coroutine)(timeout=deadline_s, num_retries=0, **asked)
        future = asyncio.run_coroutine_threadsafe(answer, loop)
        try:
            error = future.exception(deadline_s)
        except (TimeoutError, CancelledError) as late:
            future.cancel()
            error = late
        return future.result() if error is None else translated(error, model)

    def close(self) -> None:
        """Close connections and end the thread; a later call starts anew."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSING_S)
        if (
            not thread.is_alive()
        ):  # else something of litellm's blocks it, and ends with the process
            _emptied(loop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="litellm", daemon=True)
                self._thread.start()
            return self._loop


def _emptied(loop: asyncio.AbstractEventLoop) -> None:
    """End what a stopped loop still holds; whoever waits for it is told that it was cancelled."""
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
    library = _library()
    loop.run_until_complete(library.close_litellm_async_clients())
    library.in_memory_llm_clients_cache.flush_cache()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def reach(clients: aws.Clients, region: str, model: Model) -> dict[str, Any] | Setback:
    """Say to litellm where Bedrock is and with which keys to sign: it would look elsewhere."""
    keys = aws.asked(clients.keys, model=model)
    if isinstance(keys, Setback):
        return keys
    found: dict[str, Any] = {"aws_region_name": region}
    if keys is not None:
        found["aws_access_key_id"] = keys.access_key
        found["aws_secret_access_key"] = keys.secret_key
        found["aws_session_token"] = keys.session_token
    if clients.bedrock_url is not None:  # not AWS itself: SigV4 whatever token the environment has
        found |= {"aws_bedrock_runtime_endpoint": clients.bedrock_url, "api_key": ""}
    return found


def headers(answer: Any) -> dict[str, str]:
    """Give the HTTP headers of an answer as litellm kept them; names in small letters."""
    kept = getattr(answer, "_hidden_params", {}).get("additional_headers") or {}
    return {str(k).lower().removeprefix("llm_provider-"): str(v) for k, v in kept.items()}


def cost_usd(answer: Any) -> float | None:
    """Give what litellm's own price list says an answer cost; None where it does not know."""
    found = getattr(answer, "_hidden_params", {}).get("response_cost")
    return None if found is None else float(found)


def translated(error: BaseException, model: Model) -> Setback:
    """Say what an exception out of litellm means: the same kinds and codes as for boto3."""
    chain = tuple(_chain(error))
    answers = [e for e in chain if "HTTPStatusError" in _names(e)]
    message = _message(error)
    found = _said(answers[-1], message) if answers else _unanswered(chain, message)
    return replace(found, reason=aws.neutral(found.reason, model))


def _said(answered: Any, message: str) -> Setback:
    """Judge the provider's own answer."""
    response = answered.response
    name = response.headers.get("x-amzn-errortype", "").split(":")[0].rpartition("#")[2]
    kind, code = aws.meaning(name, message, response.status_code)
    return Setback(
        kind=kind,
        code=code,
        reason=f"{name or response.status_code}: {message}",
        provider_ref=response.headers.get("x-amzn-requestid", ""),
        simulated=response.headers.get(aws.SIMULATED) == "1",
        retry_after_s=aws.pause_s(response.headers),
    )


def _unanswered(chain: tuple[BaseException, ...], message: str) -> Setback:
    """Judge what happened without an error answer; where nothing is known, it may be billed."""
    if "Filter reason" in message:
        return Setback(kind="refused", code="filtered", reason=message[message.index("Filter") :])
    if "Inference error" in message:
        return Setback(kind="ambiguous", code="inference_error", reason="Inference error")
    for table in (HAPPENED, OWN):
        known = next(((n, table[n]) for e in chain for n in _names(e) if n in table), None)
        if known is not None:
            name, (kind, code) = known
            return Setback(kind=kind, code=code, reason=f"{name}: {message}")
    return Setback(kind="ambiguous", code="internal", reason=f"{_names(chain[0])[0]}: {message}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and what it was made of, the outermost first."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _names(error: BaseException) -> tuple[str, ...]:
    return tuple(kind.__name__ for kind in type(error).__mro__)


def _message(error: BaseException) -> str:
    """Take out of litellm's words what the provider said."""
    found = _MESSAGE.search(str(error))
    text = found[1] if found else _PREFIX.sub("", str(error))
    return text[:_LONGEST] or "no words"


def _library() -> Any:
    settings.tame_litellm()
    import litellm

    litellm.suppress_debug_info = True
    return litellm
