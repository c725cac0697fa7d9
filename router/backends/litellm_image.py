"""Stills of any other provider that litellm knows; one more provider is one catalogue row.

The row's `options` say how litellm is asked:

- `litellm.model`   litellm's name for the model, e.g. `bedrock/stability.…`; required
- `size.16:9`       what stands for an aspect where the provider takes sizes; without one the
                    aspect goes out as `aspect_ratio`
- `send.NAME`       text that goes out as NAME with every request

Pictures go out under the names that the row's `pictures` gives them. The seed is always explicit
and never 0, because litellm throws the provider's away. Keys of providers other than AWS are read
by litellm from the variables that it documents; where an emulator stands in for AWS they are not
asked at all, because nothing stands in for them.

litellm gives no headers of a picture's answer, so it has no request id, and an answer that was lost
cannot be found again: its money stays reserved until a person has looked. Source: litellm 1.106.2.
"""

from collections.abc import Mapping
from typing import Any

from router.attempts.still import picture_in, seed, useless
from router.cloud import aws
from router.llm.litellm_loop import LoopThread, reach
from router.ports import Call, Delivered, Outcome, Setback

AWS = "bedrock/"
PROBE_S = 5.0


def build(clients: aws.Clients, loop: LoopThread) -> "LitellmImage":
    """Make the backend of this dialect."""
    return LitellmImage(clients, loop)


class LitellmImage:
    """A Backend: synchronous, so that `poll` has nothing to say."""

    def __init__(self, clients: aws.Clients, loop: LoopThread) -> None:
        """Keep whom to ask; nothing is imported or opened before the first call."""
        self._clients = clients
        self._loop = loop
        self._emulated: bool | None = None

    def send(self, call: Call) -> Outcome:
        """Make exactly one HTTP request that may cost money."""
        asked = written(call)
        if isinstance(asked, Setback):
            return asked
        simulated = self._stands_in()
        if isinstance(simulated, Setback):
            return simulated
        place: dict[str, Any] | Setback = {}
        if asked["model"].startswith(AWS):
            place = reach(self._clients, call.region, call.model)
        elif simulated:
            said = "no emulator stands in for this provider"
            return Setback(kind="rejected", code="not_emulated", reason=said)
        if isinstance(place, Setback):
            return place
        coroutine = "aimage_edit" if call.request.inputs else "aimage_generation"
        answer = self._loop.ask(
            coroutine, {**asked, **place}, model=call.model, deadline_s=call.model.timeout_s
        )
        if isinstance(answer, Setback) and answer.code == "expired_credentials":
            self._clients.renew()
        return answer if isinstance(answer, Setback) else read(call, answer, simulated=simulated)

    def poll(self, call: Call, provider_ref: str) -> Outcome:  # noqa: ARG002 - the port's signature
        """Say that this dialect has no jobs."""
        return Setback(kind="rejected", code="no_jobs", reason="this dialect answers at once")

    def find(self, call: Call) -> Outcome | None:  # noqa: ARG002 - the port's signature
        """Say that there is no trace: litellm gives nothing to look for it by."""
        return None

    def _stands_in(self) -> bool | Setback:
        """Ask the place that stands for AWS, free and once, whether it is an emulator."""
        if self._clients.bedrock_url is None:
            return False
        if self._emulated is None:
            found = _is_emulator(self._clients.bedrock_url)
            if isinstance(found, Setback):
                return found
            self._emulated = found
        return self._emulated


def written(call: Call) -> dict[str, Any] | Setback:
    """Write what litellm is called with; a Setback where the row and the request do not agree."""
    request, options = call.request, dict(call.model.options)
    asked: dict[str, Any] = {
        name.removeprefix("send."): text
        for name, text in options.items()
        if name.startswith("send.")
    }
    asked |= {"model": options.get("litellm.model", ""), "prompt": request.prompt}
    if not asked["model"]:
        return _rejected("the model's row does not say what litellm calls it")
    if request.negative:
        asked["negative_prompt"] = request.negative
    asked |= _shape(request.aspect, options)
    if (chosen := seed(call)) is not None:
        asked["seed"] = chosen
    pictures = _pictures(call, options)
    if isinstance(pictures, Setback):
        return pictures
    return asked | pictures | dict(request.parameters)


def read(call: Call, answer: Any, *, simulated: bool) -> Outcome:
    """Judge an answer: one picture whole, or of no use."""
    pictures = answer.data or []
    if len(pictures) != 1:
        return useless("no_picture", f"{len(pictures)} pictures where one was paid for")
    if not pictures[0].b64_json:
        return useless("no_picture", "an address where the picture itself was asked for")
    found = picture_in(pictures[0].b64_json)
    if isinstance(found, Setback):
        return found
    data, mime = found
    return Delivered(data=data, mime=mime, seed=seed(call), provider_ref="", simulated=simulated)


def _shape(aspect: str | None, options: Mapping[str, str]) -> dict[str, str]:
    if aspect is None:
        return {}
    size = options.get(f"size.{aspect}")
    return {"aspect_ratio": aspect} if size is None else {"size": size}


def _pictures(call: Call, options: Mapping[str, str]) -> dict[str, bytes] | Setback:
    """Put each picture under its name; litellm would drop a second one of a name in silence."""
    found: dict[str, bytes] = {}
    for given in call.request.inputs:
        name = options.get(f"picture.{given.role}")
        if name is None or name in found:
            return _rejected(f"this model takes no {given.role} beside the others")
        found[name] = call.pictures[given.role]
    if found and "image" not in found:
        return _rejected("an edit needs the picture that is edited")
    return found


def _rejected(reason: str) -> Setback:
    return Setback(kind="rejected", code="configuration", reason=reason)


def _is_emulator(url: str) -> bool | Setback:
    import httpx

    try:
        answer = httpx.get(url, timeout=PROBE_S)
    except httpx.HTTPError as error:
        reason = f"{type(error).__name__}: nobody answers where Bedrock should be"
        return Setback(kind="not_sent", code="connect", reason=reason)
    return bool(answer.headers.get(aws.SIMULATED) == "1")
