"""What a model can be asked to do: the words of the catalogue and what each needs."""

from collections.abc import Mapping
from dataclasses import dataclass

STILL = "still_image"
MOVING = "moving_image"
WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing to ask for."""

    name: str
    makes: str  # still_image and moving_image are also the names of the permissions that they need
    needs: tuple[str, ...] = ()  # roles of input pictures without which it cannot be asked
    may: tuple[str, ...] = ()  # roles that it also takes
    prompt: bool = True  # needs a prompt wherever the model takes one
    aspect: bool = False  # takes an aspect ratio; otherwise the result follows its input
    seconds: bool = False  # takes a length


def _still(
    name: str,
    *needs: str,
    may: tuple[str, ...] = (),
    prompt: bool = True,
    aspect: bool = False,
) -> Operation:
    return Operation(name=name, makes=STILL, needs=needs, may=may, prompt=prompt, aspect=aspect)


def _film(name: str, *needs: str) -> Operation:
    return Operation(name=name, makes=MOVING, needs=needs, aspect=True, seconds=True)


def _words(name: str, *needs: str) -> Operation:
    return Operation(name=name, makes=WORDS, needs=needs, may=("reference",))


def _control(name: str, *needs: str) -> Operation:
    """A local control takes whatever its rivals take."""
    every = (
        "init_image",
        "mask",
        "style_image",
        "key_frame_start",
        "key_frame_end",
        "reference",
    )
    return Operation(name=name, makes=STILL, needs=needs, may=every, prompt=False)


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        _still("text_to_image", aspect=True),
        _still("image_to_image", "init_image"),
        _still(
            "multi_reference_to_image",
            "reference",
            "reference_2",
            may=("reference_3",),
            aspect=True,
        ),
        _still("inpaint", "init_image", "mask"),
        _still("outpaint", "init_image", prompt=False),
        _still("erase", "init_image", "mask", prompt=False),
        _still("search_replace", "init_image"),
        _still("search_recolor", "init_image"),
        _still("remove_background", "init_image", prompt=False),
        _still("control_structure", "init_image"),
        _still("control_sketch", "init_image"),
        _still("style_guide", "init_image", aspect=True),
        _still("style_transfer", "init_image", "style_image", prompt=False),
        _still("upscale_fast", "init_image", prompt=False),
        _still("upscale_conservative", "init_image"),
        _still("upscale_creative", "init_image"),
        _film("text_to_video"),
        _film("image_to_video", "key_frame_start"),
        _film("keyframes", "key_frame_start", "key_frame_end"),
        _words("judge_image", "reference"),
        _words("judge_video"),
        _words("caption"),
        _words("text"),
        _words("video_qa"),
        _words("timed_metadata"),
        _control("do_nothing"),
        _control("paste_reference", "reference"),
        _control("cdl_only", "init_image", "style_image"),
        _control("classical_inpaint", "init_image", "mask"),
    )
}
