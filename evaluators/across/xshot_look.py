"""xshot_look: does the character wear the same colours from shot to shot?

    xshot_look            mean distance of the costume's colours over all pairs of shots that pass
                          the gate: sliced 1-Wasserstein in CIELAB, as costume_colour; delta_e,
                          lower is better
    xshot_look.slope      change of that distance per step of order between the shots, least
                          squares; lower is better
    xshot_look.gated_out  share of the seen shots that the gate left out; lower is better

The region is that of costume_colour: mask, spec.box, for a person the torso under the own face.
Only shots in the same costume (the same costume references) are compared. Gate: for a person the
limit of id_ref; for others ref_embed where it was measured, else none, which evidence says. After
Rabin, Peyre, Delon, Bernot (2011). Blind to cut, pattern and texture, and cannot tell another dye
from another light: shots of other scenes differ for good reasons.
"""

from collections.abc import Sequence

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

POINTS = 2048  # Lab values kept of a take: noise of about 0.2 delta_e
FINE = 10  # kept in tenths
LOOKS_LIKE = 0.45  # ref_embed: balanced best of the same thing against others, 80 photographs


def keep(views: Views, brief: Brief) -> Memory:
    """Remember a sample of the costume's colours, and how like the references the character is."""
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
    }


def _likeness(views: Views, brief: Brief) -> float | None:
    found = look(views, brief)
    seen = () if isinstance(found, Reading) else clear_ones(found.of())
    return float(np.median([s.similarity for s in seen])) if seen else None


def compare(shots: Sequence[Appearance]) -> Readings:
    """Compare the costume's colours of every two shots."""
    return readings(
        "xshot_look",
        shots,
        _gate(shots),
        _apart,
        worse=lambda pairs: max(pairs, key=lambda p: p.value),
    )


def _gate(shots: Sequence[Appearance]) -> Gate | None:
    if shots[0].brief.kind is Kind.PERSON:
        return FACE
    if all(shot.value("ref_embed") is None for shot in shots):
        return None
    return Gate(metric="ref_embed", least=LOOKS_LIKE, of=lambda shot: shot.value("ref_embed"))


def _apart(a: Appearance, b: Appearance) -> float | None:
    if set(a.brief.costume_refs) != set(b.brief.costume_refs):
        return None
    first, second = (
        profile(np.array(s.memory["lab"], np.float32) / np.float32(FINE)) for s in (a, b)
    )
    return sliced_w1(first, second)


METRIC = Across(
    name="xshot_look",
    version="1",
    beside="costume_colour",
    outputs=(
        Output(name="xshot_look", unit="delta_e", direction=Direction.LOWER),
        Output(name="xshot_look.slope", unit="delta_e", direction=Direction.LOWER),
        Output(name="xshot_look.gated_out", unit="share", direction=Direction.LOWER),
    ),
    keep=keep,
    compare=compare,
)
