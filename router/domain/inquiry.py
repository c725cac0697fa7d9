"""An inquiry: one question to a language model, paid from a budget, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from router.domain.clearance import Clearance


class Purpose(StrEnum):
    """What a language model is asked for; stands beside its money in the ledger."""

    PROMPT_WRITING = "prompt_writing"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture that a question is about."""

    data: bytes
    mime: str
    label: str = ""  # words right before it, so that several can be told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked, for whom, and who pays.

    The same inquiry twice is one inquiry: its answer is kept and never paid again. `number` asks
    for another answer to the same question.
    """

    purpose: Purpose
    partner: str
    account: str  # the budget that pays (a campaign id)
    model: str  # catalogue key, dialect `converse`
    clearance: Clearance  # of what the question shows or tells
    text: str
    system: str = ""
    pictures: tuple[Shown, ...] = ()
    schema: Mapping[str, Any] | None = None  # JSON schema of the answer; None = free text
    most_tokens: int = 1024  # of the answer
    temperature: float | None = None  # None = the model's own
    deadline_s: float = 60.0  # for everything, waiting and asking again included
    number: int = 0
    about: str = ""  # what a person calls it: a shot, a take


class AnswerState(StrEnum):
    """How an inquiry ended."""

    ANSWERED = "answered"
    REFUSED = "refused"  # the model or its filter declined
    FAILED = "failed"  # cut off, not what the schema asks for, or it cannot be asked so
    PARKED = "parked"  # a budget did not cover it
    BUSY = "busy"  # certainly not executed; ask again later
    UNKNOWN = "unknown"  # may have been paid; never asked again before it is reconciled


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an inquiry; bad news is data."""

    id: str  # of the inquiry, in the ledger
    state: AnswerState
    model: str  # catalogue key
    text: str = ""
    parsed: Any = None  # what the schema asked for; None without a schema or an answer
    code: str = ""  # why there is no answer, one word
    reason: str = ""  # the same for a person
    cost_musd: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0
    simulated: bool | None = None  # None until an answer said so
    provider_ref: str = ""
    kept: bool = False  # True = it was asked before, and nothing was paid now
