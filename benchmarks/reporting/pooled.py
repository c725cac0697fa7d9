"""Numbers over several partners, for the people who run the beta: of groups, never of one. Pure.

What is told of a recipe rests on three partners or more, or on partners who all have consented in
writing. Nobody's name, title, shot or take stands in it.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from benchmarks.reporting.editions import INTERNAL, LEAST_OTHERS
from router.domain.errors import NotEntitled

Json = dict[str, Any]
KEPT = (
    *("schema", "title", "created_at", "simulated", "code_version", "currency", "confidence"),
    *("comparisons", "findings"),
)
NOTE = (
    "Numbers over several partners, none of them by itself: a recipe is told where at least "
    f"{LEAST_OTHERS} partners, or partners who all consented, stand behind it."
)


class TooFew(NotEntitled):
    """Too few partners for a number that would be nobody's by itself."""

    code = "too_few_partners"


def enough(partners: Collection[str], consented: Collection[str]) -> bool:
    """Say whether what these partners found together may be told as one number."""
    return len(set(partners)) >= LEAST_OTHERS or (bool(partners) and set(partners) <= {*consented})


def require(partners: Collection[str], consented: Collection[str]) -> None:
    """Raise TooFew where these partners must not be put together."""
    if not enough(partners, consented):
        raise TooFew(
            field="campaign",
            found=f"campaigns of {len(set(partners))} partners",
            expected=f"those of at least {LEAST_OTHERS}, or of partners whose written consent "
            "(shares_findings) is in force",
        )


def pooled(told: Json, owners: Mapping[str, str], consented: Collection[str]) -> Json:
    """Cut a report document down to what it says of groups.

    Args:
        told: an internal `report/1` document.
        owners: campaign → partner.
        consented: partners whose written consent is in force.

    Returns:
        The same form; what cannot be told of a group is empty.
    """
    behind = {t["take"]: (t["recipe"], owners[t["campaign"]]) for t in told["takes"]}

    def holds(takes: Sequence[str], recipe: str | None = None) -> bool:
        found: dict[str, set[str]] = {}
        for of, partner in (behind[t] for t in takes if t in behind):
            if recipe in {None, of}:
                found.setdefault(of, set()).add(partner)
        return bool(found) and all(enough(p, consented) for p in found.values())

    whole = told["comparisons"]
    cut = [_cut(c, holds) for c in whole]
    kept = [c for c in cut if c["arms"]]
    findings = [
        {**f, "evidence": []}
        for f in told["findings"]
        if f["comparison"] in {c["id"] for c in kept} and holds(f["evidence"])
    ]
    said = {k: v if k in KEPT else _nothing(v) for k, v in told.items()}
    arms = sum(len(c["arms"]) for c in whole) - sum(len(c["arms"]) for c in kept)
    many = f"{len(kept)} questions over {len(set(owners.values()))} partners"
    return {
        **said,
        "edition": {"for": INTERNAL, "others": [], "note": NOTE},
        "answer": [f"{many}; {arms} results of recipes are withheld: too few partners."],
        **_unnamed({"comparisons": kept, "findings": findings}, _names(told)),
    }


def _cut(comparison: Json, holds: Any) -> Json:
    arms = [a for a in comparison["arms"] if holds(comparison["evidence"], a["recipe"])]
    names = {a["recipe"] for a in arms}
    contrasts = [c for c in comparison["contrasts"] if {c["a"], c["b"]} <= names]
    return {**comparison, "arms": arms, "contrasts": contrasts, "evidence": []}


def _nothing(value: Any) -> Any:
    """Give the emptiness of a form."""
    return type(value)() if isinstance(value, str | list | dict) else None


def _names(told: Json) -> dict[str, str]:
    """Give every name that would tell who it is → what stands instead."""
    found: dict[str, str] = {}
    for n, campaign in enumerate(told["campaigns"], start=1):
        found |= dict.fromkeys((campaign["partner"], campaign["partner_name"]), f"partner {n}")
        for pack in campaign["packs"]:
            found |= dict.fromkeys((pack["title"], pack["code"]), f"title {n}")
    return {name: other for name, other in found.items() if name}


def _unnamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str) and names:
        pattern = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
        return re.sub(rf"(?<!\w)({pattern})(?!\w)", lambda m: names[m[0]], value)
    if isinstance(value, Mapping):
        return {k: _unnamed(v, names) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_unnamed(v, names) for v in value]
    return value
