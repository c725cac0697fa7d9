"""xshot_id: is it the same face from shot to shot?

    xshot_id            mean similarity of the shots' median faces over all pairs of shots that
                        pass the gate; higher is better
    xshot_id.slope      change of that similarity per step of order between the shots, least
                        squares; higher (nearer to 0) is better
    xshot_id.gated_out  share of the shots that the gate could judge and left out; lower is better

Similarity and assignment as in id_ref; of a take the median of its clear faces. Gate: the take's
median similarity to the references is at least the limit of id_ref. No paper; gate and gap after
EntityBench (2026). Ten real takes of four people, median faces: 0.83 at worst for the same person
in two takes (n 8), 0.63 at most for two people (n 37). Blind to what a character wears (xshot_look)
and to shots without a face; persons only.
"""

from collections.abc import Sequence

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.group import Across, Appearance, Memory
from evaluators.identity import clear_ones, look, similarity
from evaluators.metric import Output, Reading, Readings, missing
from evaluators.pairs import FACE, readings
from evaluators.views import Views


def keep(views: Views, brief: Brief) -> Memory:
    """Remember the character's median face, and how like its references it is."""
    found = look(views, brief)
    if isinstance(found, Reading):
        return {"missing": found.reason or ""}
    judged = clear_ones(found.of())
    if not judged:
        return {"missing": "no face of the character"}
    embedding = np.median([s.face.embedding for s in judged], axis=0)
    return {
        "embedding": [round(float(v), 6) for v in embedding],
        "id_ref": float(np.median([s.similarity for s in judged])),
    }


def compare(shots: Sequence[Appearance]) -> Readings:
    """Compare the median faces of every two shots."""
    kind = shots[0].brief.kind
    if kind is not None and kind is not Kind.PERSON:
        reason = f"face identity is for persons; this is a {kind.value}"
        return missing(Status.NOT_APPLICABLE, reason)
    return readings(
        "xshot_id", shots, FACE, _alike, worse=lambda pairs: min(pairs, key=lambda p: p.value)
    )


def _alike(a: Appearance, b: Appearance) -> float:
    first, second = (np.array(s.memory["embedding"]) for s in (a, b))
    return similarity(float(np.linalg.norm(first - second)))


METRIC = Across(
    name="xshot_id",
    version="2",
    beside="id_ref",
    outputs=(
        Output(name="xshot_id", unit="similarity", direction=Direction.HIGHER),
        Output(name="xshot_id.slope", unit="similarity", direction=Direction.HIGHER),
        Output(name="xshot_id.gated_out", unit="share", direction=Direction.LOWER),
    ),
    keep=keep,
    compare=compare,
)
