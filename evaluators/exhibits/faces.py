"""Faces: the reference beside the take's faces, least alike first, each with its similarity."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.domain.brief import Brief
from evaluators.exhibits.paper import Panel, around
from evaluators.views import Gallery, Views
from router.decoding.decode import Unreadable

MOST = 3  # faces of a clip

Row = Mapping[str, Any]


def panels(brief: Brief, evidence: Mapping[str, Any], take: Views, where: Panel) -> list[Panel]:
    """Show both faces at the same size beside each other, and where the take's one is."""
    shown = _reference(brief, take.gallery)
    rows = _chosen(evidence.get("faces", ()), take.indices, brief.character)
    for row in rows:
        frame = take.frames[take.indices.index(row["frame"])]
        told = f"{row['sim']:.2f}" if row.get("sim") is not None else "no match"
        at = f"frame {row['frame']}: " if len(take.frames) > 1 else "take: "
        shown.append(Panel(caption=at + told, pixels=around(frame, row["box"])))
    if not rows and where.box is not None:
        shown.append(Panel(caption="take", pixels=around(where.pixels, where.box)))
    return [*shown, where]


def _chosen(rows: Sequence[Row], known: Sequence[int], character: str | None) -> list[Row]:
    """The least alike, the most alike and one between, in that order."""
    mine = [r for r in rows if r["frame"] in known and r.get("character") in {None, character}]
    found = [r for r in (mine or rows) if r["frame"] in known and r.get("sim") is not None]
    ranked = sorted(found, key=lambda r: (r["sim"], r["frame"]))
    if len(ranked) <= MOST:
        return ranked
    return [ranked[0], ranked[len(ranked) // 2], ranked[-1]]


def _reference(brief: Brief, gallery: Gallery) -> list[Panel]:
    for path in brief.refs:
        views, found = gallery.open(path), gallery.faces(path)
        if isinstance(views, Unreadable) or isinstance(found, Unreadable) or not found[0]:
            continue
        crop = around(views.frames[0], found[0][0].box)
        return [Panel(caption="reference", pixels=crop, quiet=True)]
    return []
