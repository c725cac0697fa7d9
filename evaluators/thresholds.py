"""What is good enough when a director names no number; one table, to be argued with.

`band`: distance from the threshold within which the metric's own error decides, so that the answer
is `unsure`. Where the numbers come from:

id_ref           ten real takes of four people signing (640x480), 8 frames each. Every frame with a
                 face as the only reference of its own clip: take value 0.65 at worst, 0.76
                 typically. One person's frame against another person: 0.60 at most, 0.49
                 typically. The limit lies between; the usual 0.5 would pass strangers.
id_worst         same takes: 0.60 at worst for the right person, 0.58 at most for a wrong one.
costume_colour   same takes: 4.6 at most for the same clothes on the same person (hands cross
                 them), 24 for clearly other clothes; a grey shirt for a grey shirt reads 3.
tech             eighty photographs of things: blur 0.17..0.54, noise 0.1..8.9, banding under 0.004.
colour_match     a third of a stop reads delta_e 4.5, a warm grade 4.3 (CIEDE2000 of means).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """When a value is good enough; which side is good is the score's own direction."""

    threshold: float
    band: float = 0.0


# The metric of each kind of acceptance line; other kinds need eyes, or a metric named in the line.
METRIC_OF_KIND: Mapping[str, str] = {
    "identity": "id_ref",
    "wardrobe": "costume_colour",
    "colour": "colour_match.delta_e",
    "lighting": "colour_match.stops",
    "technical": "spec_checks.passed",
    "artefact": "tech.blur",
    "untouched_region": "outside_mask",
}

LIMITS: Mapping[str, Limit] = {
    "id_ref": Limit(threshold=0.62, band=0.03),
    "id_worst": Limit(threshold=0.59, band=0.03),
    "id_coverage": Limit(threshold=0.5),
    "costume_colour": Limit(threshold=6.0, band=1.0),
    "colour_match.w1": Limit(threshold=4.0, band=0.2),
    "colour_match.delta_e": Limit(threshold=4.0, band=0.2),
    "colour_match.stops": Limit(threshold=0.33, band=0.02),
    "colour_match.wb_a": Limit(threshold=3.0, band=0.2),
    "colour_match.wb_b": Limit(threshold=3.0, band=0.2),
    "colour_match.contrast": Limit(threshold=10.0, band=0.5),
    "spec_checks.passed": Limit(threshold=1.0),
    "tech.blur": Limit(threshold=0.55, band=0.02),
    "tech.noise": Limit(threshold=10.0, band=0.5),
    "tech.clipped_low": Limit(threshold=0.1),
    "tech.clipped_high": Limit(threshold=0.1),
    "tech.blockiness": Limit(threshold=2.0, band=0.2),
    "tech.banding": Limit(threshold=0.1, band=0.01),
    "temporal.warp": Limit(threshold=3.0, band=0.2),
    "temporal.flicker": Limit(threshold=0.6, band=0.05),
    "outside_mask": Limit(threshold=0.001),
    "outside_mask.max": Limit(threshold=2.0),
    "copy_paste": Limit(threshold=0.8, band=0.02),
}

# Chosen by kind, such a metric can find a fault, but finding none does not answer the line.
FAULT_FINDERS: Mapping[str, str] = {
    "artefact": "sharp; other artefacts are not looked for, name a metric or look",
}

# (metric, genre): agreement with people was measured there, so that it may fail a line although it
# guesses about content. None yet.
VALIDATED: frozenset[tuple[str, str]] = frozenset()

# Metrics that are arithmetic on pixels, by the first part of their names.
ARITHMETIC = frozenset(
    {
        "spec_checks",
        "outside_mask",
        "colour_match",
        "copy_paste",
        "costume_colour",
        "tech",
        "temporal",
    }
)
GIVEN_REGIONS = frozenset({"mask", "box"})  # costume_colour elsewhere guesses where the costume is
LEAST_COVERAGE = 0.5  # under that, too much of the take was not seen
