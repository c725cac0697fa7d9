"""Same subject or not? What the subject metrics can and cannot tell apart, on labelled photographs.

The folder holds `<subject>/<nn>.jpg` and `manifest.csv` with at least subject, class and file. The
control paints the subject over: what is left of the AUC is what backgrounds alone are worth.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.cache import Cache
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.embedders import embedding
from evaluators.embedders.embedding import Embedder
from evaluators.embedders.embedding_store import Crop
from evaluators.matte import sizes
from evaluators.metrics import ref_embed, subject_colour
from evaluators.views import Gallery, Views
from evaluators.vision.palette import Palette, palette
from evaluators.vision.regions import from_box
from evaluators.weights import NoWeights
from router.decoding.decode import Decoded, Decoder

VISIBLE = 4.0  # delta_e to the same photograph: a recolour below changes nothing that has a colour
PAINT = 128  # code value of the control's patch

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One labelled photograph."""

    subject: str
    kind: str  # class, e.g. dog: pairs of one class and different subjects are the hard ones
    file: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How well an embedding tells subjects apart."""

    weights: str  # version of the embedder
    pairs: int
    same: int
    hard: int  # different subjects of one class
    auc: float
    hard_auc: float
    background_auc: float  # control: the subject painted over
    background_hard_auc: float
    mean_same: float
    mean_different: float
    recoloured: Mapping[str, float]  # mean cosine of a crop with its recoloured self


@dataclass(frozen=True, slots=True, kw_only=True)
class Recolours:
    """How often `subject_colour` says `recoloured`."""

    references: str  # one: the next photograph of the subject; all: every other one
    takes: int
    false_flags: float  # on the photographs as they are
    found: Mapping[str, float]  # share of the recolours that can be seen, by recolour
    visible: Mapping[str, int]  # how many can be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectStudy:
    """Everything that was found; `silent` says which embeddings could not be asked, and why."""

    photos: int
    subjects: int
    separations: tuple[Separation, ...]
    recolours: tuple[Recolours, ...]
    silent: Mapping[str, str]


def study(
    folder: Path,
    *,
    networks: Sequence[str] = ("mobilenet_v2", "mobilenet_v1"),
    cache: Path | None = None,
) -> SubjectStudy:
    """Run the whole study; about 40 seconds for 80 photographs on one core.

    Args:
        folder: of the photographs.
        networks: rows of the weights' allow-list.
        cache: keeps embeddings between runs.
    """
    photos = labelled(folder)
    with Decoder() as decoder:
        gallery = Gallery(decoder, cache=Cache(cache) if cache else None, keep=len(photos))
        views = [_opened(gallery, photo) for photo in photos]
        separations, silent = [], {}
        for name in networks:
            try:
                separations.append(separation(photos, views, embedding.of(name)))
            except NoWeights as absent:
                silent[name] = str(absent)
        found = tuple(recolours(photos, decoder, gallery, many=many) for many in (False, True))
    return SubjectStudy(
        photos=len(photos),
        subjects=len({p.subject for p in photos}),
        separations=tuple(separations),
        recolours=found,
        silent=silent,
    )


def labelled(folder: Path) -> tuple[Photo, ...]:
    """Read the labels."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Photo(subject=r["subject"], kind=r["class"], file=r["file"], path=folder / r["file"])
        for r in rows
    )


def auc(same: Array, different: Array) -> float:
    """Probability that a pair of the same reads higher than a pair of different ones.

    Mann, Whitney 1947; a tie counts half.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([same, different]))
    above = ranks[: len(same)].sum() - len(same) * (len(same) + 1) / 2
    return float(above / (len(same) * len(different)))


def separation(photos: Sequence[Photo], views: Sequence[Views], embedder: Embedder) -> Separation:
    """Compare every pair of photographs, with and without their subjects."""
    crops = [_crop(v) for v in views]
    store = views[0].gallery.embeddings
    rows = store.of(embedder, crops)
    background = embedder.embed([_painted(v) for v in views])
    same, hard, other = _pairs(photos)
    cosine, behind = rows @ rows.T, background @ background.T
    return Separation(
        weights=embedder.version,
        pairs=len(same) + len(other),
        same=len(same),
        hard=len(hard),
        auc=auc(_at(cosine, same), _at(cosine, other)),
        hard_auc=auc(_at(cosine, same), _at(cosine, hard)),
        background_auc=auc(_at(behind, same), _at(behind, other)),
        background_hard_auc=auc(_at(behind, same), _at(behind, hard)),
        mean_same=float(_at(cosine, same).mean()),
        mean_different=float(_at(cosine, other).mean()),
        recoloured={
            name: float((embedder.embed([change(c.pixels) for c in crops]) * rows).sum(1).mean())
            for name, change in CHANGES.items()
        },
    )


def recolours(
    photos: Sequence[Photo], decoder: Decoder, gallery: Gallery, *, many: bool
) -> Recolours:
    """Measure every photograph, as it is and recoloured, against others of its subject."""
    flags: dict[str, list[bool]] = {name: [] for name in ("", *CHANGES)}
    seen: dict[str, list[bool]] = {name: [] for name in CHANGES}
    for photo in photos:
        others = _others(photos, photo)
        refs = others if many else others[:1]
        decoded = decoder.read(photo.path, samples=1)
        if not isinstance(decoded, Decoded) or not refs:
            raise ValueError(f"{photo.file} cannot be read, or is the only one of its subject")
        plain = Views(decoded, gallery)
        flags[""].append(_flagged(plain, photo, refs))
        for name, change in CHANGES.items():
            changed = Views(replace(decoded, rgb=(change(decoded.rgb[0]),)), gallery)
            flags[name].append(_flagged(changed, photo, refs))
            seen[name].append(_middle(changed).off(_middle(plain)) > VISIBLE)
    return Recolours(
        references="all" if many else "one",
        takes=len(photos),
        false_flags=float(np.mean(flags[""])),
        found={n: float(np.mean(np.array(flags[n])[np.array(seen[n])])) for n in CHANGES},
        visible={n: sum(seen[n]) for n in CHANGES},
    )


def hue_turned(degrees: int) -> Callable[[Array], Array]:
    """Make a change that turns every hue (HSV) of a uint8 RGB picture."""

    def change(rgb: Array) -> Array:
        hsv = np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2HSV))
        hsv[..., 0] = (hsv[..., 0].astype(np.int32) + degrees // 2) % 180
        return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))

    return change


def greyed(rgb: Array) -> Array:
    """Take all colour from a uint8 RGB picture."""
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY))
    return np.repeat(grey[..., None], 3, axis=2)


CHANGES: Mapping[str, Callable[[Array], Array]] = {
    "hue+60": hue_turned(60),
    "hue+90": hue_turned(90),
    "hue+180": hue_turned(180),
    "grey": greyed,
}


def _opened(gallery: Gallery, photo: Photo) -> Views:
    views = gallery.open(photo.path)
    if not isinstance(views, Views):
        raise ValueError(f"{photo.file}: {views.reason}")  # noqa: TRY004 - a file, not a type
    return views


def _crop(views: Views) -> Crop:
    edge, share = (1 - ref_embed.MIDDLE) / 2, ref_embed.MIDDLE
    region = from_box((edge, edge, share, share), *sizes(views, 0), rule="centre")
    sha = views.sha256 or ""
    return Crop(sha256=sha, frame=0, box=region.box, picture=views.frames[0])


def _painted(views: Views) -> Array:
    x, y, width, height = _crop(views).box
    left = views.frames[0].copy()
    left[y : y + height, x : x + width] = PAINT
    return left


def _pairs(photos: Sequence[Photo]) -> tuple[Array, Array, Array]:
    """Give index pairs (n, 2): same subject, different subject of one class, any different."""
    every = np.array(list(combinations(range(len(photos)), 2)))
    subject = np.array([p.subject for p in photos])[every]
    kind = np.array([p.kind for p in photos])[every]
    same = subject[:, 0] == subject[:, 1]
    alike = kind[:, 0] == kind[:, 1]
    return every[same], every[~same & alike], every[~same]


def _at(table: Array, pairs: Array) -> Array:
    return np.asarray(table[pairs[:, 0], pairs[:, 1]])


def _others(photos: Sequence[Photo], photo: Photo) -> tuple[Path, ...]:
    """Give the other photographs of a subject, the next one first."""
    same = [p.path for p in photos if p.subject == photo.subject]
    at = same.index(photo.path)
    return (*same[at + 1 :], *same[:at])


def _flagged(views: Views, photo: Photo, refs: tuple[Path, ...]) -> bool:
    brief = Brief(row=0, take=photo.file, path=photo.path, refs=refs, kind=Kind.OBJECT)
    scores = subject_colour.METRIC.scores(subject_colour.measure(views, brief), brief)
    return bool(scores[0].evidence["recoloured"])


def _middle(views: Views) -> Palette:
    edge, share = (1 - subject_colour.MIDDLE) / 2, subject_colour.MIDDLE
    region = from_box((edge, edge, share, share), *sizes(views, 0))
    return palette(views.lab[0][region.pixels], turned=False)
