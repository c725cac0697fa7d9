"""A ruling: what a named person found out about a call whose answer stays lost."""

from dataclasses import dataclass

# Code of what a person ruled on: it is never asked again, by whatever starts other things again.
WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Whether it was billed, who says so, and from what."""

    by: str  # a person's name
    because: str  # the provider's request id, what its log says
    is_billed: bool
    musd: int | None = None  # of the bill, in micro-dollars; None = what was reserved

    @property
    def reason(self) -> str:
        """Say who ruled so, and why."""
        return f"{self.by}: {self.because}"

    def cost_musd(self, reserved_musd: int) -> int:
        """Give what it cost, for what was reserved."""
        return reserved_musd if self.musd is None else self.musd
