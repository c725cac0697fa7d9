"""What follows from a setback: a pure decision."""

import random
import re
from datetime import datetime, timedelta
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
    STOP = "stop"  # not executed, and would not be for any other attempt of the campaign either


# Not executed, and none of the request's doing: asked again for as long as the router has patience.
PATIENT = frozenset({"throttled", "expired_credentials", "credentials"})
_STAMP = "%Y%m%dT%H%M%SZ"
_TOLERANCE = timedelta(minutes=5)  # of AWS, on either side
_SKEWED = re.compile(
    r"Signature (?P<how>expired|not yet current): (?P<ours>\d{8}T\d{6}Z) is .*? "
    r"than (?P<bound>\d{8}T\d{6}Z)(?: \((?P<theirs>\d{8}T\d{6}Z))?"
)


def decide(
    setback: Setback, *, tries: int, most_tries: int, same_token_same_job: bool, down: bool = False
) -> Next:
    """Choose what follows.

    `tries` counts the sends in a row that came back as safe to repeat; while the model is `down`
    for everybody they are not held against the attempt.
    """
    spent = tries >= most_tries
    patient = down or setback.code in PATIENT
    match setback.kind:
        case "rejected":
            return Next.STOP if stops(setback) else Next.FAILED
        case "refused":
            return Next.REFUSED
        case "busy" | "not_sent":
            return Next.GIVE_UP if spent and not patient else Next.AGAIN
        case "undecodable":
            return Next.UNUSABLE
        case "ambiguous" if same_token_same_job and not spent:
            return Next.RESEND
        case _:
            return Next.UNKNOWN


def stops(setback: Setback) -> bool:
    """Say whether an answer holds for every attempt of this model, or of this machine."""
    return setback.code == "quota" or skew_s(setback) is not None


def skew_s(setback: Setback) -> int | None:
    """Read by how many seconds our clock runs ahead of AWS'; None where that is not said.

    Source: AWS documentation, "Troubleshoot Signature Version 4 signing for AWS APIs".
    """
    found = _SKEWED.search(setback.reason)
    if setback.code != "signature" or found is None:
        return None
    ours, bound = _at(found["ours"]), _at(found["bound"])
    if found["theirs"]:
        theirs = _at(found["theirs"])
    else:
        theirs = bound + _TOLERANCE if found["how"] == "expired" else bound
    return round((ours - theirs).total_seconds())


def _at(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP)  # noqa: DTZ007 - both are UTC, only their distance counts


def back_off(tries: int, *, base_s: float, cap_s: float, chance: random.Random) -> float:
    """Give the seconds to wait after so many tries: full jitter under a doubling ceiling."""
    if tries <= 0:
        return 0.0
    return chance.uniform(0.0, min(cap_s, base_s * 2.0 ** (tries - 1)))
