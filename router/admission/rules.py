"""What may be asked, where, and for how much: the gate and the price table."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from router.admission import gate, pricing
from router.admission.retention import Modes
from router.domain.model import Model
from router.domain.partner import Partner
from router.domain.request import Request
from router.ports import Clock


class Rules(Protocol):
    """Policy; every call is pure but for today's date."""

    def check(self, partner: Partner, model: Model, request: Request) -> None:
        """Let a request pass; raises a Refused with the field that forbids it."""
        ...

    def check_now(self, partner: Partner, model: Model, request: Request) -> None:
        """The same with what the account says of itself; raises Unreachable where it is silent."""
        ...

    def region_for(self, partner: Partner, model: Model, request: Request) -> str:
        """Choose the Region; raises NotEntitled when none is allowed."""
        ...

    def worst_case_musd(self, model: Model, request: Request) -> int:
        """Give the most that a request can cost."""
        ...

    def actual_musd(self, model: Model, request: Request, units: float) -> int:
        """Give what so many pictures or seconds cost."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """The rules of `router.admission.gate` and `router.admission.pricing`, on a given day."""

    clock: Clock
    runnable_dialects: Collection[str]
    modes: Modes | None = None  # the account's data-retention mode by Region, where there is one

    def check(self, partner: Partner, model: Model, request: Request) -> None:
        """Apply the gate as of today (UTC)."""
        self._check(partner, model, request, None)

    def check_now(self, partner: Partner, model: Model, request: Request) -> None:
        """Apply the gate as of today, and hold the account's own data retention against it."""
        self._check(partner, model, request, self.modes)

    def _check(self, partner: Partner, model: Model, request: Request, modes: Modes | None) -> None:
        today = self.clock.now().date()
        gate.check(
            partner,
            model,
            request,
            today=today,
            runnable_dialects=self.runnable_dialects,
            modes=modes,
        )

    def region_for(self, partner: Partner, model: Model, request: Request) -> str:
        """Choose the first Region of the model that everybody allows."""
        return gate.region_for(partner, model, request.clearance)

    def worst_case_musd(self, model: Model, request: Request) -> int:
        """Give the most that a request can cost."""
        return pricing.worst_case_musd(model, request)

    def actual_musd(self, model: Model, request: Request, units: float) -> int:
        """Give what so many units cost."""
        return pricing.actual_musd(model, request, units)
