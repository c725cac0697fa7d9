"""What a contrast allows to be said in words, and no more."""

from collections.abc import Mapping

from benchmarks.domain.finding import Contrast

ALPHA = 0.05  # of intervals and of adjusted p-values
MINUS = "\N{MINUS SIGN}"
SUFFIX: Mapping[str, str] = {
    "share": " %",
    "delta_e": " ΔE",
    "stops": " stops",
    "code_values": " code values",
    "percent_width_per_frame": " % of the width a frame",
    "steps": " steps",
}
POINTS = " percentage points"  # a difference of two shares


def shown(value: float, unit: str, *, difference: bool = False) -> str:
    """Write a number for a sentence: three significant digits and its unit."""
    return _bare(value, unit) + _suffix(unit, difference=difference)


def sentence(c: Contrast, names: Mapping[str, str], unit: str, missing: int = 0) -> str:
    """Say how two recipes compare.

    Args:
        c: the contrast.
        names: what the sentence calls the two.
        unit: of the difference.
        missing: shots of either that were not measured for both.
    """
    a, b = names[c.a], names[c.b]
    shots = f"{c.n_shots} shot{'' if c.n_shots == 1 else 's'}"
    gap = f"; {missing} shot{'' if missing == 1 else 's'} not measured for both" if missing else ""
    if c.difference is None:
        return f"{a} and {b} cannot be compared: no shot was measured for both{gap}."
    apart = shown(c.difference, unit, difference=True)
    if c.p_adjusted is None:
        return f"{a} and {b} cannot be told apart (difference {apart}; {shots}, no interval{gap})."
    if c.p_adjusted >= ALPHA:
        found = f"{_span(c, unit, 1)}; {shots}{gap}{_at_worst(c, names)}; difference {apart}"
        return f"{a} and {b}: no difference detected ({found}{_lost(c)})."
    sign = -1 if c.difference < 0 else 1
    apart = shown(sign * c.difference, unit, difference=True)
    found = (
        f"{_span(c, unit, sign)}; {shots}{gap}{_at_worst(c, names)}; adjusted p {c.p_adjusted:.2g}"
    )
    if c.better is None:
        return f"{a} and {b} differ by {apart} ({found})."
    worse = c.b if c.better == c.a else c.a
    return f"{names[c.better]} is better than {names[worse]} by {apart} ({found})."


def _at_worst(c: Contrast, names: Mapping[str, str]) -> str:
    """Say what the verdict would be if everything missing were as bad as the worst seen."""
    if c.holds is None:
        return ""
    if c.holds:
        return "; the same verdict with what is missing as the worst seen"
    instead = c.better_if_missing_is_worst
    said = f"{names[instead]} better" if instead else "no difference"
    return f"; with what is missing as the worst seen: {said}"


def _lost(c: Contrast) -> str:
    """Explain an interval that excludes 0 although no difference may be claimed."""
    if c.p is None or c.p >= ALPHA:
        return ""
    return f"; p {c.p:.2g} alone, {c.p_adjusted:.2g} once the other contrasts are counted"


def _span(c: Contrast, unit: str, sign: int) -> str:
    if c.ci_low is None or c.ci_high is None:
        return "the same on every shot, no interval"
    low, high = sorted((sign * c.ci_low, sign * c.ci_high))
    if unit == "share":  # two shares are never further apart than everything from nothing
        low, high = max(low, -1.0), min(high, 1.0)
    return f"95 % CI {_bare(low, unit)} to {shown(high, unit, difference=True)}"


def _bare(value: float, unit: str) -> str:
    return f"{100 * value if unit == 'share' else value:.3g}".replace("-", MINUS)


def _suffix(unit: str, *, difference: bool) -> str:
    return POINTS if difference and unit == "share" else SUFFIX.get(unit, "")
