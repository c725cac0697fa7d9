"""Bedrock InvokeModel with flat JSON bodies: one request, one picture.

Serves the Stability AI generators and image services. What a model takes stands in its catalogue
row (fields of pictures, parameters, `mode`); nothing here knows a service by name. Source: Amazon
Bedrock User Guide, "Stability AI models" and "Stability AI Image Services".

What an answer means (HTTP 200 in every case):

- a finish reason "Filter reason: …": the model declined; an answer, not billed
- the finish reason "Inference error": the model broke while it worked, as with a 424. Whether AWS
  bills that is not documented, so it may have been billed: ambiguous, the money stays reserved
- anything else without exactly one picture in whole base64, or with a seed that is no number: an
  answer that was billed and is of no use
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.attempts.still import picture_in, seed, useless
from router.cloud import aws
from router.cloud.invocation_log import InvocationLog
from router.ports import Call, Delivered, Outcome, Setback

LARGEST_ANSWER = 256_000_000  # bytes; a picture of 16 megapixels in base64 is a quarter of it


def build(clients: aws.Clients) -> "BedrockInvoke":
    """Make the backend of this dialect."""
    return BedrockInvoke(clients)


class BedrockInvoke:
    """A Backend: synchronous, so that `poll` has nothing to say."""

    def __init__(self, clients: aws.Clients) -> None:
        """Keep the clients; nothing is opened before the first call."""
        self._clients = clients
        self._log = InvocationLog(clients)

    def send(self, call: Call) -> Outcome:
        """Make exactly one HTTP request."""
        client = self._clients.paid(call.region, call.model.timeout_s)
        said = {"attempt": call.attempt, "request": call.request.id}
        answer = aws.asked(
            lambda: client.invoke_model(
                modelId=call.model.wire_id,
                contentType="application/json",
                accept="application/json",
                requestMetadata=json.dumps(said),
                body=json.dumps(body(call), ensure_ascii=False, allow_nan=False).encode(),
            ),
            model=call.model,
        )
        if isinstance(answer, Setback):
            if answer.code == "expired_credentials":
                self._clients.renew()
            return answer
        reference, simulated = aws.request_id(answer), aws.simulated(answer)
        data = aws.asked(lambda: _whole(answer["body"]), model=call.model)
        if isinstance(data, Setback):
            return replace(data, provider_ref=reference, simulated=simulated)
        return read(call, data, reference, simulated=simulated)

    def poll(self, call: Call, provider_ref: str) -> Outcome:  # noqa: ARG002 - the port's signature
        """Say that this dialect has no jobs."""
        return Setback(kind="rejected", code="no_jobs", reason="this dialect answers at once")

    def find(self, call: Call) -> Outcome | None:
        """Look into the invocation log for what an earlier send of this attempt brought."""
        found = self._log.find(call.attempt, call.model, call.region)
        if found is None or isinstance(found, Setback):
            return found
        return read(call, found.body, found.request_id, simulated=found.simulated)


def body(call: Call) -> dict[str, Any]:
    """Write the JSON body: only fields that the model has, the seed always explicit."""
    request, options = call.request, dict(call.model.options)
    said: dict[str, Any] = {"output_format": "png"}
    if request.prompt:
        said["prompt"] = request.prompt
    if request.negative:
        said["negative_prompt"] = request.negative
    if mode := options.get(f"mode.{request.operation}"):
        said["mode"] = mode
    if request.aspect:
        said["aspect_ratio"] = request.aspect
    if (chosen := seed(call)) is not None:
        said["seed"] = chosen
    for given in request.inputs:
        field = options[f"picture.{given.role}"]
        said[field] = base64.b64encode(call.pictures[given.role]).decode("ascii")
    return said | dict(request.parameters)


def read(call: Call, data: bytes, reference: str, *, simulated: bool) -> Outcome:
    """Judge the body of an answer."""
    outcome = _judged(call, data)
    if isinstance(outcome, Setback):
        raw = data if outcome.kind == "undecodable" else b""
        return replace(outcome, provider_ref=reference, simulated=simulated, raw=raw)
    picture, mime, found_seed = outcome
    return Delivered(
        data=picture, mime=mime, seed=found_seed, provider_ref=reference, simulated=simulated
    )


def _judged(call: Call, data: bytes) -> Setback | tuple[bytes, str, int | None]:
    try:
        answer = json.loads(data) if len(data) <= LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        return useless("not_json", f"{len(data)} bytes that are not JSON")
    if not isinstance(answer, dict):
        return useless("not_json", f"{len(data)} bytes that are no JSON object of ours")
    declined = _declined(answer)
    if declined is not None:
        return declined
    images = answer.get("images")
    if not isinstance(images, list) or len(images) != 1:
        count = len(images) if isinstance(images, list) else "no list of"
        return useless("no_picture", f"{count} pictures where one was paid for")
    picture = picture_in(images[0])
    if isinstance(picture, Setback):
        return picture
    found_seed = _answered_seed(call, answer)
    return found_seed if isinstance(found_seed, Setback) else (*picture, found_seed)


def _declined(answer: Mapping[str, Any]) -> Setback | None:
    reasons = answer.get("finish_reasons")
    reason = reasons[0] if isinstance(reasons, list) and reasons else None
    if reason is None:
        return None
    if str(reason).startswith("Filter reason"):
        return Setback(kind="refused", code="filtered", reason=str(reason))
    return Setback(kind="ambiguous", code="inference_error", reason=str(reason))


def _answered_seed(call: Call, answer: Mapping[str, Any]) -> Setback | int | None:
    """Read the seed that was used; without one in the answer, it is the one that was sent."""
    if call.model.limits.seed_max is None:
        return None
    seeds = answer.get("seeds")
    found = seeds[0] if isinstance(seeds, list) and seeds else seed(call)
    if isinstance(found, bool) or not isinstance(found, int):
        return useless("bad_seed", f"the seed {found!r}: the take could not be made again")
    return found


def _whole(stream: Any) -> bytes:
    """Read a body to its end, but no further than anything that can be right."""
    data: bytes = stream.read(LARGEST_ANSWER + 1)
    stream.read(1)  # the SDK compares with the declared length at the end of the body
    return data
