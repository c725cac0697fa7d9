"""A question as a rater sees it: codes and what both sides were made to, and nothing else."""

from typing import Any

from benchmarks.domain.pack import Shot
from benchmarks.domain.study import Slot
from benchmarks.domain.vote import Outcome
from benchmarks.store.store import KeptPack
from benchmarks.views.polls import QUESTION
from benchmarks.voting.blinding import Gauge
from router.domain.media import MediaRef

Json = dict[str, Any]
REFERENCE = "-r"  # between the code of a question's side and the number of a reference


def blind(slot: Slot, kept: KeptPack, gauge: Gauge) -> Json:
    """Give what is shown of a question."""
    shot = next(s for s in kept.pack.shots if s.id == slot.shot)
    return {
        "question": QUESTION,
        "outcomes": list(Outcome),
        "brief": shot.description,
        "partner": slot.partner,
        "references": [
            {"code": f"{slot.left.code}{REFERENCE}{number}", "mime": ref.mime}
            for number, ref in enumerate(references(kept, shot))
        ],
        **sides(slot, gauge),
    }


def sides(slot: Slot, gauge: Gauge) -> Json:
    """Give both sides by their codes; they are alike in all that is told of them."""
    return {name: _side(side.code, gauge) for name, side in _both(slot)}


def _both(slot: Slot) -> tuple[tuple[str, Any], ...]:
    return (("left", slot.left), ("right", slot.right))


def _side(code: str, gauge: Gauge) -> Json:
    mime = "image/png" if gauge.frames == 1 else "video/webm"
    return {"code": code, "mime": mime, "fps": list(gauge.rate), "frames": gauge.frames}


def references(kept: KeptPack, shot: Shot) -> list[MediaRef]:
    """Give the pictures of whom a shot shows, in the order of the pack."""
    shown = {a.character for a in shot.appearances}
    names = [n for c in kept.pack.characters if c.id in shown for n in c.references]
    files = {f.name: f.sha256 for f in kept.pack.files}
    return [kept.media[sha] for n in names if (sha := files.get(n)) and sha in kept.media]
