"""A request: everything that one take is asked with."""

from dataclasses import dataclass

from router.domain.clearance import Clearance
from router.domain.media import MediaRef

JsonScalar = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A picture that steers the result."""

    role: str  # init_image | mask | style_image | key_frame_start | key_frame_end | reference
    media: MediaRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One wish for one take, under one budget; its id is derived from its content."""

    partner: str
    id: str
    account: str  # the budget that pays (a campaign id)
    model: str  # catalogue key
    operation: str  # catalogue operation, e.g. image_to_image
    prompt: str
    clearance: Clearance
    negative: str = ""
    inputs: tuple[Input, ...] = ()
    seed: int | None = None
    aspect: str | None = None  # "16:9"
    seconds: int | None = None
    resolution: str | None = None  # "540p"
    parameters: tuple[tuple[str, JsonScalar], ...] = ()  # e.g. ("strength", 0.6)
    parent: str | None = None  # take that this one refines
    label: str = ""  # what a person calls it: shot and recipe, for logs and provider tags

    def input(self, role: str) -> MediaRef | None:
        """Give the picture that plays a role."""
        return next((i.media for i in self.inputs if i.role == role), None)
