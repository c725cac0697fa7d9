"""What the roof needs from the house below: one object, given by whoever joins the storeys."""

from typing import Protocol

from benchmarks.api.acceptance_ports import AcceptanceDesk
from benchmarks.api.front import FrontDesk, NoteDesk
from benchmarks.api.packs import Hatch
from benchmarks.api.ports import CampaignDesk
from benchmarks.api.studies import StudyDesk
from evaluators.api.ports import ScoreDesk
from router.api.ports import RouterDesk


class Studio(RouterDesk, ScoreDesk, CampaignDesk, Protocol):
    """All desks in one: models, requests, media, scores, campaigns, takes, findings."""

    @property
    def everybody(self) -> frozenset[str]:
        """Name every partner of the house."""
        ...

    @property
    def front(self) -> FrontDesk:
        """Give what takes campaigns and repairs in."""
        ...

    @property
    def pencil(self) -> NoteDesk:
        """Give what keeps notes on takes."""
        ...

    @property
    def acceptance(self) -> AcceptanceDesk:
        """Give what answers shots line by line, and keeps what people decide."""
        ...

    @property
    def receiving(self) -> Hatch:
        """Give what takes packs and single files in."""
        ...

    @property
    def booth(self) -> StudyDesk:
        """Give what keeps blind studies."""
        ...
