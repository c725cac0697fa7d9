"""The demonstration in a running home: fictional partners' packs, drawn and taken in like any."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.packs.receiving import Received, Receiving
from benchmarks.studio import Studio
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.domain.partner import Partner

BUDGET_USD = 60.0  # of each campaign; emulated money


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Satisfies the port of the demonstration's routes."""

    receiving: Receiving
    partners: Mapping[str, Partner]
    fictional: frozenset[str]

    def guests(self, reach: Reach) -> list[dict[str, Any]]:
        """List the fictional partners within reach."""
        return [
            {"partner": n, "title": self.partners[n].display_name, "budget_usd": BUDGET_USD}
            for n in reach
            if n in self.fictional
        ]

    def draw(self, reach: Reach, partner: str) -> Received:
        """Draw a fictional partner's pack and keep it; raises UnknownName."""
        from benchmarks.demo.build import build

        known = [guest["partner"] for guest in self.guests(reach)]
        if partner not in known:
            raise UnknownName("partner", partner, known)
        with tempfile.TemporaryDirectory() as folder:
            return self.receiving.keep(partner, build(Path(folder), partner))


def of(house: Studio, receiving: Receiving) -> Showing:
    """Offer the demonstration of one house."""
    return Showing(receiving=receiving, partners=house.partners, fictional=house.fictional)
