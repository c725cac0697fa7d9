"""The control plane, as much as a catalogue asks: which models are there, and are they alive?

Life cycles as in the Amazon Bedrock User Guide (model life cycle), November 2026.
"""

import json
from dataclasses import dataclass
from typing import Any

from router.emulator.errors import not_found, validation
from router.emulator.models import MODELS, RETIRED, US, Model, base_id, end_of_life
from router.emulator.wire import Answer
from router.emulator.world import Call, World

START_OF_LIFE = "2025-01-23T00:00:00Z"
GEO_US = ("us-west-1",)  # where profiles of `us.` work too, for models that are called by words


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model that is listed here and cannot be called."""

    id: str
    takes: tuple[str, ...]
    makes: str
    regions: tuple[str, ...]
    since: str = START_OF_LIFE
    legacy: str = ""
    """Since when it is in its legacy period."""
    ends: str = ""


LISTED = (
    Listed(
        id="twelvelabs.pegasus-1-5-v1:0",
        takes=("TEXT", "VIDEO"),
        makes="TEXT",
        regions=US,
        since="2026-10-08T00:00:00Z",
    ),
    Listed(
        id="twelvelabs.pegasus-1-2-v1:0",
        takes=("TEXT", "VIDEO"),
        makes="TEXT",
        regions=US,
        legacy="2026-09-22T00:00:00Z",
        ends="2027-03-22T00:00:00Z",
    ),
)


def listed(_: World, call: Call) -> Answer:
    """Answer ListFoundationModels: what this region offers."""
    rows = [_card(model, call.region) for model in MODELS.values() if _is_here(model, call.region)]
    rows += [_listed_card(m, call.region) for m in LISTED if call.region in m.regions]
    return Answer(body=json.dumps({"modelSummaries": rows}).encode())


def get(_: World, call: Call) -> Answer:
    """Answer GetFoundationModel.

    Raises:
        AwsError: retired, unknown, or not offered here.
    """
    model_id = call.errand.target.rpartition("/")[2]
    if base_id(model_id) in RETIRED:
        raise end_of_life()
    model = MODELS.get(model_id)
    if model is None:
        raise validation("The provided model identifier is invalid.")
    if not _is_here(model, call.region):
        raise not_found(f"The model {model_id} is not offered in {call.region}.")
    return Answer(body=json.dumps({"modelDetails": _card(model, call.region)}).encode())


def availability(_: World, call: Call) -> Answer:
    """Answer GetFoundationModelAvailability: whether this account may call a model here.

    Raises:
        AwsError: retired or unknown.
    """
    model_id = call.errand.target
    if model_id in RETIRED:
        raise end_of_life()
    model = MODELS.get(model_id) or next((m for m in LISTED if m.id == model_id), None)
    if model is None:
        raise validation("The provided model identifier is invalid.")
    here = _is_here(model, call.region)
    body = {
        "modelId": model_id,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE" if here else "NOT_AVAILABLE",
    }
    return Answer(body=json.dumps(body).encode())


def _is_here(model: Model | Listed, region: str) -> bool:
    if region in model.regions:
        return True
    talks = isinstance(model, Model) and model.api == "Converse" and "us" in model.profiles
    return talks and region in GEO_US


def _listed_card(model: Listed, region: str) -> dict[str, Any]:
    life = {"status": "LEGACY" if model.legacy else "ACTIVE", "startOfLifeTime": model.since}
    life |= {"legacyTime": model.legacy} if model.legacy else {}
    life |= {"endOfLifeTime": model.ends} if model.ends else {}
    return {
        "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model.id}",
        "modelId": model.id,
        "modelName": model.id.partition(".")[2],
        "providerName": model.id.partition(".")[0],
        "inputModalities": list(model.takes),
        "outputModalities": [model.makes],
        "responseStreamingSupported": False,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["INFERENCE_PROFILE"],
        "modelLifecycle": life,
    }


def _card(model: Model, region: str) -> dict[str, Any]:
    pictures = any(name in model.fields for name in ("image", "init_image", "keyframes"))
    return {
        "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model.id}",
        "modelId": model.id,
        "modelName": model.id.partition(".")[2],
        "providerName": model.id.partition(".")[0],
        "inputModalities": ["TEXT", "IMAGE"] if pictures or model.api == "Converse" else ["TEXT"],
        "outputModalities": [model.outputs],
        "responseStreamingSupported": False,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["INFERENCE_PROFILE"] if model.profiles else ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE", "startOfLifeTime": START_OF_LIFE},
    }
