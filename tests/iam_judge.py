"""A small judge of IAM policies: Allow and Deny, wildcards, and the conditions that ours use.

Source: IAM User Guide, "Policy evaluation logic" and "Condition operators".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One right that a request needs."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)


def allows(statements: list[dict[str, Any]], asked: Asked) -> bool:
    """Say whether a policy lets it happen: some Allow fits, and no Deny does."""
    fitting = [s["Effect"] for s in statements if _fits(s, asked)]
    return "Allow" in fitting and "Deny" not in fitting


def _fits(statement: dict[str, Any], asked: Asked) -> bool:
    return (
        any(_like(pattern.lower(), asked.action.lower()) for pattern in statement["Action"])
        and any(_like(pattern, asked.resource) for pattern in statement["Resource"])
        and all(
            _holds(operator, key, wanted, asked.context)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, Any]) -> bool:
    wishes = wanted if isinstance(wanted, list) else [wanted]
    found = context.get(key)
    match operator:
        case "StringEquals":
            return found in wishes
        case "StringLike":
            return found is not None and any(_like(wish, found) for wish in wishes)
        case "StringLikeIfExists":
            return found is None or any(_like(wish, found) for wish in wishes)
        case "ForAnyValue:StringLike":
            return any(_like(wish, one) for wish in wishes for one in found or ())
    raise AssertionError(f"the judge does not know {operator}")


def _like(pattern: str, text: str) -> bool:
    spelled = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(spelled, text, re.DOTALL) is not None
