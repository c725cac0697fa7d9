"""The account's data-retention mode, one for each region: GET and PUT /data-retention.

Source: Amazon Bedrock API Reference, "GetAccountDataRetention" and "PutAccountDataRetention", and
the service model of the SDK. A new account has set nothing: `inherit`.
"""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from router.emulator.errors import constraint, validation
from router.emulator.wire import Answer
from router.emulator.world import Call, World

MODES = ("default", "none", "aws_review", "provider_data_share", "inherit")
UNSET = "inherit"
_WRITING = threading.Lock()


def get(world: World, call: Call) -> Answer:
    """Answer GetAccountDataRetention."""
    return Answer(body=json.dumps(_all(_place(world)).get(call.region, {"mode": UNSET})).encode())


def put(world: World, call: Call) -> Answer:
    """Answer PutAccountDataRetention; holds for the call's region only.

    Raises:
        AwsError: not one of the modes.
    """
    try:
        said = json.loads(call.request.body)
    except ValueError as error:
        raise validation(f"The body is not valid JSON: {error}") from error
    mode = said.get("mode") if isinstance(said, dict) else None
    if mode not in MODES:
        raise constraint(mode, "mode", f"satisfy enum value set: [{', '.join(MODES)}]")
    kept = {"mode": mode, "updatedAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    with _WRITING:
        place = _place(world)
        place.write_text(json.dumps(_all(place) | {call.region: kept}), encoding="utf-8")
    return Answer(body=json.dumps(kept).encode())


def _place(world: World) -> Path:
    return world.options.state / "data-retention.json"


def _all(place: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if place.exists():
        found = json.loads(place.read_text(encoding="utf-8"))
    return found
