"""What metrics are called in a report, and which of them a task is decided on.

The titles and sentences are in `titles`. A metric that is not there is reported all the same, under
its own name and with the first sentence of its file.
"""

from collections.abc import Mapping

from benchmarks.comparing.sentences import ALPHA
from benchmarks.comparing.titles import WORDS
from evaluators import metrics as shelf
from router.plugins import load

# The contrasts that a campaign declares beforehand: at most three metrics a task, Holm within each.
DECLARED: Mapping[str, tuple[str, ...]] = {
    "lookdev_text_to_image": ("costume_colour", "tech.noise"),
    "background_plate": ("colour_match.w1", "tech.noise"),
    "reference_to_image": ("id_ref", "costume_colour", "colour_match.w1"),
    "image_to_video": ("id_ref", "temporal.flicker", "temporal.warp_per_motion"),
    "text_to_video": ("tech.noise", "temporal.flicker", "temporal.warp_per_motion"),
    "clean_up": ("outside_mask", "spec_checks.passed"),
    "outpaint": ("colour_match.w1", "spec_checks.passed"),
    "relight_colour_match": ("colour_match.w1", "colour_match.delta_e"),
    "style_transfer": ("colour_match.w1", "colour_match.delta_e"),
    "upscale": ("tech.blur", "tech.noise", "spec_checks.passed"),
}

# Tasks that ask the same question of the same recipes are compared together: more shots.
_GROUPS: Mapping[str, str] = {"erase": "clean_up", "inpaint_cleanup": "clean_up"}

_TASKS: Mapping[str, str] = {
    "lookdev_text_to_image": "Look development from text",
    "reference_to_image": "Picture from a reference",
    "image_to_video": "Clip from a key frame",
    "text_to_video": "Clip from text",
    "clean_up": "Clean-up inside a matte",
    "relight_colour_match": "Relight and colour match",
}

# Where in the making of a picture a task stands.
_STAGES: Mapping[str, str] = {
    "lookdev_text_to_image": "visual development",
    "style_transfer": "visual development",
    "background_plate": "shot making",
    "reference_to_image": "shot making",
    "image_to_video": "shot making",
    "text_to_video": "shot making",
    "erase": "clean-up",
    "inpaint_cleanup": "clean-up",
    "outpaint": "clean-up",
    "relight_colour_match": "lighting and colour",
    "upscale": "delivery",
}

# The only words for how far a finding carries, and what each one needs.
CONFIDENCE: Mapping[str, str] = {
    "sure": "The 95 % interval excludes no difference after all contrasts of the family are "
    "counted, on 5 shots or more.",
    "likely": "The interval of this contrast alone excludes no difference; counted with the "
    "others, or on fewer than 5 shots, it may still be luck.",
    "tie": "The interval includes no difference. None was detected; that is not the same as none.",
    "open": "Too few shots for an interval: nothing can be said either way.",
    "counted": "A count or a price of what happened here, not an estimate of what would happen.",
}
FEW_SHOTS = 5  # below, an interval leans on the numbers being normal, which nobody has seen


def confidence(
    low: float | None, high: float | None, p_adjusted: float | None, n_shots: int
) -> str:
    """Choose the word that an interval allows.

    Args:
        low: lower end of the unadjusted 95 % interval of a difference; None = there is none.
        high: its upper end.
        p_adjusted: p once the other contrasts of the family are counted.
        n_shots: shots behind it.
    """
    if p_adjusted is None:
        return "open"
    alone = p_adjusted < ALPHA if low is None or high is None else low > 0 or high < 0
    if not alone:
        return "tie"
    return "sure" if p_adjusted < ALPHA and n_shots >= FEW_SHOTS else "likely"


def group(task: str) -> str:
    """Name the group in which a task is compared; most are alone."""
    return _GROUPS.get(task, task)


def task_title(task: str) -> str:
    """Name a task, or a group of tasks, for a person."""
    return _TASKS.get(task, task.replace("_", " ").capitalize())


def stage(task: str) -> str:
    """Name the stage of the making that a task belongs to."""
    return _STAGES.get(task, "other")


def title(metric: str) -> str:
    """Name a metric for a person."""
    return WORDS[metric][0] if metric in WORDS else metric


def explanation(metric: str) -> str:
    """Say in a sentence or two what a metric's number means."""
    if metric in WORDS:
        return WORDS[metric][1]
    text = load(shelf, metric.split(".", maxsplit=1)[0], "metric").__doc__ or metric
    return text.partition("\n")[0].strip()
