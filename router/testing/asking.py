"""Partners, consents and requests that pass the gate, for tests to bend."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from router.domain.clearance import Clearance
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.partner import Partner, Window
from router.domain.request import Input, JsonScalar, Request
from router.operations import OPERATIONS
from router.ports import Call

TODAY = date(2026, 11, 21)
US = ("us-west-2", "us-east-1", "us-east-2")


def partner(**changes: Any) -> Partner:
    """Make a partner that may use everything in the United States."""
    made = Partner(
        name="northlight_pictures",
        display_name="Northlight Pictures",
        tier="vfx_studio",
        window=Window(opens=date(2026, 11, 1), findings_due=date(2027, 5, 31)),
        budget_musd=200_000_000,
        regions=US,
        providers=(),
        recipes=("text_only",),
        retention_days=30,
        review_roles=("vfx_director",),
        illustrative=True,
    )
    return replace(made, **changes)


def clearance(**changes: Any) -> Clearance:
    """Make a consent to stills and films that is in force."""
    made = Clearance(
        permitted=("still_image", "moving_image"),
        expires_on=date(2027, 12, 31),
        evidence_sha256="e" * 64,
    )
    return replace(made, **changes)


def picture(data: bytes, *, width: int = 640, height: int = 640) -> MediaRef:
    """Describe a PNG."""
    return MediaRef(
        sha256=hashlib.sha256(data).hexdigest(),
        mime="image/png",
        size=len(data),
        width=width,
        height=height,
    )


def request(model: Model, operation: str, *, data: bytes = b"png", **changes: Any) -> Request:
    """Make the plainest request for an operation that the gate lets pass."""
    limits = model.limits
    made = Request(
        partner="northlight_pictures",
        id="ab" * 16,
        account="campaign",
        model=model.key,
        operation=operation,
        prompt="A lamplighter in a bottle-green coat" if limits.prompt_chars else "",
        clearance=clearance(),
        inputs=tuple(Input(role=r, media=picture(data)) for r in OPERATIONS[operation].needs),
        seed=7 if limits.seed_max else None,
        seconds=min(limits.seconds, default=None),
        resolution=min(limits.resolutions, default=None),
        parameters=tuple(_needed(model, operation).items()),
    )
    return replace(made, **changes)


def call(model: Model, asked: Request, *, attempt: str, data: bytes = b"png") -> Call:
    """Resolve a request for its backend, every picture being the same."""
    return Call(
        request=asked,
        model=model,
        region=model.regions[0],
        attempt=attempt,
        token=attempt,
        pictures={given.role: data for given in asked.inputs},
    )


def _needed(model: Model, operation: str) -> Mapping[str, JsonScalar]:
    """Fill in the parameters without which the model cannot be asked."""
    needed: dict[str, JsonScalar] = {}
    for parameter in model.parameters:
        if parameter.required and (not parameter.operations or operation in parameter.operations):
            needed[parameter.name] = "the brass lamp" if parameter.kind == "text" else 0.5
    for name in dict(model.options).get("some_of", "").split()[:1]:
        needed[name] = 64
    return needed
