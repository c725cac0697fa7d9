"""What follows from a setback: a pure decision."""

import random
from enum import StrEnum

from router.ports import Setback


class Next(StrEnum):
    """What becomes of the attempt."""

    AGAIN = "again"  # certainly not executed: release, wait, ask again
    GIVE_UP = "give_up"  # certainly not executed, and asked often enough
    REFUSED = "refused"  # the model's own answer
    FAILED = "failed"  # will not work as asked
    UNKNOWN = "unknown"  # may have been executed and billed
    RESEND = "resend"  # the same, and the same token cannot be billed twice
    UNUSABLE = "unusable"  # billed, and holds no media


def decide(setback: Setback, *, tries: int, most_tries: int, same_token_same_job: bool) -> Next:
    """Choose what follows; `tries` counts the sends in a row that came back as safe to repeat."""
    spent = tries >= most_tries
    match setback.kind:
        case "refused":
            return Next.REFUSED
        case "rejected":
            return Next.FAILED
        case "busy" | "not_sent":
            return Next.GIVE_UP if spent else Next.AGAIN
        case "undecodable":
            return Next.UNUSABLE
        case "ambiguous" if same_token_same_job and not spent:
            return Next.RESEND
        case _:
            return Next.UNKNOWN


def back_off(tries: int, *, base_s: float, cap_s: float, chance: random.Random) -> float:
    """Give the seconds to wait after so many tries: full jitter under a doubling ceiling."""
    if tries <= 0:
        return 0.0
    return chance.uniform(0.0, min(cap_s, base_s * 2.0 ** (tries - 1)))
