"""A partner studio (tenant) and what its agreement allows."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days between which a partner may spend, and owes its findings."""

    opens: date
    findings_due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A partner's written word that others may see something of it."""

    evidence_sha256: str  # of the signed text
    signed_by: str
    granted_on: date
    expires_on: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether it is in force on a day."""
        return self.granted_on <= on and (self.expires_on is None or on <= self.expires_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One studio of the beta; every row of every table carries its name."""

    name: str  # tenant key, [a-z][a-z0-9_]{1,47}
    display_name: str
    tier: str  # vfx_studio | production_company | individual_artist
    window: Window
    budget_musd: int  # micro-dollars that the whole beta may cost this partner
    regions: tuple[str, ...]  # AWS Regions allowed; empty = none
    providers: tuple[str, ...]  # model providers allowed; empty = any that AWS carries
    recipes: tuple[str, ...]  # recipes that this partner runs by default
    retention_days: int
    review_roles: tuple[str, ...]
    illustrative: bool  # true = invented example values, not an agreement
    day_budget_musd: int | None = None  # the most to reserve on one UTC day; None = no such cap
    data_retention: str = "none"  # for how long others may keep its material: none | up_to_30_days
    rates_musd: tuple[tuple[str, int], ...] = ()  # role → what an hour costs; empty = not said
    watermark: bool = False  # previews say who looked, and when
    shares_findings: Sharing | None = None  # None = others see its results in large pools only
    shares_shots_with_raters: Sharing | None = None  # None = no other studio's people vote on them
