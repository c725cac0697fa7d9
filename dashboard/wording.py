"""Numbers and states as people read them; the one place that rounds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

MISSING = "not measured"
NOT_SHOWN = "Not shown: this partner's pictures need a grant to look at them."
SIMULATED = (
    "Simulated. Every take in this report was drawn by the built-in emulator. Nothing here says "
    "anything about a real model."
)
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
VERDICTS = {
    "pass": "pass",
    "fail": "fail",
    "unsure": "unsure",
    "not_measured": "not measured",
}
FLAGS = {
    "frozen": "stands still",
    "duplicate": "same file as another take",
    "copy_paste": "reference pasted in",
    "identity_drift": "face drifts",
    "colour_drift": "colour drifts",
    "still_by_still": "cleaned picture by picture",
    "text_in_picture": "writing in the picture",
    "imported": "brought in from outside",
    "simulated": "simulated",
}
UNITS = {
    "similarity": "likeness, 0 to 1",
    "share": "share of the whole, %",
    "delta_e": "colour difference, ΔE",
    "stops": "stops",
    "code_values": "code values, 0 to 255",
    "percent_width_per_frame": "% of the width per frame",
    "steps": "steps",
    "count": "count",
    "usd": "US dollars",
}
SUFFIX = {
    "share": THIN + "%",
    "delta_e": THIN + "ΔE",
    "stops": THIN + "stops",
    "percent_width_per_frame": THIN + "%/frame",
    "steps": THIN + "steps",
}
DECIMALS = {"similarity": 2, "delta_e": 1, "stops": 2, "count": 0, "elo": 0, "code_values": 1}
DIRECTIONS = {
    "higher": "higher is better",
    "lower": "lower is better",
    "none": "neither way is better",
}
KINDS = {
    "beats": "Better",
    "does_not_beat_control": "Does not beat its control",
    "no_difference": "No difference detected",
    "control_check": "Check of the controls",
    "failures": "Refusals and failures",
    "people": "What people preferred",
    "circled": "Until a take is circled",
    "old_way": "Against the studio\N{RIGHT SINGLE QUOTATION MARK}s own way",
}
TASKS = {
    "lookdev_text_to_image": "Look development from text",
    "reference_to_image": "Picture from a reference",
    "image_to_video": "Clip from a key frame",
    "text_to_video": "Clip from text",
    "inpaint_cleanup": "Clean-up by inpainting",
    "erase": "Erase",
    "outpaint": "Outpaint",
    "relight_colour_match": "Relight and colour match",
    "background_plate": "Background plate",
    "style_transfer": "Style transfer",
    "upscale": "Upscale",
}

ROLES = {
    "owner": "owner of this home",
    "partner_member": "member of a partner studio",
    "partner_admin": "administrator of a partner studio",
    "internal_analyst": "analyst of the beta",
    "beta_lead": "lead of the beta",
}


def announced(lines: Sequence[str], *, simulated: bool) -> str:
    """Give what a terminal says of a report: that it is simulated comes before any number."""
    return "\n".join([SIMULATED, *lines] if simulated else lines)


def number(value: float | None, unit: str = "", *, signed: bool = False, bare: bool = False) -> str:
    """Write a measured number in its unit; None is "not measured", never zero.

    `share` is shown in percent. `bare` leaves the unit out, for tables that name it once.
    """
    if value is None:
        return MISSING
    shown = value * 100 if unit == "share" else value
    text = _fixed(shown, _decimals(shown, unit))
    sign = "+" if signed and shown > 0 and not _is_zero(text) else ""
    return sign + text + ("" if bare else SUFFIX.get(unit, ""))


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """Write a 95 % interval, or say why there is none."""
    if low is None or high is None:
        return "no interval"
    return f"{number(low, unit, bare=True)} to {number(high, unit)}"


def usd(value: float | None) -> str:
    """Write dollars: two decimals, more only where a cent would hide the price."""
    if value is None:
        return MISSING
    decimals = 2 if value == 0 or abs(value) >= 0.1 or _is_cents(value) else 4
    return f"{MINUS if value < 0 else ''}${abs(value):,.{decimals}f}"


def seconds(value: float | None) -> str:
    """Write a latency."""
    if value is None:
        return MISSING
    if value >= 120:
        return f"{value / 60:.1f}{THIN}min"
    return f"{value:.1f}{THIN}s"


def percent(share: float | None) -> str:
    """Write a share as whole percent."""
    return MISSING if share is None else f"{share * 100:.0f}{THIN}%"


def validated(row: Mapping[str, Any]) -> str:
    """Write what a row of the validation found; tiny errors keep their first digits."""
    value = float(row["value"])
    if row["unit"] == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.6f}" if abs(value) < 0.001 else f"{value:.3f}"


def elo(value: float | None) -> str:
    """Write a strength on the Elo scale."""
    return MISSING if value is None else f"{value:.0f}"


def places(model: Mapping[str, Any]) -> str:
    """Write the rank range that votes allow."""
    low, high = model["rank_low"], model["rank_high"]
    if low is None or high is None:
        return "no rank"
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"


def ranks(arm: Mapping[str, Any], direction: str = "none") -> str:
    """Write the rank range of an arm; one that has a number but may not be ranked is set aside."""
    low, high = arm["rank_low"], arm["rank_high"]
    if low is None or high is None:
        return "set aside" if arm["mean"] is not None and direction != "none" else "no rank"
    return str(low) if low == high else f"{low}\N{EN DASH}{high}"


def day(text: str | None) -> str:
    """Write an ISO date or time as a day: 21 November 2026."""
    if not text:
        return "no date"
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%B %Y}"


def moment(text: str | None) -> str:
    """Write an ISO time as a day and an hour: 21 November, 14:05 UTC."""
    if not text:
        return "no date"
    at = datetime.fromisoformat(text).astimezone(UTC)
    return f"{at.day} {at:%B, %H:%M} UTC"


def task(name: str) -> str:
    """Name a shot's task for a person."""
    return TASKS.get(name, name.replace("_", " ").capitalize())


def kind(name: str) -> str:
    """Name a finding's kind for a person."""
    return KINDS.get(name, name.replace("_", " ").capitalize())


def flag(name: str) -> str:
    """Name a flag for a person."""
    return FLAGS.get(name, name.replace("_", " "))


def count(n: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: 1 shot, 7 shots."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def length(take: Mapping[str, object]) -> str | None:
    """Write how long a clip runs; None for a still."""
    frames, fps = take.get("frames"), take.get("fps")
    if not isinstance(frames, int) or not isinstance(fps, int | float) or not fps:
        return None
    return f"{frames / fps:.1f}{THIN}s at {fps:g}{THIN}fps"


def _decimals(value: float, unit: str) -> int:
    if unit in DECIMALS:
        return DECIMALS[unit]
    small = abs(value)
    return 1 if small >= 10 else 2 if small >= 0.1 or small == 0 else 3


def _fixed(value: float, decimals: int) -> str:
    text = f"{abs(value):,.{decimals}f}"
    return text if value >= 0 or _is_zero(text) else MINUS + text


def _is_zero(text: str) -> bool:
    return not text.strip("0.,")


def _is_cents(value: float) -> bool:
    return abs(value * 100 - round(value * 100)) < 1e-9
