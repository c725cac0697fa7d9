"""One request from the wire to the answer: signature, fault, handler, ending."""

import json
import secrets
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from router.emulator import async_invoke, control, retention, s3, sagemaker
from router.emulator.converse import converse
from router.emulator.errors import CORAL, AwsError
from router.emulator.faults import ERRORS, Fault
from router.emulator.invoke import invoke
from router.emulator.models import base_id
from router.emulator.signature import bearer, looks_real, verify
from router.emulator.wire import JSON, SIMULATED, Answer, Errand, Request, errand
from router.emulator.world import Call, World

STATE = "/_circletake/state"
HANDLERS: Mapping[str, Callable[[World, Call], Answer]] = {
    "InvokeModel": invoke,
    "Converse": converse,
    "StartAsyncInvoke": async_invoke.start,
    "GetAsyncInvoke": async_invoke.get,
    "ListAsyncInvokes": async_invoke.listed,
    "InvokeEndpointAsync": sagemaker.start,
    "ListFoundationModels": control.listed,
    "GetFoundationModel": control.get,
    "GetFoundationModelAvailability": control.availability,
    "GetAccountDataRetention": retention.get,
    "PutAccountDataRetention": retention.put,
}


def answer(world: World, request: Request) -> Answer:
    """Answer one request; whatever AWS would refuse comes back as its error."""
    if request.raw_path == STATE and request.method == "GET":
        return _stamped(_state(world), "")
    request_id = _request_id()
    service = ""
    try:
        wanted = errand(request)
        service = wanted.service
        found = _served(world, request, wanted, request_id)
    except AwsError as error:
        found = _refused(request, error, request_id, service)
    except Exception:  # noqa: BLE001 - the outermost door: a mistake of ours is a 500, and is told
        traceback.print_exc()
        status, code, message = ERRORS["internal"]
        found = _refused(request, AwsError(status, code, message), request_id, service)
    return _stamped(found, request_id)


def _served(world: World, request: Request, wanted: Errand, request_id: str) -> Answer:
    region = _region(world, request, wanted)
    call = Call(
        request=request, errand=wanted, region=region, request_id=request_id, at=datetime.now(UTC)
    )
    model = _model(world, call)
    world.tally.count(wanted.operation, base_id(model), is_post=request.method == "POST")
    fault = world.faults.strike(model, wanted.operation)
    if fault is None:
        return _handled(world, call)
    return _faulted(world, replace(call, fault=fault), fault)


def _region(world: World, request: Request, wanted: Errand) -> str:
    if looks_real(request):
        print("refused: keys of a real account; take the emulator's own", file=sys.stderr)
    if wanted.service == "bedrock" and bearer(request, world.keys):
        return world.options.region
    return verify(request, wanted.service, world.keys, datetime.now(UTC))


def _model(world: World, call: Call) -> str:
    """Name what a fault would be aimed at: a model, or a bucket."""
    if call.errand.operation == "StartAsyncInvoke":
        try:
            body = json.loads(call.request.body)
        except ValueError:
            return ""
        return str(body.get("modelId", "")) if isinstance(body, dict) else ""
    if call.errand.operation == "GetAsyncInvoke":
        work = world.jobs.get(call.errand.target.rpartition("/")[2])
        return work.model if work else ""
    return call.errand.target


def _handled(world: World, call: Call) -> Answer:
    if call.errand.service == "s3":
        return s3.handle(world, call)
    return HANDLERS[call.errand.operation](world, call)


def _faulted(world: World, call: Call, fault: Fault) -> Answer:
    if fault.name == "drop_before":
        return Answer(ending="drop")
    in_container = call.errand.service == "sagemaker" and fault.name in sagemaker.CONTAINER
    error = None if in_container else fault.error()
    if error is not None and not fault.billed:
        raise error
    found = _handled(world, call)
    if error is not None:
        raise error
    if fault.name == "drop_after":
        return replace(found, ending="drop")
    if fault.name == "truncated_body":
        return replace(found, ending="cut")
    if fault.name == "slow":
        return replace(found, wait=found.wait + float(fault.args.get("seconds", 5)))
    return found


def _refused(request: Request, error: AwsError, request_id: str, service: str) -> Answer:
    extra = tuple(error.headers.items())
    if service == "sagemaker":
        error = sagemaker.named(error)
    if service == "s3":
        body = b"" if request.method == "HEAD" else error.as_xml(request.raw_path, request_id)
        headers = (("Content-Type", "application/xml"), *extra)
        return Answer(status=error.status, headers=headers, body=body)
    headers = (JSON, ("x-amzn-ErrorType", f"{error.code}:{CORAL}"), *extra)
    return Answer(status=error.status, headers=headers, body=error.as_json())


def _stamped(found: Answer, request_id: str) -> Answer:
    ids = (("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)) * bool(request_id)
    return replace(found, headers=(*found.headers, SIMULATED, *ids))


def _request_id() -> str:
    drawn = secrets.token_hex(16)
    return "-".join((drawn[:8], drawn[8:12], drawn[12:16], drawn[16:20], drawn[20:]))


def _state(world: World) -> Answer:
    said = {
        "posts": dict(world.tally.posts),
        "operations": dict(world.tally.operations),
        "open_jobs": world.jobs.open_count() + world.inferences.open_count(),
    }
    return Answer(body=json.dumps(said).encode())
