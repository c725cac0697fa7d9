"""Bedrock StartAsyncInvoke: a job that leaves a film in S3.

Serves Luma Ray2. Source: Amazon Bedrock User Guide, "Luma AI models" and "Process a prompt
asynchronously". The token makes a start safe to repeat: the same token is the same job and is
billed once.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.cloud import aws
from router.cloud.invocation_log import cannot_look
from router.ports import Call, Delivered, Outcome, Running, Setback

# What the service enforces; its documentation allows more.
TOKEN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
FOLDER = "async-takes"
_DECLINED = re.compile(r"moderat|filter|safety|content policy|nsfw", re.IGNORECASE)
_ASK_AGAIN = {"busy", "not_sent", "ambiguous"}


def build(clients: aws.Clients) -> "BedrockAsync":
    """Make the backend of this dialect."""
    return BedrockAsync(clients)


class BedrockAsync:
    """A Backend for async jobs."""

    def __init__(self, clients: aws.Clients) -> None:
        """Keep the clients; nothing is opened before the first call."""
        self._clients = clients

    def send(self, call: Call) -> Outcome:
        """Start the job with exactly one HTTP request."""
        bucket = self._clients.bucket
        if bucket is None:
            reason = "no bucket is configured for the films of async jobs"
            return Setback(kind="rejected", code="no_bucket", reason=reason)
        if not TOKEN.fullmatch(call.token):
            reason = "a token of letters, digits and inner hyphens is needed"
            return Setback(kind="rejected", code="validation", reason=reason)
        client = self._clients.paid(call.region, call.model.timeout_s)
        answer = aws.asked(
            lambda: client.start_async_invoke(
                clientRequestToken=call.token,
                modelId=call.model.wire_id,
                modelInput=model_input(call),
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": _place(bucket, call)}},
            ),
            model=call.model,
        )
        if isinstance(answer, Setback):
            return self._not_started(call, answer)
        if "invocationArn" not in answer:  # the SDK takes half an answer for a whole one
            return _cut(answer)
        return Running(provider_ref=answer["invocationArn"], simulated=aws.simulated(answer))

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Ask how the job stands.

        The job is paid for, so nothing that goes wrong while asking ends it: that is `busy`, and
        the caller asks again. Only a job that the service does not know is ambiguous.
        """
        client = self._clients.free(call.region)
        job = aws.asked(
            lambda: client.get_async_invoke(invocationArn=provider_ref), model=call.model
        )
        if isinstance(job, Setback):
            if job.code == "expired_credentials":
                self._clients.renew()
            if job.code == "validation":
                return replace(job, kind="ambiguous", code="job_unknown", provider_ref=provider_ref)
            return replace(job, kind="busy", provider_ref=provider_ref)
        if not {"invocationArn", "status", "outputDataConfig"} <= set(job):
            return replace(_cut(job), kind="busy", provider_ref=provider_ref)
        return self._standing(call, job)

    def find(self, call: Call) -> Outcome | None:
        """Look for a job with this attempt's token: a film, a refusal, or that it runs."""
        found = aws.asked(lambda: self._job_of(call), model=call.model)
        if found is None:
            return None
        if isinstance(found, Setback):
            return cannot_look(found)
        standing = self.poll(call, found.provider_ref)
        if isinstance(standing, Setback) and standing.kind in _ASK_AGAIN:
            return found
        return standing

    def _not_started(self, call: Call, found: Setback) -> Outcome:
        if found.code == "expired_credentials":
            self._clients.renew()
        if found.code == "conflict":  # the token was used: that job is this attempt's
            return self.find(call) or found
        return found

    def _job_of(self, call: Call) -> Running | Setback | None:
        pages = self._clients.free(call.region).get_paginator("list_async_invokes")
        for page in pages.paginate(sortBy="SubmissionTime", sortOrder="Descending"):
            if "asyncInvokeSummaries" not in page:
                return _cut(page)
            for job in page["asyncInvokeSummaries"]:
                if job.get("clientRequestToken") == call.token:
                    simulated = aws.simulated(page)
                    return Running(provider_ref=job["invocationArn"], simulated=simulated)
        return None

    def _standing(self, call: Call, job: Mapping[str, Any]) -> Outcome:
        reference, simulated = str(job["invocationArn"]), aws.simulated(job)
        if job["status"] == "InProgress":
            return Running(provider_ref=reference, simulated=simulated)
        if job["status"] == "Failed":
            message = str(job.get("failureMessage") or "the job failed and gave no reason")
            declined = _DECLINED.search(message)
            return Setback(
                kind="refused" if declined else "rejected",
                code="filtered" if declined else "job_failed",
                reason=message,
                provider_ref=reference,
                simulated=simulated,
            )
        film = self._film(call, job)
        if isinstance(film, Setback):
            return replace(film, provider_ref=reference, simulated=simulated)
        return Delivered(
            data=film,
            mime="video/mp4",
            seed=None,
            provider_ref=reference,
            simulated=simulated,
            billed_units=float(call.request.seconds or max(call.model.limits.seconds)),
        )

    def _film(self, call: Call, job: Mapping[str, Any]) -> bytes | Setback:
        """Read the film of a completed job; while it is not there, it may still come."""
        data = aws.asked(lambda: self._object(call, job), model=call.model)
        if isinstance(data, Setback):
            return replace(data, kind="busy", code="output_unreachable")
        if data is None:
            reason = "the job is completed, and there is no film in its folder yet"
            return Setback(kind="busy", code="output_missing", reason=reason)
        if data[4:8] != b"ftyp":
            reason = f"{len(data)} bytes that are no MP4"
            return Setback(
                kind="undecodable", code="not_a_film", reason=reason, billed=True, raw=data
            )
        return data

    def _object(self, call: Call, job: Mapping[str, Any]) -> bytes | None:
        client = self._clients.s3(call.region)
        bucket, prefix = _folder(job)
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", ()):
                if item["Key"].endswith(".mp4"):
                    answer = client.get_object(Bucket=bucket, Key=item["Key"])
                    film: bytes = answer["Body"].read()
                    return film
        return None


def model_input(call: Call) -> dict[str, Any]:
    """Write the model's own part of the request."""
    request, options = call.request, dict(call.model.options)
    said: dict[str, Any] = {"prompt": request.prompt, **dict(request.parameters)}
    if request.aspect:
        said["aspect_ratio"] = request.aspect
    if request.seconds:
        said["duration"] = f"{request.seconds}s"
    if request.resolution:
        said["resolution"] = request.resolution
    frames = {
        options[f"picture.{given.role}"]: {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": given.media.mime,
                "data": base64.b64encode(call.pictures[given.role]).decode("ascii"),
            },
        }
        for given in request.inputs
    }
    return said | ({"keyframes": frames} if frames else {})


def _place(bucket: str, call: Call) -> str:
    return f"s3://{bucket}/{FOLDER}/{call.attempt}"


def _cut(answer: Mapping[str, Any]) -> Setback:
    return Setback(
        kind="ambiguous",
        code="answer_cut",
        reason="an answer that ends early",
        simulated=aws.simulated(answer),
    )


def _folder(job: Mapping[str, Any]) -> tuple[str, str]:
    """Say where the film is: the URI comes back as it was sent, or with the job's id added."""
    uri = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    bucket, _, sent = uri.removeprefix("s3://").partition("/")
    job_id = job["invocationArn"].rpartition("/")[2]
    parts = [part for part in sent.split("/") if part]
    if parts[-1:] != [job_id]:
        parts.append(job_id)
    return bucket, "/".join(parts) + "/"
