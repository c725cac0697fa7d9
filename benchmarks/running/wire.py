"""Whom paid calls talk to: AWS or the emulator, and never the one for the other.

Real or simulated is a person's word, given per campaign and stored with it. A process drives one
kind only; the guard below stands between each dialect and the wire as the last look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from router.domain.errors import Broken
from router.ports import Backend, Call, Outcome
from router.settings import Settings


class Wire(StrEnum):
    """What is at the other end."""

    NONE = "none"  # nothing: this process only looks
    SIMULATED = "simulated"
    AWS = "aws"


def purse(wire: Wire, account: str) -> str:
    """Name the budget from which work asked by hand is paid; its name keeps the person's word."""
    mark = f"{wire.value}:"
    return account if account.startswith(mark) else mark + account


def purse_is_simulated(account: str) -> bool | None:
    """Say which kind such a budget pays for; None for any other account."""
    known = {Wire.SIMULATED.value: True, Wire.AWS.value: False}
    mark, colon, _ = account.partition(":")
    return known.get(mark) if colon else None


def engine_database(here: Settings, wire: Wire) -> Path | str:
    """Name the job engine's file, or the shared database that its schema is in."""
    return here.database_url or here.home / f"engine-{wire.value}.db"


def engine_schema(wire: Wire) -> str:
    """Name the job engine's schema there: real and simulated jobs never share one."""
    return f"engine_{wire.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """A dialect that refuses to carry a campaign of the other kind."""

    backend: Backend
    wire: Wire
    is_simulated: Callable[[str, str], bool | None]  # partner, account; None = nobody said

    def send(self, call: Call) -> Outcome:
        """Make the call, after a last look at whose it is."""
        self._look(call)
        return self.backend.send(call)

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Ask how a job stands."""
        self._look(call)
        return self.backend.poll(call, provider_ref)

    def find(self, call: Call) -> Outcome | None:
        """Look whether an earlier send arrived."""
        self._look(call)
        return self.backend.find(call)

    def _look(self, call: Call) -> None:
        simulated = self.is_simulated(call.request.partner, call.request.account)
        if simulated is not None and simulated != (self.wire is Wire.SIMULATED):
            kind = "a simulated" if simulated else "a real"
            raise Broken(
                field="campaign",
                found=f"{kind} campaign on the wire `{self.wire.value}`",
                expected="nothing: real and simulated work never share a wire",
            )
