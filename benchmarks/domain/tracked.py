"""What a studio's production tracker was told, so that what people say there finds its way back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One thing of ours, and what it is in a tracker."""

    partner: str
    campaign: str
    place: str  # the tracker, its site and the project there
    mark: str  # what it is here: `shot SQ010_SH0020`, `take …`, `decision …`
    theirs: str  # its id there
    at: datetime
