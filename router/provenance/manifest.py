"""A claim as a C2PA manifest: actions, ingredients, mining rights and our own assertion; pure.

Sources: C2PA Technical Specification 2.2 (actions v2, ingredients v3), IPTC digital source types,
CAWG training and data mining assertion 1.1.
"""

from collections.abc import Sequence
from typing import Any

from router.provenance.claim import LABEL, Claim, History, Part, Relation

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATED = f"{SOURCE_TYPES}trainedAlgorithmicMedia"
COMPOSITE = f"{SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
ENHANCED = f"{SOURCE_TYPES}algorithmicallyEnhanced"
ALGORITHMIC = f"{SOURCE_TYPES}algorithmicMedia"
MINING = ("ai_inference", "ai_generative_training", "ai_training", "data_mining")
_TYPES = {
    History.GENERATED: GENERATED,
    History.EDITED: COMPOSITE,
    History.COMPUTED: ENHANCED,
    History.CUT: GENERATED,
    History.FINISHED: COMPOSITE,
}


def definition(claim: Claim, parts: Sequence[Part], mime: str, version: str) -> dict[str, Any]:
    """Give what a copy will say: the manifest before it is bound to the bytes."""
    return {
        "claim_generator_info": [{"name": "Circle Take", "version": version}],
        "title": f"{claim.shot} {claim.take}",
        "format": mime,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(claim, parts)}},
            {
                "label": "cawg.training-mining",
                "data": {"entries": {f"cawg.{use}": {"use": "notAllowed"} for use in MINING}},
            },
            {"label": LABEL, "data": claim.as_json()},
        ],
    }


def ingredient(number: int, part: Part) -> dict[str, Any]:
    """Give what a copy will say of one of its parts."""
    return {
        "title": part.title,
        "format": part.mime,
        "relationship": part.relation.value,
        "label": _label(number),
    }


def source_type(history: History, *, has_parent: bool) -> str | None:
    """Give the IPTC digital source type; None where nobody here knows."""
    if history is History.COMPUTED and not has_parent:
        return ALGORITHMIC
    return _TYPES.get(history)


def _actions(claim: Claim, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Say what was done, in order; the first action is always created or opened."""
    named = [(_label(number), part) for number, part in enumerate(parts)]
    parents = [label for label, part in named if part.relation is Relation.PARENT]
    inputs = [label for label, part in named if part.relation is Relation.INPUT]
    kind = source_type(claim.history, has_parent=bool(parents))
    made = {
        **({"digitalSourceType": kind} if kind else {}),
        **({} if claim.history is History.FINISHED else _agent(claim)),
        **({"parameters": {"ingredientIds": inputs}} if inputs else {}),
    }
    if not parents:
        return [{"action": "c2pa.created", **made}]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": parents}}
    if claim.history is History.ELSEWHERE:
        return [opened]
    return [opened, {"action": "c2pa.edited", **made}]


def _agent(claim: Claim) -> dict[str, Any]:
    return {"softwareAgent": {"name": claim.made_by}}


def _label(number: int) -> str:
    return f"part{number}"
