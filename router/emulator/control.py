"""The control plane, as much as a catalogue asks: which models are there, and are they alive?"""

import json
from typing import Any

from router.emulator.errors import not_found, validation
from router.emulator.models import MODELS, RETIRED, Model, base_id, end_of_life
from router.emulator.wire import Answer
from router.emulator.world import Call, World

START_OF_LIFE = "2025-01-23T00:00:00Z"


def listed(_: World, call: Call) -> Answer:
    """Answer ListFoundationModels: what this region offers."""
    rows = [_card(model, call.region) for model in MODELS.values() if call.region in model.regions]
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
    if call.region not in model.regions:
        raise not_found(f"The model {model_id} is not offered in {call.region}.")
    return Answer(body=json.dumps({"modelDetails": _card(model, call.region)}).encode())


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
