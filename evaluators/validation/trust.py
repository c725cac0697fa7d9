"""What each metric may rule, by which limit, and what it cannot see: read from where it stands."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from evaluators.domain.score import Tier
from evaluators.group import Across
from evaluators.measuring import all_metrics, metric
from evaluators.metric import Metric
from evaluators.thresholds import ARITHMETIC, KINDS, LIMITS
from evaluators.together import all_across

BLIND = re.compile(r"Blind to:? .*?\.(?=\s|$)")
# What no metric of a tier can see, whatever is measured.
TIERS = {
    Tier.EMBEDDED: "Faces by one network of 2017, photographic and roughly frontal; colours, "
    "edges, noise and motion by arithmetic. It does not know what a picture shows: not what is "
    "done, not whether hands have five fingers, not whether a shadow falls right, not who a drawn "
    "figure or an animal is, not whether a picture is good.",
    Tier.LEARNED: "Appearance of a subject by networks that were trained to name things. Blind to "
    "a costume's colour (subject_colour stands beside it), to what stands outside the crop, to "
    "small parts; backgrounds alone explain much of what it separates. Style is not measured, and "
    "whether a prompt was followed is screened at best. DINOv2, SigLIP2 and AuraFace have run with "
    "random numbers only.",
    Tier.JUDGE: "Language models that look at pictures. They prefer what stands first and what is "
    "bright, and are not known to agree with people on this material: no line is passed or failed "
    "by one before agreement is shown.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A default limit of one number."""

    number: str  # id_worst
    limit: float
    band: float  # within it nothing is claimed
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One metric."""

    metric: str
    tier: Tier
    may_fail: str  # yes | no, it doubts | where the region is given
    kinds: tuple[str, ...]  # of acceptance lines that it answers unasked
    bounds: tuple[Bound, ...]
    blind: str


def every() -> Iterator[Trust]:
    """Give every metric, and every group metric."""
    shelf: tuple[Metric | Across, ...] = (*map(metric, all_metrics()), *all_across())
    for one in shelf:
        numbers = {output.name: output.unit for output in one.outputs}
        yield Trust(
            metric=one.name,
            tier=one.tier if isinstance(one, Metric) else Tier.EMBEDDED,
            may_fail=_may_fail(one.name),
            kinds=tuple(k for k, answer in KINDS.items() if numbers.keys() & set(answer.metrics)),
            bounds=tuple(
                Bound(number=name, limit=LIMITS[name].threshold, band=LIMITS[name].band, unit=unit)
                for name, unit in numbers.items()
                if name in LIMITS
            ),
            blind=_blind(one),
        )


def _may_fail(family: str) -> str:
    if family == "costume_colour":
        return "where the region is given"
    return "yes" if family in ARITHMETIC else "no, it doubts"


def _blind(one: Metric | Across) -> str:
    """Take the sentence from the head of the metric's own file."""
    of = one.measure if isinstance(one, Metric) else one.compare
    text = re.sub(r"\s+", " ", inspect.getmodule(of).__doc__ or "")
    found = BLIND.search(text)
    return found.group().replace("Blind to:", "Blind to") if found else ""
