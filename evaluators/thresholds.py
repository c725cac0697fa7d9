"""What is good enough when a director names no number; one table, to be argued with.

`band`: distance from the threshold within which the metric's own error decides, so that the answer
is `unsure`. Where the numbers come from:

id_ref           ten real takes of four people signing (640x480), 8 frames each, judged whole and
                 never by the frame: single pairs of frames of one take exceed the usual limit.
                 YuNet finds a face in 241 of 241 frames looked at (HOG: 225, and 67 of 80 without
                 its slow second search), a clear one in 87 %. Every third clear frame as the only
                 reference of its own take: 0.67 at worst, 0.80 typically (n 74); of another take
                 of the same person: 0.66, 0.76 (n 119); of another person: 0.61 at most, 0.47
                 typically (n 547). HOG: 0.67, 0.66, 0.61. The limit lies between; the usual 0.5
                 would pass strangers.
id_worst         same pairs: 0.62 at worst for the right person, 0.59 at most for a wrong one.
id_drift         the ten takes: 0.14..0.25; 56 stretches of a second of them: 0.26 at most. Half of
                 a take replaced by another person (n 74): 0.25..0.41, median 0.34. Any 3 of a real
                 take's faces: 0.19 on average and above 0.28 in 3 %, any 8: 0.18, none.
id_drift.slope   the ten takes: 0.032 at most; the stretches: 0.047 at most. Half replaced:
                 0.161 at most; a quarter: 0.097. No real take is called drift; ten
                 takes of one room alone would allow a true rate of up to 28 %.
costume_colour   same takes: 4.6 at most for the same clothes on the same person (hands cross
                 them), 24 for clearly other clothes; a grey shirt for a grey shirt reads 3.
ref_embed        eighty photographs of fifteen things: 0.45 tells same from different in 98 % of
                 pairs (MobileNetV2, same / different 0.68 / 0.30 on average).
subject_colour   same photographs, limits of its file: see evaluators/validation/subjects.py.
subject_shape    same photographs: see its file; a line hears `bent`, not the limit alone.
tech             eighty photographs of things: blur 0.17..0.54, noise 0.1..8.9, banding under 0.004.
edge_width       drawn frames and photographs: 2.8..3.8; blurred with sigma 1.6 pixels 4.9.
framing          0 steps: usual sizes of a face, not calibrated; the ten real takes read MS or MCU.
camera_move      the ten real takes are all locked off: each part 0.19 a second at most, jitter
                 0.04 % of the width at most; planted pans, tilts, zooms and turns of 2..20 a second
                 read within 20 %.
costume_texture  photographs of things from another side, boxed roughly: same 0.70..0.93, other
                 0.69..0.90 (AUC 0.63): below 0.7 it doubts, above it says little.
prop_match       same photographs: unrelated ones have fewer than 8 matches in 110 of 153 pairs and
                 0.23 at most else.
seam             sixty boxes laid over the ten real takes, where no seam is: grain -0.05..0.07,
                 sharpness -0.14..0.04, black -9..28 (97.5 % under 17), colour 0.5..25 (97.5 % under
                 13), flicker 0.03..0.70.
inside_mask      same boxes: flicker -0.55..0.92, successive changes correlate -0.28..0.79, none is
                 called still by still; planted ones -0.5.
removal          five clean-ups of drawn and photographed plates: untouched 1.00, filled by three
                 methods 0.00..0.21, a ghost of 30 % 0.31..0.44.
plate_structure  a photograph: moved, turned 5 degrees or 10 % closer 0.97..1.00; blurred with
                 sigma 1.5 0.88, noise of 10 code values 0.75; unrelated pictures do not register.
colour_match     a third of a stop reads delta_e 4.5, a warm grade 4.3 (CIEDE2000 of means).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """When a value is good enough; which side is good is the score's own direction."""

    threshold: float
    band: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers a kind of acceptance line unasked: the first of these that applies to the take.

    `silent` says why there is nobody, or what has to be done beside the number.
    """

    metrics: tuple[str, ...]
    silent: str | None = None


# Every kind of the pack's schema.
KINDS: Mapping[str, Answer] = {
    # id_ref is for persons; creatures, objects and drawn figures are told by their appearance.
    "identity": Answer(("id_ref", "ref_embed")),
    "wardrobe": Answer(("costume_colour",)),
    "composition": Answer(("framing",)),
    "camera": Answer(("camera_move",)),
    "lighting": Answer(("colour_match.stops",)),
    "colour": Answer(("colour_match.delta_e",)),
    "technical": Answer(("spec_checks.passed",)),
    "untouched_region": Answer(("outside_mask",)),
    "artefact": Answer(("tech.blur",)),
    "action": Answer((), "what is done in a shot is not measured"),
    "continuity": Answer((), "it compares shots: see xshot_id and xshot_look of the sequence"),
}

# A pass of the first is a doubt where one of the others speaks against it: a mean hides a drift,
# and an embedding hides a colour.
WITNESSES: Mapping[str, tuple[str, ...]] = {
    "id_ref": ("id_worst", "id_drift", "id_drift.slope"),
    "ref_embed": ("subject_colour", "subject_shape"),
}

LIMITS: Mapping[str, Limit] = {
    "id_ref": Limit(threshold=0.62, band=0.03),
    "id_worst": Limit(threshold=0.59, band=0.03),
    "id_coverage": Limit(threshold=0.5),
    "id_drift": Limit(threshold=0.27, band=0.01),
    "id_drift.slope": Limit(threshold=0.055, band=0.005),
    "costume_colour": Limit(threshold=6.0, band=1.0),
    "colour_match.w1": Limit(threshold=4.0, band=0.2),
    "colour_match.delta_e": Limit(threshold=4.0, band=0.2),
    "colour_match.stops": Limit(threshold=0.33, band=0.02),
    "colour_match.wb_a": Limit(threshold=3.0, band=0.2),
    "colour_match.wb_b": Limit(threshold=3.0, band=0.2),
    "colour_match.contrast": Limit(threshold=10.0, band=0.5),
    "spec_checks.passed": Limit(threshold=1.0),
    "tech.blur": Limit(threshold=0.55, band=0.02),
    "edge_width": Limit(threshold=4.4, band=0.2),
    "tech.noise": Limit(threshold=10.0, band=0.5),
    "tech.clipped_low": Limit(threshold=0.1),
    "tech.clipped_high": Limit(threshold=0.1),
    "tech.blockiness": Limit(threshold=2.0, band=0.2),
    "tech.banding": Limit(threshold=0.1, band=0.01),
    "temporal.warp": Limit(threshold=3.0, band=0.2),
    "temporal.flicker": Limit(threshold=0.6, band=0.05),
    "framing": Limit(threshold=0.5),
    "framing.offset": Limit(threshold=15.0, band=2.0),
    "camera_move": Limit(threshold=1.0),
    "camera_move.jitter": Limit(threshold=0.1, band=0.02),
    "plate_structure": Limit(threshold=0.8, band=0.03),
    "plate_structure.shift": Limit(threshold=1.0, band=0.1),
    "costume_texture": Limit(threshold=0.7, band=0.03),
    "prop_match": Limit(threshold=0.3, band=0.05),
    "seam.grain": Limit(threshold=1.0, band=0.2),
    "seam.sharpness": Limit(threshold=0.15, band=0.02),
    "seam.black": Limit(threshold=18.0, band=2.0),
    "seam.colour": Limit(threshold=14.0, band=1.0),
    "seam.flicker": Limit(threshold=0.75, band=0.05),
    "inside_mask.flicker": Limit(threshold=1.0, band=0.1),
    "removal.left": Limit(threshold=0.25, band=0.04),
    "outside_mask": Limit(threshold=0.001),
    "outside_mask.max": Limit(threshold=2.0),
    "copy_paste": Limit(threshold=0.8, band=0.02),
    "ref_embed": Limit(threshold=0.45, band=0.05),
    "subject_colour": Limit(threshold=13.5, band=2.0),
    "subject_colour.turn": Limit(threshold=2.0, band=1.0),
    "subject_shape": Limit(threshold=0.0075, band=0.0015),
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
        "edge_width",
        "temporal",
    }
)
# What was seen to change has changed, however many frames were not seen.
PROVEN_BY_ONE = frozenset({"outside_mask", "outside_mask.max"})
GIVEN_REGIONS = frozenset({"mask", "box"})  # costume_colour elsewhere guesses where the costume is
LEAST_COVERAGE = 0.5  # under that, too much of the take was not seen
EVERYTHING: Mapping[str, str] = {  # passes only where nothing was left unseen: what is counted
    "prop_match": "props",
}
