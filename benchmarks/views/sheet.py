"""The acceptance sheet: shot by shot, take by take, line by line."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from benchmarks.domain.pack import Shot, ShotPack
from benchmarks.planning.sources import shown_file
from benchmarks.running.briefs import brief
from benchmarks.views.case import Case
from benchmarks.views.pictures import Album
from benchmarks.views.takes import verdict_row
from benchmarks.views.veil import Veil
from evaluators.domain.brief import Brief
from evaluators.domain.verdict import Ruling
from evaluators.verdicts import open_must

Json = dict[str, Any]
SHOWN = (Ruling.FAIL, Ruling.UNSURE)  # what somebody will want to see with their own eyes


class Show(NamedTuple):
    """What is needed to show a row."""

    veil: Veil
    album: Album
    drawn: Mapping[tuple[str, int], str | None]  # (take, line) → evidence picture


def sheet_rows(case: Case, veil: Veil, album: Album) -> list[Json]:
    """Give every shot that was asked for, in the order of the packs."""
    asked: dict[tuple[str, str], list[str]] = {(t.pack, t.shot): [] for t in case.trials}
    for take in case.takes:
        trial = case.trial_of[take]
        asked[trial.pack, trial.shot].append(take)
    drawn = _drawn(case, album)
    return [
        _shot_row(case, kept.pack, shot, asked[seal, shot.id], Show(veil, album, drawn))
        for seal, kept in case.packs.items()
        for shot in sorted(kept.pack.shots, key=lambda s: (s.sequence, s.order, s.id))
        if (seal, shot.id) in asked
    ]


def evidence_brief(case: Case, take: str, album: Album) -> Brief:
    """Give what a take was measured against, for drawing."""
    trial = case.trial_of[take]
    kept = case.packs[trial.pack]
    return brief(
        0, case.takes[take], case.shot(trial), kept.pack, files=kept.media, place=album.media.place
    )


def _drawn(case: Case, album: Album) -> Mapping[tuple[str, int], str | None]:
    """Draw what somebody will want to see: (take, line) → name of the picture."""
    shown = [
        v
        for take, verdicts in case.verdicts.items()
        if _may_show(case, take)
        for v in verdicts
        if v.ruling in SHOWN
    ]
    briefs = {v.take: evidence_brief(case, v.take, album) for v in shown}
    wanted = [
        (f"evidence/{v.take}-{v.line.number}.png", case.partner.name, briefs[v.take], v)
        for v in shown
    ]
    names = album.evidences(wanted)
    return {(v.take, v.line.number): name for v, name in zip(shown, names, strict=True)}


def _may_show(case: Case, take: str) -> bool:
    """Say whether evidence may be drawn: the take is printed, and so is its plate beside it."""
    trial = case.trial_of[take]
    return _is_printed(case, take) and (
        case.plates is None or (trial.pack, trial.shot) in case.plates
    )


def _is_printed(case: Case, take: str) -> bool:
    return case.printed is None or take in case.printed


def _shot_row(case: Case, pack: ShotPack, shot: Shot, takes: list[str], show: Show) -> Json:
    return {
        "campaign": case.id,
        "pack": pack.code,
        "shot": shot.id,
        "task": shot.task,
        "description": shot.description,
        "thumb": _thumb(case, pack, shot, show.album),
        "lines": [
            {"line": x.number, "criterion": x.criterion, "kind": x.kind, "must": x.must}
            for x in shot.acceptance
        ],
        "takes": [_take(case, take, show) for take in takes],
    }


def _take(case: Case, take: str, show: Show) -> Json:
    verdicts = case.verdicts.get(take, ())
    thumb = f"thumb/{take}.jpg"
    return {
        "take": take,
        "recipe": case.trial_of[take].recipe,
        "model_name": show.veil.model(case.takes[take].model),
        "thumb": thumb if _is_printed(case, take) and show.album.has(thumb) else None,
        "verdicts": [verdict_row(v, show.drawn.get((take, v.line.number))) for v in verdicts],
        "open_must": open_must(verdicts),
    }


def _thumb(case: Case, pack: ShotPack, shot: Shot, album: Album) -> str | None:
    file = shown_file(pack, shot)
    ref = case.packs[pack.seal].media.get(file.sha256 or "") if file else None
    if ref is None or (case.plates is not None and (pack.seal, shot.id) not in case.plates):
        return None
    return album.thumb(f"shot/{pack.seal[:8]}-{shot.id}.jpg", pack.partner, ref.sha256)
