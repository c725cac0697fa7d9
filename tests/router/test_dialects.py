"""Both dialects, real boto3 clients on a real socket, against the strict look-alike of AWS."""

import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from router import catalog
from router.admission import gate, pricing
from router.domain.errors import Refused
from router.domain.model import LifecycleStatus, Model, Parameter
from router.domain.request import Request
from router.ports import Delivered, Running, Setback
from router.testing.asking import TODAY, call, partner, request
from router.testing.wire import Wire, asked_of, wired

pytestmark = pytest.mark.slow

CATALOGUE = catalog.load()
SPOKEN = ("bedrock_invoke", "bedrock_async")
MODELS = [
    model
    for model in CATALOGUE.values()
    if model.dialect in SPOKEN and model.lifecycle.status is not LifecycleStatus.RETIRED
]
OPERATIONS = [(model, operation) for model in MODELS for operation in model.operations]
STILL = CATALOGUE["stable-image-core"]
FILM = CATALOGUE["luma-ray2"]


def drawn(width: int = 640, height: int = 640) -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(stream, "PNG")
    return stream.getvalue()


PICTURE = drawn()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with wired(tmp_path_factory.mktemp("emulator")) as shared:
        yield shared


@pytest.fixture
def request_id(request: pytest.FixtureRequest) -> str:
    return str(request.node.nodeid)


def passes(model: Model, asked: Request) -> bool:
    try:
        gate.check(partner(), model, asked, today=TODAY, runnable_dialects=SPOKEN)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("model", "operation"), OPERATIONS, ids=[f"{m.key}-{o}" for m, o in OPERATIONS]
)
def test_every_operation_of_the_catalogue_is_delivered_and_billed_as_priced(
    wire: Wire, request_id: str, model: Model, operation: str
):
    wire.fault(None)
    asked = request(model, operation, data=PICTURE)
    assert passes(model, asked)
    sent = asked_of(model, asked, request_id, PICTURE)
    before = wire.emulator.billed()
    found = wire.end_of(sent, wire.backends[model.dialect].send(sent))
    assert isinstance(found, Delivered), found
    assert found.simulated
    assert found.seed == asked.seed
    assert found.mime == ("video/mp4" if model.dialect == "bedrock_async" else "image/png")
    (line,) = wire.emulator.billed()[len(before) :]
    musd = pricing.actual_musd(model, asked, found.billed_units)
    assert Decimal(str(line["usd"])) * 1_000_000 == musd == pricing.worst_case_musd(model, asked)
    if model.dialect == "bedrock_invoke":
        assert line["metadata"] == {"attempt": sent.attempt, "request": asked.id}
    else:
        assert line["token"] == sent.token


Bound = tuple[Model, str, dict[str, Any], bool]


def values(parameter: Parameter) -> tuple[list[Any], list[Any]]:
    """Values at a parameter's bounds, and values one step beyond."""
    match parameter.kind:
        case "number":
            return [parameter.low, parameter.high], [parameter.low - 0.01, parameter.high + 0.01]
        case "integer":
            low, high = int(parameter.low), int(parameter.high)
            return [low, high], [low - 1, high + 1]
        case "choice":
            return list(parameter.choices), ["no-such-style"]
        case "text":
            return ["x" * int(parameter.high)], ["x" * (int(parameter.high) + 1)]
        case _:
            return [True, False], ["true"]


def parameter_bounds(model: Model, operation: str) -> Iterator[Bound]:
    needed = dict(request(model, operation).parameters)
    margins = dict(model.options).get("some_of", "").split()
    for parameter in model.parameters:
        if parameter.operations and operation not in parameter.operations:
            continue
        good, bad = values(parameter)
        for value, right in [*((v, True) for v in good), *((v, False) for v in bad)]:
            # a margin of 0 alone is refused for another reason
            others = {"left": 64, "right": 64} if parameter.name in margins else needed
            changed = {**others, parameter.name: value}
            yield model, operation, {"parameters": tuple(changed.items())}, right


def wide(length: int) -> str:
    """Write many characters of few tokens, because some models count both."""
    return f"x{' ' * (length - 2)}x"


def limit_bounds(model: Model, operation: str) -> Iterator[Bound]:
    limits = model.limits
    for field, most in (("prompt", limits.prompt_chars), ("negative", limits.negative_chars)):
        if most:
            yield model, operation, {field: wide(most)}, True
            yield model, operation, {field: wide(most + 1)}, False
    if limits.seed_max:
        yield model, operation, {"seed": limits.seed_max}, True
        yield model, operation, {"seed": limits.seed_max + 1}, False


BOUNDS = [
    bound
    for model, operation in OPERATIONS
    for bounds in (parameter_bounds, limit_bounds)
    for bound in bounds(model, operation)
]


def test_gate_and_wire_agree_on_every_bound_of_every_row(wire: Wire):
    """What the gate lets pass is taken; what it refuses, the service would refuse as well."""
    wire.fault(None)
    assert len(BOUNDS) > 200
    disagree = []
    for number, (model, operation, changes, right) in enumerate(BOUNDS):
        asked = request(model, operation, data=PICTURE, **changes)
        sent = asked_of(model, asked, f"bound {number}", PICTURE)
        found = wire.backends[model.dialect].send(sent)
        if isinstance(found, Running):
            wire.end_of(sent, found)  # one job at a time
        taken = not isinstance(found, Setback)
        if not passes(model, asked) == taken == right:
            disagree.append((model.key, operation, str(changes)[:80], right, found))
    assert disagree == []


SIZES = [(640, 640), (63, 640), (64, 64), (31, 40), (32, 32), (300, 64), (1537, 400), (1100, 1000)]


def test_gate_and_wire_agree_on_picture_sizes(wire: Wire):
    wire.fault(None)
    disagree = []
    for width, height in SIZES:
        data = drawn(width, height)
        for model, operation in OPERATIONS:
            asked = request(model, operation, data=data)
            if not asked.inputs or model.key in {"sd35-large", "stable-image-ultra"}:
                continue  # their limits are not documented beyond the smallest side
            media = [
                replace(i, media=replace(i.media, width=width, height=height)) for i in asked.inputs
            ]
            asked = replace(asked, inputs=tuple(media))
            sent = call(model, asked, attempt=f"size{width}x{height}{operation}".replace("_", ""))
            sent = replace(sent, pictures=dict.fromkeys(sent.pictures, data))
            found = wire.backends[model.dialect].send(sent)
            if isinstance(found, Running):
                wire.end_of(sent, found)
            if passes(model, asked) != (not isinstance(found, Setback)):
                disagree.append((model.key, width, height, found))
    assert disagree == []
