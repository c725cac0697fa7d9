"""The acceptance sheet: shot by shot, take by take, line by line."""

from typing import Any

from benchmarks.briefs import brief
from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.requests import shown_file
from benchmarks.views.case import Case
from benchmarks.views.pictures import Album
from benchmarks.views.takes import verdict_row
from benchmarks.views.veil import Veil
from evaluators.domain.brief import Brief
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import open_must

Json = dict[str, Any]
SHOWN = (Ruling.FAIL, Ruling.UNSURE)  # what somebody will want to see with their own eyes


def sheet_rows(case: Case, veil: Veil, album: Album) -> list[Json]:
    """Give every shot that was asked for, in the order of the packs."""
    asked: dict[tuple[str, str], list[str]] = {(t.pack, t.shot): [] for t in case.trials}
    for take in case.takes:
        trial = case.trial_of[take]
        asked[trial.pack, trial.shot].append(take)
    return [
        _shot_row(case, kept.pack, shot, asked[seal, shot.id], (veil, album))
        for seal, kept in case.packs.items()
        for shot in sorted(kept.pack.shots, key=lambda s: (s.sequence, s.order, s.id))
        if (seal, shot.id) in asked
    ]


def evidence_brief(case: Case, take: str, album: Album) -> Brief:
    """Give what a take was measured against, for drawing."""
    trial = case.trial_of[take]
    kept = case.packs[trial.pack]
    return brief(
        0, case.takes[take], case.shot(trial), kept.pack, files=kept.media, media=album.media
    )


def _shot_row(
    case: Case, pack: ShotPack, shot: Shot, takes: list[str], show: tuple[Veil, Album]
) -> Json:
    veil, album = show
    return {
        "campaign": case.id,
        "pack": pack.code,
        "shot": shot.id,
        "task": shot.task,
        "description": shot.description,
        "thumb": _thumb(case, pack, shot, album),
        "lines": [
            {"line": x.number, "criterion": x.criterion, "kind": x.kind, "must": x.must}
            for x in shot.acceptance
        ],
        "takes": [_take(case, take, veil, album) for take in takes],
    }


def _take(case: Case, take: str, veil: Veil, album: Album) -> Json:
    verdicts = case.verdicts.get(take, ())
    return {
        "take": take,
        "recipe": case.trial_of[take].recipe,
        "model_name": veil.model(case.takes[take].model),
        "thumb": f"thumb/{take}.jpg" if f"thumb/{take}.jpg" in album.assets else None,
        "verdicts": [verdict_row(v, _picture(case, v, album)) for v in verdicts],
        "open_must": open_must(verdicts),
    }


def _picture(case: Case, verdict: Verdict, album: Album) -> str | None:
    if verdict.ruling not in SHOWN:
        return None
    name = f"evidence/{verdict.take}-{verdict.line.number}.png"
    against = evidence_brief(case, verdict.take, album)
    return album.evidence(name, case.partner.name, against, verdict)


def _thumb(case: Case, pack: ShotPack, shot: Shot, album: Album) -> str | None:
    file = shown_file(pack, shot)
    ref = case.packs[pack.seal].media.get(file.sha256 or "") if file else None
    if ref is None:
        return None
    return album.thumb(f"shot/{pack.seal[:8]}-{shot.id}.jpg", pack.partner, ref.sha256)
