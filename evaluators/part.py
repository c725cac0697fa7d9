"""A stretch of a take, seen through what was computed for the whole: nothing is looked at twice."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from evaluators.views import Views
from evaluators.vision.faces import Face
from evaluators.vision.keypoints import KeyPoints
from evaluators.vision.motion import Motion

Array = np.ndarray[Any, Any]
T = TypeVar("T")


class Part(Views):
    """The frames from one to another of a take; `indices` and evidence keep the take's numbers.

    The sampled frames are those of the take that lie inside; there may be none.
    """

    def __init__(self, whole: Views, first: int, last: int) -> None:
        """Cut the views of `whole` to the frames `first` to `last`, both included."""
        self._whole = whole
        self._inside = [p for p, i in enumerate(whole.indices) if first <= i <= last]
        self._first = first
        seen = replace(
            whole.decoded,
            luma=whole.luma[first : last + 1],
            times=whole.times[first : last + 1],
            rgb=self._picked(whole.frames),
            indices=self._picked(whole.indices),
            deep=self._picked(whole.deep) if whole.deep else (),
        )
        super().__init__(seen, whole.gallery, sha256=whole.sha256)

    @property
    def first(self) -> int:
        """Number of the first frame in the take."""
        return self._first

    @cached_property
    def small(self) -> tuple[Array, ...]:
        """As of the whole."""
        return self._picked(self._whole.small)

    @cached_property
    def fine(self) -> tuple[Array, ...]:
        """As of the whole."""
        return self._picked(self._whole.fine)

    @cached_property
    def lab(self) -> tuple[Array, ...]:
        """As of the whole."""
        return self._picked(self._whole.lab)

    def keypoints_at(self, position: int) -> KeyPoints:
        """As of the whole."""
        return self._whole.keypoints_at(self._inside[position])

    @cached_property
    def motion(self) -> Motion | None:
        """The pairs of the whole's flow pass that lie inside; None for a single frame."""
        found, count = self._whole.motion, len(self.luma) - 1
        if found is None or count < 1:
            return None
        pairs = slice(self._first, self._first + count)
        return Motion(**{f.name: getattr(found, f.name)[pairs] for f in fields(Motion)})

    def in_step(self, other: Views) -> bool:
        """As of the whole."""
        return self._whole.in_step(other)

    def beside(self, position: int, other: Views) -> int:
        """As of the whole: what belongs to a frame does not depend on the stretch."""
        return self._whole.beside(self._inside[position], other)

    def luma_beside(self, other: Views) -> Array | None:
        """As of the whole, cut to the stretch."""
        found = self._whole.luma_beside(other)
        return None if found is None else found[self._first : self._first + len(self.luma)]

    def spread(self, most: int) -> tuple[int, ...]:
        """As of the whole, where it is inside; else the middle one."""
        chosen = set(self._whole.spread(most))
        found = tuple(p for p, there in enumerate(self._inside) if there in chosen)
        return found or (len(self._inside) // 2,)

    def once(self, name: str, position: int, make: Callable[[], T]) -> T:
        """As of the whole: made for either, it is there for both."""
        return self._whole.once(name, self._inside[position], make)

    @cached_property
    def face_positions(self) -> tuple[int, ...]:
        """Where the whole was searched for faces."""
        searched = set(self._whole.face_positions)
        return tuple(p for p, there in enumerate(self._inside) if there in searched)

    @cached_property
    def faces(self) -> tuple[tuple[Face, ...], ...]:
        """As of the whole. May raise NoWeights."""
        found = dict(zip(self._whole.face_positions, self._whole.faces, strict=True))
        return tuple(found[self._inside[p]] for p in self.face_positions)

    def _picked(self, of: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(of[p] for p in self._inside)
