"""An attempt: one paid call, from the intention to the settled bill.

    ready ─reserve─▶ intent ─▶ sent ─▶ responded ─▶ settled         a take exists
      ▲                │        ├─▶ refused                        creative filter; not billed
      └─ safe to repeat ────────┤
                       │        ├─▶ failed                         never again as asked
                       │        └─▶ unknown ─reconcile─▶ settled | lost
                       └─ over budget ─▶ parked ─resume─▶ ready

The attempt's state is the only record of progress; each arrow is one database transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttemptState(StrEnum):
    """Where one paid call stands."""

    READY = "ready"  # accepted, nothing reserved
    INTENT = "intent"  # worst case reserved, nothing sent
    SENT = "sent"  # bytes may be on the wire
    RESPONDED = "responded"  # raw answer staged on disk, not yet verified
    SETTLED = "settled"  # take stored, bill settled
    REFUSED = "refused"  # the model declined; an answer, not a fault
    FAILED = "failed"  # will not work as asked, or nobody took the call: see TURNED_AWAY
    PARKED = "parked"  # the budget did not cover it; resume when it does
    UNKNOWN = "unknown"  # may have been paid; money stays reserved until reconciled
    LOST = "lost"  # was paid, the result cannot be had
    CANCELLED = "cancelled"


OPEN_STATES = (AttemptState.READY, AttemptState.INTENT, AttemptState.SENT, AttemptState.RESPONDED)
# Codes of attempts that ended failed because nobody took the call: not executed, not billed, and
# none of the request's doing, so that a person who resumes lets them start again.
TURNED_AWAY = ("busy", "not_sent", "model_down")
# Code of an attempt that a backup brought back: its answer is looked for before it is asked again.
RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a request; a second try is a second attempt with the next number."""

    partner: str
    id: str
    request: str
    number: int  # 0 for the first
    account: str
    model: str
    region: str
    state: AttemptState
    token: str  # clientRequestToken, [a-zA-Z0-9]+; same after a crash
    reserved_musd: int = 0
    spent_musd: int = 0
    code: str = ""  # why it ended, one word: filtered, throttled, gone, no_access, undecodable, …
    reason: str = ""  # the same for a person
    provider_ref: str = ""  # provider's request id, or async job ARN
    simulated: bool | None = None  # None until an answer said so
    take: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    round: int = 0  # how often a person set it to ready again
    price_version: str = ""  # price that its money was reserved at; "" = nothing reserved yet
