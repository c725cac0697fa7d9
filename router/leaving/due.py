"""Retention: how long a partner's things are kept after its findings were due."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from router.domain.partner import Partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A partner, the last day on which its things are kept, and whether that is past."""

    partner: str
    kept_until: date
    is_past: bool


def due(partners: Iterable[Partner], today: date) -> Iterator[Due]:
    """Say for each partner until when its things are kept: `retention_days` after the findings."""
    for one in partners:
        until = one.window.findings_due + timedelta(days=one.retention_days)
        yield Due(partner=one.name, kept_until=until, is_past=today > until)
