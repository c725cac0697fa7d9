"""A document in which everybody who may choose words chose the same ones."""

from typing import Any

CHOSEN = frozenset(
    ("answer", "by", "claim", "criterion", "description", "explanation", "limits", "metric_title",
     "model_name", "partner_name", "reason", "role", "sentence", "text", "title", "wished_control")
)  # fmt: skip


def worded(document: Any, words: str, *, said: bool = False) -> Any:
    """Give a copy with `words` behind whatever people, partners, models and judges call things."""
    if isinstance(document, dict):
        return {k: worded(v, words, said=k in CHOSEN) for k, v in document.items()}
    if isinstance(document, list):
        return [worded(v, words, said=said) for v in document]
    return f"{document} {words}" if said and isinstance(document, str) else document
