"""The menu: which screens there are, in which section, and who may use which."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from dashboard.client import Client

SECTIONS = ("Beta", "Shots", "Research", "Report", "Admin")
SUBMIT, MANAGE, COMPARE, LEAD = "submit", "manage", "compare", "lead"  # what a screen may need
WHO = {
    "read": "everybody who signed in",
    SUBMIT: "people of a partner studio",
    MANAGE: "a partner's administrator, or the lead of the beta",
    COMPARE: "the team that runs the beta",
    LEAD: "the lead of the beta",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """One row of the menu."""

    section: str
    title: str
    path: str  # in the address; the first screen answers at / too
    render: Callable[[Client], None]
    about: str  # one sentence, shown where the pointer rests
    needs: str = "read"  # the scope without which it is not shown

    def __post_init__(self) -> None:
        """Refuse a section that is none."""
        if self.section not in SECTIONS:
            raise ValueError(f"{self.title}: no section {self.section}")


def shown_to(scopes: Collection[str] | None, screen: Screen) -> bool:
    """Say whether a screen stands in somebody's menu; None = nobody is known yet."""
    return scopes is None or screen.needs in scopes


def sections(screens: Sequence[Screen]) -> dict[str, list[Screen]]:
    """Group the screens, sections in their order, empty ones left out."""
    grouped = {s: [x for x in screens if x.section == s] for s in SECTIONS}
    return {section: rows for section, rows in grouped.items() if rows}
