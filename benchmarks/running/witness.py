"""What a run tells of its campaign: each take that was judged, and how the campaign ended."""

from datetime import datetime

from benchmarks.domain.campaign import Campaign
from evaluators.domain.score import Scored
from evaluators.domain.verdict import Verdict
from router.telling.log import tell
from router.telling.trace import CAMPAIGN, DOOR, SCORE, TAKE, Span, Traces, span_of, trace_of


def judged(
    traces: Traces,
    campaign: str,
    scored: Scored,
    verdicts: tuple[Verdict, ...],
    *,
    begun: datetime,
    ended: datetime,
) -> None:
    """Tell of a take's scores and of the verdicts that they gave."""
    trace, seconds = trace_of(campaign, ""), (ended - begun).total_seconds()
    count = len(scored.scores)
    tell("take judged", campaign=campaign, take=scored.take, count=count, seconds=seconds)

    def score() -> Span:
        return Span.about(
            SCORE,
            scored.take,
            trace=trace,
            parent=span_of(TAKE, scored.take),
            begun=begun,
            ended=ended,
            take=scored.take,
            count=count,
        )

    def verdict() -> Span:
        return Span.about(
            "verdict",
            scored.take,
            trace=trace,
            parent=span_of(SCORE, scored.take),
            begun=ended,
            ended=ended,
            take=scored.take,
            count=len(verdicts),
        )

    traces.tell(score)
    traces.tell(verdict)


def finished(traces: Traces, campaign: Campaign, state: str, now: datetime, *, by: str) -> None:
    """Tell how a campaign ended; by a worker it was run because somebody asked over HTTP."""
    seconds = (now - campaign.created_at).total_seconds()
    tell("campaign ended", campaign=campaign.id, state=state, seconds=seconds)
    traces.tell(
        lambda: Span.about(
            CAMPAIGN,
            campaign.id,
            trace=trace_of(campaign.id, ""),
            parent=span_of(DOOR, campaign.id) if by else "",
            begun=campaign.created_at,
            ended=now,
            campaign=campaign.id,
            state=state,
        )
    )
