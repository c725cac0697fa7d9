"""Planted faults of the emulated models: how far each one strays from what was asked."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path


class ProfileError(ValueError):
    """A profile file names a model or a field that does not exist, or a value out of range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Planted faults of one emulated model: 0 is faultless, 1 is gross."""

    identity_drift: float = 0.0
    """Geometry of the subject warped away from the input."""
    hue_drift: float = 0.0
    """Rotation of hue in the saturated regions (costume)."""
    colour_cast: float = 0.0
    """White balance and exposure error of the whole picture."""
    blur: float = 0.0
    noise: float = 0.0
    flicker: float = 0.0
    """Video: brightness that changes from frame to frame."""
    jitter: float = 0.0
    """Video: unsteady motion and warping from frame to frame."""
    spill: float = 0.0
    """Edits: change outside the matte."""
    refusal_rate: float = 0.0
    """Share of requests that a content filter answers."""
    dullness: float = 0.0
    """Judges: how large a difference must be to be seen."""
    position_bias: float = 0.0
    """Judges: share of verdicts for whatever is shown first."""
    obeys_text: float = 0.0
    """Judges: share of pictures whose writing is obeyed."""
    nonce_loss: float = 0.0
    """Judges: share of answers in which the nonce does not come back."""


FIELDS = tuple(field.name for field in dataclasses.fields(Profile))
DEFAULTS = Path(__file__).with_name("profiles.json")


def load(path: Path | None) -> dict[str, Profile]:
    """Read the profile of every emulated model, by base model id.

    Args:
        path: JSON file `{model_id: {field: value}}` laid over the defaults, or None.

    Raises:
        ProfileError: not such a file, an unknown model or field, or a value outside 0..1.
    """
    table = {model: _checked(model, row) for model, row in _read(DEFAULTS).items()}
    if path is not None:
        for model, row in _read(path).items():
            if model not in table:
                known = ", ".join(sorted(table))
                raise ProfileError(f"{path}: unknown model {model!r}; known are {known}")
            table[model] |= _checked(model, row)
    return {model: Profile(**row) for model, row in table.items()}


def refuses(profile: Profile, prompt: str, seed: int) -> bool:
    """Tell whether the content filter answers this request, always the same way."""
    digest = hashlib.sha256(f"filter\0{seed}\0{prompt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < profile.refusal_rate


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ProfileError(f"{path}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ProfileError(f"{path}: found {type(found).__name__}, expected {{model_id: {{...}}}}")
    return found


def _checked(model: str, row: object) -> dict[str, float]:
    if not isinstance(row, dict):
        raise ProfileError(f"{model}: found {row!r}, expected {{field: value}}")
    for field, value in row.items():
        if field not in FIELDS:
            raise ProfileError(f"{model}: unknown field {field!r}; known are {', '.join(FIELDS)}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and 0 <= value <= 1):
            raise ProfileError(f"{model}.{field}: found {value!r}, expected a number from 0 to 1")
    return {field: float(value) for field, value in row.items()}
