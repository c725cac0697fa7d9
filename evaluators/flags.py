"""What a reader must know first about a take, before any number.

Limits are for the embedded tier and were looked at on real footage and photographs; the README says
what was seen.
"""

from collections.abc import Sequence

from evaluators.domain.score import Score

# Every flag there is: first what is seen in the scores, then what is known from elsewhere.
SEEN = (
    "frozen", "still_by_still", "copy_paste", "identity_drift", "colour_drift",
)  # fmt: skip
TOLD = ("duplicate", "text_in_picture", "simulated", "imported")

IDENTITY_DRIFT = 0.55  # id_worst below: the worst frames are no longer the same person
DRIFT, SLOPE = 0.28, 0.06  # id_drift and its slope above: the face became another one
COLOUR_DRIFT = 18.0  # costume_colour above: another colour, hardly another light
COPY_PASTE = 0.8  # share of the reference's key points found again in one rigid place


def flags_of(scores: Sequence[Score], *, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Derive the flags of one take; `known` come first, in alphabetical order."""
    value = {s.metric: s.value for s in scores if s.value is not None}
    found = set()
    if any(s.evidence.get("frozen") for s in scores):
        found.add("frozen")
    if any(s.evidence.get("still_by_still") for s in scores):
        found.add("still_by_still")
    if value.get("copy_paste", 0.0) > COPY_PASTE:
        found.add("copy_paste")
    drifts = value.get("id_drift", 0.0) > DRIFT or value.get("id_drift.slope", 0.0) > SLOPE
    if drifts or value.get("id_worst", 1.0) < IDENTITY_DRIFT:
        found.add("identity_drift")
    recoloured = any(s.evidence.get("recoloured") for s in scores)
    if recoloured or value.get("costume_colour", 0.0) > COLOUR_DRIFT:
        found.add("colour_drift")
    first = sorted(set(known))
    return (*first, *sorted(found - set(first)))
