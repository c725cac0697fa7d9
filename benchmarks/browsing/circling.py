"""What a decision means for its shot: lines that are open on the take, and what it replaces."""

from collections.abc import Mapping
from typing import Any

from benchmarks.browsing import lists
from benchmarks.decisions.circled import CIRCLED, WITHDRAWN, standing
from benchmarks.domain.repair import Decision
from benchmarks.domain.version import Version
from benchmarks.planning.plan import stamp
from benchmarks.studio import Studio
from evaluators.domain.verdict import Ruling, Verdict

Json = dict[str, Any]


def outcome(studio: Studio, kept: Decision) -> Json:
    """Say what follows from a decision.

    Gives `version` (SQ010_SH0020_genai_v003), `open` (must-lines not known to be met), `replaces`
    (the take of the shot that was circled until now), `stands` (the one that counts again).
    """
    of = lists.index(studio, studio.store.campaign(kept.partner, kept.campaign))
    judged = studio.store.verdicts(kept.partner, kept.campaign, [kept.take]).get(kept.take, ())
    decided = standing(studio.store.decisions(kept.partner, kept.campaign))
    other = _other(kept, decided, of.versions)
    mine = of.versions.get(kept.take)
    return {
        "version": mine.name if mine else None,
        "open": [_line(v) for v in judged if v.line.must and v.ruling is not Ruling.PASS],
        "replaces": other if kept.status == CIRCLED else None,
        "stands": other if kept.status == WITHDRAWN else None,
    }


def _line(verdict: Verdict) -> Json:
    return {
        "line": verdict.line.number,
        "criterion": verdict.line.criterion,
        "verdict": verdict.ruling.value,
        "reason": verdict.reason,
    }


def _other(
    kept: Decision, decided: Mapping[str, Decision], versions: Mapping[str, Version]
) -> Json | None:
    """Find the take of the same shot that was circled last, beside this one."""
    mine = versions.get(kept.take)
    marked = [
        d
        for d in decided.values()
        if d.status == CIRCLED
        and d.take != kept.take
        and d.take in versions
        and mine is not None
        and versions[d.take].place == mine.place
    ]
    last = max(marked, key=lambda d: (d.created_at, d.take), default=None)
    if last is None:
        return None
    at = stamp(last.created_at)
    return {"take": last.take, "version": versions[last.take].short, "by": last.by, "at": at}
