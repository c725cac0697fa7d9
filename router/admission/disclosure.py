"""What a take is for, and whether that was approved; pure."""

from router.domain.clearance import Clearance
from router.domain.errors import NotEntitled

NEEDS_APPROVAL = "final_story_or_likeness"  # main characters, key visuals, somebody's likeness


def check(clearance: Clearance) -> None:
    """Let a call pass, or say which paper is missing.

    Raises:
        NotEntitled: the take is meant for the final picture, and nobody's approval is on record.
    """
    if clearance.disclosure_tier == NEEDS_APPROVAL and not clearance.approval_sha256:
        expected = f"the hash of an approval for {NEEDS_APPROVAL}, among the pack's approvals"
        raise NotEntitled(field="clearance.approval_sha256", found="none", expected=expected)
