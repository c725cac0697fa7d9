"""Takes as JSON rows."""

from typing import Any

from benchmarks.domain.repair import Decision
from benchmarks.planning.plan import stamp, usd
from benchmarks.views.case import Case
from benchmarks.views.veil import Veil
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.scoring import as_json
from router.domain.ids import sha256_of
from router.domain.take import Source, Take

Json = dict[str, Any]
SHOWN = ("frame", "box", "overruled", "range", "chosen")  # of a verdict's evidence


def take_row(case: Case, take: str, veil: Veil, thumb: str | None) -> Json:
    """Give one take with its provenance and scores."""
    found, trial = case.takes[take], case.trial_of[take]
    scored = case.scored.get(take)
    told = as_json(scored) if scored else {"flags": [], "scores": []}
    return {
        "campaign": case.id,
        "shot": trial.shot,
        "recipe": trial.recipe,
        "number": trial.number,
        **facts(found, veil),
        "prompt_from": _prompt_from(case, found, veil),
        "thumb": thumb,
        "decision": decision_row(case.decisions[take]) if take in case.decisions else None,
        "flags": told["flags"],
        "scores": told["scores"],
    }


def _prompt_from(case: Case, found: Take, veil: Veil) -> str | None:
    """Say where a prompt comes from: template, who wrote it, what was left out or changed."""
    origin = case.origins.get(sha256_of(found.prompt.encode()))
    if origin is None:
        return None
    said, writing = [f"template {origin.template}", *origin.said], origin.writing
    if writing is not None and not writing.refused:
        said.append(f"words by {veil.model(writing.model)} ({writing.version})")
    return "; ".join(said)


def facts(found: Take, veil: Veil) -> Json:
    """Give what is known of a take by itself."""
    media = found.media
    return {
        "take": found.id,
        "model_name": veil.model(found.model),
        "operation": found.operation,
        "seed": found.seed,
        # a control is made here, and belongs to its campaign all the same
        "simulated": found.simulated or (found.source is Source.CONTROL and veil.simulated),
        "source": found.source.value,
        "sha256": media.sha256,
        "mime": media.mime,
        "width": media.width,
        "height": media.height,
        "frames": media.frames,
        "fps": media.fps,
        "cost_usd": usd(found.cost_musd),
        "latency_s": round(found.latency_s, 3),
        "parent": found.parent,
        "prompt": found.prompt,
    }


def decision_row(decision: Decision) -> Json:
    """Give what a named person decided about a take."""
    return {
        "status": decision.status,
        "by": decision.by,
        "role": decision.role,
        "note": decision.notes,
        "at": stamp(decision.created_at),
    }


def verdict_row(verdict: Verdict, picture: str | None = None) -> Json:
    """Give one verdict; `picture` names the evidence drawn for it."""
    known = {k: v for k, v in verdict.evidence.items() if k in SHOWN}
    if picture:
        known["picture"] = picture
    return {
        "line": verdict.line.number,
        "verdict": verdict.ruling.value,
        "metric": verdict.metric,
        "value": verdict.value,
        "unit": verdict.unit,
        "threshold": verdict.threshold,
        "margin": verdict.margin,
        "reason": verdict.reason,
        "by": verdict.by,
        "evidence": known,
    }


def passed_must(verdicts: tuple[Verdict, ...]) -> int:
    """Count the must-lines that are met."""
    return sum(v.line.must and v.ruling is Ruling.PASS for v in verdicts)


def must(verdicts: tuple[Verdict, ...]) -> int:
    """Count the must-lines."""
    return sum(v.line.must for v in verdicts)
