"""SageMaker InvokeEndpointAsync: open weights on an endpoint of one's own, by way of S3.

The request is put into S3, one call queues it, and the container's answer (or its failure) turns
up in S3. Source: Amazon SageMaker API Reference, "InvokeEndpointAsync". What one kind of container
reads and writes stands in `router/endpoints/*.yaml`; the row's `options.template` names it.

What the service does not have, and what follows:

- No idempotency: a second call with the same InferenceId is a second inference. So this dialect is
  not among `world.IDEMPOTENT`: a call that may have been executed is looked for and never repeated,
  and whatever lies under an attempt's name is of its one call.
- No list of inferences. The only traces are the objects themselves. They are asked for by name
  (Filename = our token), so that `find` sees an answer or a failure; before there is one, an
  inference that runs cannot be told from one that never arrived. Then `find` has no trace, the
  attempt ends unknown with its money held, and a later look finds the answer.
- No state "done": output that never comes looks like one that is still awaited. The longest wait
  in the queue and the longest work are sent along and add up to the router's own deadline.
- No price by the call: the instance is paid by the hour. A take costs its share of the hours, which
  only a delivered answer carries; failures and refusals are part of the stated utilisation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from router import endpoint_template
from router.attempts.still import seed
from router.cloud import aws
from router.cloud.invocation_log import cannot_look
from router.endpoint_template import Template
from router.ports import Call, Delivered, Outcome, Running, Setback

INPUT, OUTPUT, FAILURE = "endpoint-input", "endpoint-output", "endpoint-failure"
TOKEN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,31}")  # what a file name may be
QUEUE_S = 900  # longest wait for the container; with WORK_S it is `Options.job_deadline`
WORK_S = 900
SERVICE = "sagemaker-runtime"
ACCEPT = {"json": "application/json", "image": "image/png", "video": "video/mp4"}
_DECLINED = re.compile(r"moderat|filter|safety|content policy|nsfw", re.IGNORECASE)
_LONGEST_REASON = 600


def build(clients: aws.Clients, templates: Path | None = None) -> "SageMakerAsync":
    """Make the backend of this dialect.

    Raises:
        BadFile: the request templates, with every mistake.
    """
    return SageMakerAsync(clients, endpoint_template.load(templates))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An object in S3, or that there is none."""

    data: bytes | None
    simulated: bool


class SageMakerAsync:
    """A Backend for endpoints that answer through S3."""

    def __init__(self, clients: aws.Clients, templates: Mapping[str, Template]) -> None:
        """Keep the clients; nothing is opened before the first call."""
        self._clients = clients
        self._templates = templates

    def send(self, call: Call) -> Outcome:
        """Put the request into S3, then queue it with exactly one HTTP request."""
        template = self._template(call)
        if isinstance(template, Setback):
            return template
        stored = self._store(call, endpoint_template.body(template, call, seed(call)))
        if isinstance(stored, Setback):
            return self._told(stored)
        client = self._clients.paid(call.region, call.model.timeout_s, SERVICE)
        answer = aws.asked(
            lambda: client.invoke_endpoint_async(
                EndpointName=call.model.wire_id,
                ContentType="application/json",
                Accept=ACCEPT["json" if template.form == "json" else template.makes],
                InferenceId=call.token,
                InputLocation=stored,
                Filename=call.token,
                RequestTTLSeconds=QUEUE_S,
                InvocationTimeoutSeconds=WORK_S,
            ),
            model=call.model,
        )
        if isinstance(answer, Setback):
            return self._told(answer)
        if "OutputLocation" not in answer:
            return _cut(answer)
        places = (answer["OutputLocation"], answer.get("FailureLocation", ""))
        return Running(provider_ref=" ".join(places).strip(), simulated=aws.simulated(answer))

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Look for the answer, then for the failure; nothing that goes wrong here ends it."""
        output, _, failure = provider_ref.partition(" ")
        found = self._object(call, output)
        if isinstance(found, Setback) or found.data is not None:
            return self._judged(call, found, provider_ref)
        if failure:
            failed = self._object(call, failure)
            if isinstance(failed, Setback) or failed.data is not None:
                return self._failed(call, failed, provider_ref)
        return Running(provider_ref=provider_ref, simulated=found.simulated)

    def find(self, call: Call) -> Outcome | None:
        """Look for what an earlier send left: an answer or a failure; else there is no trace."""
        bucket = self._clients.bucket
        if bucket is None:
            return None
        for folder, read in ((OUTPUT, self._judged), (FAILURE, self._failed)):
            keys = self._keys(call, folder)
            if isinstance(keys, Setback):
                return cannot_look(keys)
            if keys:
                place = f"s3://{bucket}/{keys[0]}"
                found = self._object(call, place)
                return (
                    cannot_look(found) if isinstance(found, Setback) else read(call, found, place)
                )
        return None

    def _template(self, call: Call) -> Template | Setback:
        """Give the row's template, or say what is missing before anything is sent."""
        if self._clients.bucket is None:
            return _unfit("no_bucket", "no bucket is configured for what the endpoint reads")
        if not TOKEN.fullmatch(call.token):
            return _unfit("validation", "a token of at most 32 letters, digits, - and _ is needed")
        name = dict(call.model.options).get("template", "")
        template = self._templates.get(name)
        if template is None:
            known = ", ".join(sorted(self._templates))
            return _unfit("no_template", f"no request template {name!r}; there are: {known}")
        missing = endpoint_template.lacks(template, call.model)
        if missing:
            said = ", ".join(missing)
            return _unfit("template", f"the request template has no place for: {said}")
        return template

    def _store(self, call: Call, body: Mapping[str, Any]) -> str | Setback:
        """Put the request where the endpoint reads it; gives its URI. Costs nothing: safe again."""
        bucket, client = self._clients.bucket, self._clients.s3(call.region)
        key = f"{INPUT}/{call.model.wire_id}/{call.token}.json"
        data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()

        def put() -> str:
            client.put_object(Bucket=bucket, Key=key, Body=data, ContentType="application/json")
            return f"s3://{bucket}/{key}"

        stored = aws.asked(put, model=call.model)
        if isinstance(stored, Setback) and stored.kind == "ambiguous":
            return replace(stored, kind="busy", code="input_unreachable")  # nothing was queued
        return stored

    def _told(self, found: Setback) -> Setback:
        if found.code == "expired_credentials":
            self._clients.renew()
        if found.code == "validation" and "not found" in found.reason:
            return replace(found, code="no_endpoint")
        return found

    def _keys(self, call: Call, folder: str) -> list[str] | Setback:
        client, bucket = self._clients.s3(call.region), self._clients.bucket
        prefix = f"{folder}/{call.model.wire_id}/{call.token}"

        def listed() -> list[str]:
            page = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
            return [item["Key"] for item in page.get("Contents", ())]

        return aws.asked(listed, model=call.model)

    def _object(self, call: Call, place: str) -> _Found | Setback:
        """Read an object; one that is not there is an answer as well."""
        from botocore.exceptions import ClientError

        client = self._clients.s3(call.region)
        bucket, _, key = place.removeprefix("s3://").partition("/")

        def got() -> _Found:
            try:
                answer = client.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in {"NoSuchKey", "404"}:
                    raise
                return _Found(data=None, simulated=aws.simulated(error.response))
            return _Found(data=answer["Body"].read(), simulated=aws.simulated(answer))

        found = aws.asked(got, model=call.model)
        if isinstance(found, Setback):
            return replace(self._told(found), kind="busy", code="output_unreachable")
        return found

    def _judged(self, call: Call, found: _Found | Setback, reference: str) -> Outcome:
        if isinstance(found, Setback):
            return replace(found, provider_ref=reference)
        template, data = self._template(call), found.data or b""
        if isinstance(template, Setback):  # changed since it was sent: the answer waits for it
            return replace(template, kind="busy", provider_ref=reference)
        media = endpoint_template.media_of(template, data)
        if isinstance(media, Setback):
            raw = data if media.kind == "undecodable" else b""
            return replace(media, provider_ref=reference, simulated=found.simulated, raw=raw)
        is_film = template.makes == "video"
        seconds = call.request.seconds or max(call.model.limits.seconds, default=1)
        return Delivered(
            data=media.data,
            mime=media.mime,
            seed=seed(call) if media.seed is None else media.seed,
            provider_ref=reference,
            simulated=found.simulated,
            billed_units=float(seconds) if is_film else 1.0,
        )

    def _failed(self, call: Call, found: _Found | Setback, reference: str) -> Outcome:
        if isinstance(found, Setback):
            return replace(found, provider_ref=reference)
        text = (found.data or b"").decode("utf-8", "replace")[:_LONGEST_REASON]
        reason = text.replace(call.model.wire_id, "this model") or "no reason was given"
        declined = _DECLINED.search(reason)
        return Setback(
            kind="refused" if declined else "rejected",
            code="filtered" if declined else "job_failed",
            reason=reason,
            provider_ref=reference,
            simulated=found.simulated,
        )


def _unfit(code: str, reason: str) -> Setback:
    return Setback(kind="rejected", code=code, reason=reason)


def _cut(answer: Mapping[str, Any]) -> Setback:
    return Setback(
        kind="ambiguous",
        code="answer_cut",
        reason="an answer that ends early",
        simulated=aws.simulated(answer),
    )
