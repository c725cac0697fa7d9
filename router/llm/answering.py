"""What a question that stands as it stands answers to whoever asks it."""

from router.domain.attempt import AttemptState
from router.domain.inquiry import Answer, AnswerState, Inquiry
from router.llm.language import fitted
from router.store.questions import Row

_ENDS = {
    AttemptState.SETTLED: AnswerState.ANSWERED,
    AttemptState.REFUSED: AnswerState.REFUSED,
    AttemptState.FAILED: AnswerState.FAILED,
    AttemptState.LOST: AnswerState.FAILED,
    AttemptState.UNKNOWN: AnswerState.UNKNOWN,
    AttemptState.PARKED: AnswerState.PARKED,
}


def answer_of(row: Row, inquiry: Inquiry, *, kept: bool) -> Answer:
    """Give the answer to an inquiry; `kept` = nothing was paid for it now."""
    state = _ENDS.get(row.state, AnswerState.BUSY)
    code, reason, parsed = row.code, row.reason, None
    if row.state is AttemptState.SENT:
        code, reason = "in_flight", "another worker waits for this answer"
    if state is AnswerState.ANSWERED:
        parsed, code, reason = fitted(row.text, inquiry.schema)
        state = AnswerState.FAILED if code else state
    return Answer(
        id=row.id,
        state=state,
        model=row.model,
        text=row.text,
        parsed=parsed,
        code=code,
        reason=reason,
        cost_musd=row.spent_musd,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        latency_s=row.latency_s,
        simulated=row.simulated,
        provider_ref=row.provider_ref,
        kept=kept,
    )
