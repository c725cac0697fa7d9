"""What was planted in each picture: one JSON line, known by the hash of the picture's bytes.

Nobody who judges takes reads it; it is what verdicts are held against afterwards.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from router.emulator.profiles import Profile

LOOK = ("colour_cast", "blur", "noise")
ALL_LOOK = ("identity_drift", "hue_drift", *LOOK)
# What an operation can plant at all; others can plant a spill.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "text_to_image": LOOK,
    "image_to_image": ALL_LOOK,
    "style_guide": ALL_LOOK,
    "multi_reference_to_image": ALL_LOOK,
    "style_transfer": ALL_LOOK,
    "control_structure": ("hue_drift", *LOOK),
    "control_sketch": ("hue_drift", *LOOK),
    "fast_upscale": ("blur", "noise"),
    "conservative_upscale": ("blur", "noise"),
    "creative_upscale": ("identity_drift", "blur", "noise"),
    "film": (*ALL_LOOK, "flicker", "jitter"),
}
STRAYED = ("identity_drift", "hue_drift", "colour_cast")
FULL_DRIFT_AT = 0.35  # strength from which on a new take strays in full


class Truth:
    """Appends what was planted."""

    def __init__(self, path: Path) -> None:
        """Write to this file, made with its first line."""
        self._path = path
        self._lock = threading.Lock()

    def tell(
        self,
        data: bytes,
        model: str,
        operation: str,
        body: Mapping[str, Any],
        profile: Profile,
    ) -> None:
        """Write down one picture or film."""
        share = _share(operation, body)
        planted = {
            name: round(getattr(profile, name) * (share if name in STRAYED else 1.0), 4)
            for name in FIELDS.get(operation, ("spill",))
        }
        line = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "model": model,
            "operation": operation,
            "planted": planted,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _share(operation: str, body: Mapping[str, Any]) -> float:
    """Say how much of its faults a model plants: a weak request strays less."""
    if operation == "image_to_image":
        return min(1.0, float(body.get("strength", FULL_DRIFT_AT)) / FULL_DRIFT_AT)
    if operation == "style_transfer":
        return min(1.0, 0.3 * float(body.get("change_strength", 0.9)) / FULL_DRIFT_AT)
    return 1.0
