"""Links to the pictures behind verdicts."""

from collections.abc import Mapping
from typing import Any

from router.api.links import Links


def with_evidence(
    verdict: Mapping[str, Any], partner: str, take: str, links: Links
) -> dict[str, Any]:
    """Give a verdict's row with the link to its picture; None where nothing can be drawn."""
    line = verdict["line"]
    link = None
    if (verdict.get("evidence") or {}).get("picture"):
        link = links.to(
            f"/v1/evidence/{take}/{line}",
            partner=partner,
            name=f"{take}/{line}",
            variant="evidence",
        )
    return {**verdict, "evidence_link": link}
