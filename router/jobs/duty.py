"""What a worker is there for: which queues it serves, what it measures, how long it takes to leave.

Two words stand for kinds of work: `cpu` is every queue of takes, which wait for providers, and
measuring on processors; `gpu` is measuring where the installation wants it done on one
(CIRCLETAKE_MEASURE=gpu). Any other word is the name of one queue of takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from router.domain.errors import BadInput

QUEUE = "take:"  # how the name of a queue begins (dispatch.py)
CPU, GPU = "cpu", "gpu"
KINDS = (CPU, GPU)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one worker process does."""

    queues: frozenset[str] | None = None  # None = everything
    drain_s: int = 10  # what runs is given this long to end before the worker leaves

    @property
    def listens(self) -> tuple[str, ...] | None:
        """Name the queues of takes that it serves; None = all, also those that will be made."""
        if self.queues is None or CPU in self.queues:
            return None
        return tuple(sorted(self.queues - set(KINDS)))

    def measures(self, kind: str) -> bool:
        """Say whether it carries campaigns and repairs, which are measured on this kind."""
        return self.queues is None or kind in self.queues


def duty_of(words: Sequence[str], drain_s: int) -> Duty:
    """Read what a person said; nothing said is everything. Raises BadInput."""
    for word in words:
        if word not in KINDS and not word.startswith(QUEUE):
            expected = f"{CPU}, {GPU}, or a queue: {QUEUE}<Region>:<model>"
            raise BadInput(field="queues", found=word, expected=expected)
    return Duty(queues=frozenset(words) or None, drain_s=drain_s)


def kind_of(word: str) -> str:
    """Read where measuring is done; raises BadInput, because nobody would measure elsewhere."""
    if word not in KINDS:
        raise BadInput(field="CIRCLETAKE_MEASURE", found=word, expected=f"{CPU} or {GPU}")
    return word
