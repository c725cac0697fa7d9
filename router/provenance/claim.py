"""What a signed copy says about itself, and what it was made of; pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from router.domain.errors import BadInput
from router.domain.model import Model
from router.domain.request import Request
from router.domain.take import Source, Take

LABEL = "org.circletake.take"
SCHEMA = "circletake.take/1"
MOST_BYTES = 64 << 10  # of a claim as text; what is longer was not written here
# Operations that change a picture which stays recognisable; the others draw every pixel anew.
EDITS = frozenset(
    {
        "inpaint",
        "outpaint",
        "erase",
        "search_replace",
        "search_recolor",
        "remove_background",
        "upscale_fast",
        "upscale_conservative",
        "upscale_creative",
    }
)


class History(StrEnum):
    """How the picture came about, as far as a manifest has words for it."""

    GENERATED = "generated"  # a model drew all of it
    EDITED = "edited"  # a plate or take was opened, and a model changed part of it
    COMPUTED = "computed"  # here, by arithmetic; no model
    CUT = "cut"  # one frame of a clip that a model drew
    ELSEWHERE = "elsewhere"  # brought in; its maker's word is all there is
    FINISHED = "finished"  # a take was opened, and people or other programs went on with it


class Relation(StrEnum):
    """What a part is to the copy; in the words of C2PA."""

    PARENT = "parentOf"
    INPUT = "inputTo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file that the copy was made of; its content stays here, its hash goes into the copy."""

    relation: Relation
    title: str  # a role, never a name of the partner's
    mime: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Circled:
    """Who chose a take."""

    by: str
    role: str
    at: str  # UTC, ISO 8601


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The facts of one take; nothing that a partner wrote is in it but the names of its shots."""

    partner: str
    campaign: str
    shot: str
    take: str
    recipe: str
    history: History
    simulated: bool
    made_by: str  # the model as people may read it
    model_id: str  # the provider's; "" where nothing was asked of one, or it was simulated
    operation: str
    region: str
    seed: int | None
    prompt_hmac: str  # under a key of the partner's; "" = there was no prompt
    params_sha256: str
    request: str
    provider_request: str
    content_sha256: str  # of the bytes as they are kept here
    made_at: str
    signed_at: str  # by the signer's own clock: nobody else vouches for it
    consent_evidence: str = ""
    disclosure_tier: str = ""
    parent: str = ""  # take that this one came from
    circled: Circled | None = None

    def as_json(self) -> dict[str, Any]:
        """Write it as the assertion's data."""
        return {"schema": SCHEMA, **asdict(self)}


def claim_of(body: object) -> Claim | None:
    """Read an assertion's data; None for one that this version did not write."""
    if not isinstance(body, Mapping) or body.get("schema") != SCHEMA:
        return None
    values = {name: value for name, value in body.items() if name != "schema"}
    try:
        said = values.pop("circled", None)
        history = History(values.pop("history"))
        circled = Circled(**said) if said is not None else None
        return Claim(**values, history=history, circled=circled)
    except (TypeError, ValueError, KeyError):
        return None


def history_of(take: Take) -> History:
    """Say how a take came about."""
    if take.source is Source.GENERATED:
        return History.EDITED if take.operation in EDITS else History.GENERATED
    return {
        Source.REPAIRED: History.EDITED,
        Source.CONTROL: History.COMPUTED,
        Source.FRAME: History.CUT,
        Source.IMPORTED: History.ELSEWHERE,
    }[take.source]


def made_by(take: Take, model: Model | None) -> tuple[str, str]:
    """Name the model as people may read it, and the provider's id where one was really asked.

    Nothing that was simulated bears a provider's name.
    """
    if take.source is Source.IMPORTED:
        return "a tool elsewhere, as its maker says", ""
    if take.source is Source.CONTROL:
        return "Circle Take, a computation without a model", ""
    if model is None:
        return "a model that the catalogue no longer has", ""
    if take.simulated:
        return f"simulated model ({model.alias}); no real model was asked", ""
    return f"{model.key} ({model.model_id})", model.model_id


def prompt_mac(secret: bytes, prompt: str) -> str:
    """Name a prompt so that only who has the partner's key can check a guess; "" for none.

    HMAC-SHA-256 (RFC 2104) under a key of its own, derived from the partner's.
    """
    if not prompt:
        return ""
    key = hmac.digest(secret, b"circletake provenance prompt", "sha256")
    return hmac.digest(key, prompt.encode(), "sha256").hex()


def params_sha256(request: Request | None) -> str:
    """Hash what was asked besides words and pictures; "" where nothing was."""
    if request is None:
        return ""
    said = {
        "operation": request.operation,
        "seed": request.seed,
        "aspect": request.aspect,
        "seconds": request.seconds,
        "resolution": request.resolution,
        "parameters": [list(pair) for pair in request.parameters],
        "inputs": [[given.role, given.media.sha256] for given in request.inputs],
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def parsed(text: bytes) -> Claim | None:
    """Read a claim from JSON text of foreign origin; None for what is none.

    Raises:
        BadInput: it is far longer than a claim can be.
    """
    if len(text) > MOST_BYTES:
        expected = f"at most {MOST_BYTES} bytes"
        raise BadInput(field="claim", found=f"{len(text)} bytes", expected=expected)
    try:
        return claim_of(json.loads(text))
    except (ValueError, RecursionError):
        return None
