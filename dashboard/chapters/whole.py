"""The fourteen chapters of a findings report, in order; every one is there, also where empty."""

from collections.abc import Mapping
from typing import Any

from dashboard.chapters import closing, opening, results
from dashboard.chapters.blocks import Block, chapter
from dashboard.edition import Names

Json = Mapping[str, Any]
TITLES = (
    "Executive summary",
    "What was decided in advance",
    "Method",
    "Sample",
    "Ranking",
    "Partner by partner",
    "Slices",
    "Character consistency by part",
    "Failure gallery",
    "Cost, waiting and time saved",
    "Metrics against people",
    "Limitations",
    "Recommendations",
    "Appendix",
)


def chapters(document: Json) -> list[Block]:
    """Lay out a `report/1` document; nothing is computed, every number is the document's."""
    d, names = document, Names(document)
    found = (
        opening.summary(d, names),
        opening.decided(d),
        opening.method(d),
        opening.sample(d),
        results.ranking(d, names),
        results.partners(d, names),
        results.slices(d, names),
        results.characters(d, names),
        closing.failures(d, names),
        closing.money(d, names),
        closing.agreement(d),
        closing.limits(d),
        closing.recommendations(d),
        closing.appendix(d, names),
    )
    numbered = enumerate(zip(TITLES, found, strict=True), start=1)
    return [chapter(n, title, list(blocks)) for n, (title, blocks) in numbered]
