"""What a score says about the bits and the display transform that it rests on."""

from dataclasses import replace

from evaluators.domain.score import Score
from evaluators.metric import Metric
from router.decoding.decode import Probe

KEEP_BITS = frozenset({"deep", "fine", "lab"})  # views with all the bits that there are


def stated(scores: tuple[Score, ...], metric: Metric, probe: Probe) -> tuple[Score, ...]:
    """Add depth and display transform to the evidence, where they are not the usual 8-bit sRGB.

    `bit_depth` is the file's, `measured_bits` what the metric looked at, `rendered` the display
    transform that we chose for scene-linear values: such a number is approximate.
    """
    if probe.bit_depth <= 8 and probe.rendered is None:
        return scores
    kept = min(16, probe.bit_depth) if metric.needs & KEEP_BITS else 8
    told: dict[str, object] = {"bit_depth": probe.bit_depth, "measured_bits": kept}
    if probe.rendered:
        told["rendered"] = probe.rendered
    return tuple(replace(s, evidence={**s.evidence, **told}) for s in scores)
