"""Consent in force, carried by each request and checked before money is spent."""

from dataclasses import dataclass
from datetime import date

# Fields that older requests could not say; left out of ids and texts where they say nothing.
SAID_LATER = ("data_retention", "disclosure_tier", "approval_sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """What the people and owners behind the inputs have permitted."""

    permitted: tuple[str, ...]  # evaluate_only, still_image, moving_image, …
    expires_on: date | None  # last day in force; None = no person is recognisable
    # hash of the signed documents, or of the pack's statement that nobody is shown
    evidence_sha256: str
    regions: tuple[str, ...] = ()  # the pack's own allow-list; empty = the partner's decides
    providers: tuple[str, ...] = ()  # the pack's own allow-list; empty = the partner's decides
    data_retention: str = ""  # none | up_to_30_days; "" = the partner's decides
    disclosure_tier: str = ""  # what the take is for, where that needs an approval; else ""
    approval_sha256: str = ""  # hash of the papers that approve it; "" = there is none
