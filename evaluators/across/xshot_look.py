"""xshot_look: does the character wear the same thing from shot to shot?

    xshot_look            mean distance of the costume's colours over all pairs of shots that pass
                          the gate: sliced 1-Wasserstein in CIELAB, as costume_colour; delta_e,
                          lower is better
    xshot_look.slope      change of that distance per step of order between the shots, least
                          squares; lower is better
    xshot_look.gated_out  share of the shots that the gate could judge and left out; lower is better
    xshot_look.texture    mean likeness of the costume's weave and cut over the same pairs, as
                          costume_texture (binary patterns and HOG of the middle frame); 0..1,
                          higher is better

The region is that of costume_colour: mask, spec.box, for a person the torso under the own face.
Only shots in the same costume (the same costume references) are compared. Gate: for a person the
limit of id_ref; for others ref_embed where it was measured, else none, which evidence says. After
Rabin, Peyre, Delon, Bernot (2011). Blind to cut and pattern in the colours, which cannot tell
another dye from another light, and to colour in the texture, which cannot tell another pose from
another coat; and to why shots of other scenes differ, often for good reasons.
"""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.colour import profile, sliced_w1
from evaluators.costume import worn
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction
from evaluators.group import Across, Appearance, Memory
from evaluators.identity import clear_ones, look
from evaluators.metric import Output, Reading, Readings
from evaluators.pairs import FACE, Gate, readings
from evaluators.views import Views
from evaluators.vision.regions import Region
from evaluators.vision.texture import alike, texture

Array = np.ndarray[Any, Any]

POINTS = 2048  # Lab values kept of a take: noise of about 0.2 delta_e
FINE = 10  # kept in tenths
STEPS = 255  # texture is kept in whole numbers, of its greatest part
OTHER = "no two shots have the same costume references, so their colours say nothing of each other"
LOOKS_LIKE = 0.45  # ref_embed: balanced best of the same thing against others, 80 photographs


def keep(views: Views, brief: Brief) -> Memory:
    """Remember the costume's colours and texture, and how like the references the character is."""
    found = worn(views, brief)
    if isinstance(found, Reading):
        return {"missing": found.reason or ""}
    regions = [region for region in found if region[1].usable]
    if not regions:
        return {"missing": "where the costume is, is not known"}
    pixels = np.concatenate([views.lab[p][region.pixels] for p, region in regions])
    spread = np.linspace(0, len(pixels) - 1, min(POINTS, len(pixels))).astype(int)
    return {
        "lab": np.rint(pixels[spread] * FINE).astype(int).tolist(),
        "id_ref": _likeness(views, brief),
        "region": regions[0][1].rule,
        "texture": _texture(views, *regions[len(regions) // 2]),
    }


def _texture(views: Views, position: int, region: Region) -> list[str]:
    return [_packed(half) for half in texture(views.frames[position], region)]


def _packed(half: Array) -> str:
    """Write a description as text that JSON keeps: a byte a number; its length is lost."""
    top = float(half.max()) or 1.0
    return base64.b64encode(np.rint(half * (STEPS / top)).astype(np.uint8).tobytes()).decode()


def _unpacked(text: str) -> Array:
    numbers = np.frombuffer(base64.b64decode(text), np.uint8).astype(np.float32)
    length = float(np.linalg.norm(numbers))
    return np.asarray(numbers / length if length else numbers)


def _likeness(views: Views, brief: Brief) -> float | None:
    found = look(views, brief)
    seen = () if isinstance(found, Reading) else clear_ones(found.of())
    return float(np.median([s.similarity for s in seen])) if seen else None


def compare(shots: Sequence[Appearance]) -> Readings:
    """Compare the costume of every two shots: colours, and texture."""
    gate = _gate(shots)
    colours = readings(
        "xshot_look",
        shots,
        gate,
        _apart,
        worse=lambda pairs: max(pairs, key=lambda p: p.value),
        apart=OTHER,
    )
    weave = readings(
        "weave",
        shots,
        gate,
        _alike,
        worse=lambda pairs: min(pairs, key=lambda p: p.value),
        apart=OTHER,
    )
    return {**colours, "xshot_look.texture": weave["weave"]}


def _gate(shots: Sequence[Appearance]) -> Gate | None:
    if shots[0].brief.kind is Kind.PERSON:
        return FACE
    if all(shot.value("ref_embed") is None for shot in shots):
        return None
    return Gate(metric="ref_embed", least=LOOKS_LIKE, of=lambda shot: shot.value("ref_embed"))


def _one_costume(a: Appearance, b: Appearance) -> bool:
    return set(a.brief.costume_refs) == set(b.brief.costume_refs)


def _alike(a: Appearance, b: Appearance) -> float | None:
    if not _one_costume(a, b):
        return None
    first, second = (tuple(_unpacked(half) for half in s.memory["texture"]) for s in (a, b))
    return alike((first[0], first[1]), (second[0], second[1]))


def _apart(a: Appearance, b: Appearance) -> float | None:
    if not _one_costume(a, b):
        return None
    first, second = (
        profile(np.array(s.memory["lab"], np.float32) / np.float32(FINE)) for s in (a, b)
    )
    return sliced_w1(first, second)


METRIC = Across(
    name="xshot_look",
    version="3",
    beside="costume_colour",
    outputs=(
        Output(name="xshot_look", unit="delta_e", direction=Direction.LOWER),
        Output(name="xshot_look.slope", unit="delta_e", direction=Direction.LOWER),
        Output(name="xshot_look.texture", unit="similarity", direction=Direction.HIGHER),
        Output(name="xshot_look.gated_out", unit="share", direction=Direction.LOWER),
    ),
    keep=keep,
    compare=compare,
)
