"""Two takes of one shot: which there are, and what is said of each acceptance line."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dashboard.client import Client, Line, Take, TakeRow

MOST = 100  # takes of one shot to choose from
NTSC = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePair:
    """One acceptance line as both takes stand to it; None = nothing is said of that take."""

    number: int
    criterion: str
    must: bool
    a: Line | None
    b: Line | None


def of_shot(service: Client, partner: str, shot: str) -> list[TakeRow]:
    """Give the takes of a shot that can be looked at, of all its campaigns."""
    page = service.takes({"partner": partner, "shot": shot, "state": "done", "limit": MOST})
    return [row for row in page["takes"] if row["take"]]


def lines(a: Take, b: Take) -> list[LinePair]:
    """Lay the lines of two takes side by side, in the order of their numbers."""
    of_a = {line["line"]: line for line in a["lines"]}
    of_b = {line["line"]: line for line in b["lines"]}
    found = []
    for number in sorted({*of_a, *of_b}):
        either = of_a.get(number) or of_b[number]
        found.append(
            LinePair(
                number=number,
                criterion=either["criterion"],
                must=either["must"],
                a=of_a.get(number),
                b=of_b.get(number),
            )
        )
    return found


def rate(take: Mapping[str, object]) -> list[int]:
    """Give frames a second as numerator and denominator: 23.976 is 24000/1001, and not 23.976."""
    fps = take.get("fps")
    if not isinstance(fps, int | float) or fps <= 0:
        return [24, 1]
    whole = round(fps * NTSC / 1000)
    if abs(fps - round(fps)) > 1e-4 and abs(whole * 1000 / NTSC - fps) < 5e-3:
        return [whole * 1000, NTSC]
    exact = Fraction(fps).limit_denominator(NTSC)
    return [exact.numerator, exact.denominator]
