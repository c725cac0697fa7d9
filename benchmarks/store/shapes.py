"""Packs, trials and verdicts as rows of their tables, and trials back."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.domain.campaign import Trial
from benchmarks.domain.pack import ShotPack
from benchmarks.store.record import dumps, encode
from benchmarks.store.rows import Row
from evaluators.domain.verdict import Verdict
from router.domain.media import MediaRef
from router.domain.request import Request


def pack_row(pack: ShotPack, media: Mapping[str, MediaRef]) -> Row:
    """Give the row of a pack, with where its own files are in the media store."""
    own = {f.sha256 for f in pack.files}
    return {
        "partner": pack.partner,
        "seal": pack.seal,
        "code": pack.code,
        "title": pack.title,
        "body": dumps(pack),
        "media": json.dumps({sha: encode(ref) for sha, ref in media.items() if sha in own}),
    }


def verdict_rows(
    partner: str, campaign: str, verdicts: Sequence[Verdict], at: datetime, author: str
) -> list[Row]:
    """Give the rows of verdicts; `author` is empty for what was measured."""
    return [
        {
            "partner": partner,
            "take": v.take,
            "line": v.line.number,
            "author": author,
            "campaign": campaign,
            "at": at,
            "body": dumps(v),
        }
        for v in verdicts
    ]


def trial_row(trial: Trial, request: Request) -> Row:
    """Give the row of a trial, with what it asks for."""
    row: Row = encode(trial)
    return row | {"earlier": json.dumps(trial.earlier), "body": dumps(request)}


def trial(row: Any) -> Trial:
    """Read a trial."""
    known = {name: row[name] for name in Trial.__dataclass_fields__}
    return Trial(**known | {"earlier": tuple(json.loads(row["earlier"]))})
