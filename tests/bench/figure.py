"""A figure: one measured number with its limit, and what stands beside it."""

import resource
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number with its limit."""

    name: str
    value: float
    unit: str
    limit: float
    beside: str  # the peer or floor of the same run
    at_least: bool = False  # True = the value has to reach the limit

    @property
    def is_met(self) -> bool:
        """Say whether it keeps its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Write it for a person."""
        sign, mark = ("≥" if self.at_least else "≤"), ("met   " if self.is_met else "MISSED")
        return (
            f"{mark} {self.name:52} {self.value:9.3f} {self.unit:10} "
            f"({sign} {self.limit:g})  {self.beside}"
        )


def cpu_s() -> float:
    """Give the CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def sure(held: bool, promise: str) -> None:
    """Stop the measuring where its premise does not hold."""
    if not held:
        raise AssertionError(promise)
