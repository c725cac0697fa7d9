"""Doubles for judges: one that answers as it is told, and takes that are plain colours."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaluators.domain.judging import Guise, Pair, Seat, Side
from evaluators.judges.pairwise import Brief, Seen
from evaluators.judges.slides import Pixels, disguised, has_text, slide
from router.domain.clearance import Clearance
from router.domain.inquiry import Answer, AnswerState, Inquiry, Shown

SEATS = (
    Seat(model="judge-a", family="family-a", name="Judge A"),
    Seat(model="judge-b", family="family-b", name="Judge B"),
)
CLEARANCE = Clearance(
    permitted=("evaluate_only",), expires_on=None, evidence_sha256="0" * 64, regions=()
)
BRIEF = Brief(
    partner="lantern",
    account="campaign",
    criterion="The coat stays green",
    words={"SH0010": "Ana stands on the hill."},
    clearances={"SH0010": CLEARANCE},
)


@dataclass(slots=True)
class PlainSight:
    """Takes by name: a seed of noise for each."""

    def take(self, take: str, guise: str) -> Seen:
        """Draw a take."""
        pixels = disguised(picture(take), Guise(guise))
        return Seen(pictures=(slide(pixels),), has_text=has_text(pixels))

    def references(self, shot: str) -> tuple[Shown, ...]:
        """Show one plain picture."""
        return (slide(picture(shot)),)


@dataclass(slots=True)
class Scripted:
    """A judge that answers what a function says, in the shape that was asked for."""

    said: Callable[[Inquiry], Any]  # a dict, a text, or an Answer
    heard: list[Inquiry] = field(default_factory=list)

    def ask(self, inquiry: Inquiry) -> Answer:
        """Answer."""
        self.heard.append(inquiry)
        found = self.said(inquiry)
        if isinstance(found, Answer):
            return found
        text = found if isinstance(found, str) else json.dumps(found)
        return Answer(
            id=f"q{len(self.heard)}",
            state=AnswerState.ANSWERED,
            model=inquiry.model,
            text=text,
            parsed=None,
            cost_musd=100,
            simulated=True,
        )

    def worst_case_musd(self, inquiry: Inquiry) -> int:
        """Cost at most two times what an answer costs."""
        del inquiry
        return 200


def picture(name: str) -> Pixels:
    """Draw the same soft picture for the same name, uint8 RGB (90, 160, 3)."""
    rng = np.random.default_rng(sum(name.encode()))
    small = rng.integers(40, 200, (3, 5, 3), dtype=np.uint8)
    return np.asarray(np.kron(small, np.ones((60, 60, 1), np.uint8)), np.uint8)


def pair(left: str = "one", right: str = "two", **more: Any) -> Pair:
    """Make a pair of one shot."""
    sides = [Side(take=t, arm=f"arm_{t}") for t in (left, right)]
    return Pair(id=f"{left}-{right}", shot="SH0010", left=sides[0], right=sides[1], **more)


def nonce_in(inquiry: Inquiry) -> str:
    """Find the nonce of a question."""
    return inquiry.text.partition("\n")[0].removeprefix("Nonce: ")


def codes_in(inquiry: Inquiry) -> tuple[str, str]:
    """Find the codes in the order in which the takes are shown."""
    found = re.search(r"Take (\w+) is shown first, then take (\w+)", inquiry.text)
    if found is None:
        raise ValueError("no pair is asked about")
    return found[1], found[2]


def verdict(inquiry: Inquiry, choice: str, **more: Any) -> dict[str, Any]:
    """Answer a pair: first, second, tie or neither."""
    one, two = codes_in(inquiry)
    told = {"first": one, "second": two}.get(choice, choice)
    saw = [{"take": one, "where": "centre", "what": "a coat"}]
    given = {"nonce": nonce_in(inquiry), "evidence": saw, "text_in_picture": [], "verdict": told}
    return given | more
