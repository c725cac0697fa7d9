"""Every character over the shots of every sequence.

Selection, declared: of a shot one take enters, the circled one where there is one, else the first.
Only takes whose brief names character and sequence enter.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

from evaluators import across as shelf
from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Scored, Together
from evaluators.group import Across, Appearance
from router.plugins import load, names


def across(name: str) -> Across:
    """Load one group metric; raises UnknownName and lists the known ones."""
    found: Across = load(shelf, name, "group metrics").METRIC
    return found


def all_across() -> tuple[Across, ...]:
    """Load every group metric."""
    return tuple(across(name) for name in names(shelf))


def gates() -> tuple[str, ...]:
    """Name the metrics of single takes that group metrics stand beside or are gated by."""
    return tuple(sorted({a.beside for a in all_across()} | {"ref_embed"}))


def belongs(brief: Brief) -> bool:
    """Tell takes that can be compared with other shots."""
    return bool(brief.character and brief.sequence)


def together(
    takes: Iterable[tuple[Brief, Scored]],
    *,
    circled: Collection[str] = (),
    series: Callable[[Brief], str | None] = lambda _brief: None,
) -> tuple[Together, ...]:
    """Compare every character over the shots of every sequence; pure.

    Args:
        takes: with the scores that a Measurer gave them, memories included; in any order.
        circled: takes (as in `Brief.take`) that people chose.
        series: what a take is compared within, e.g. its recipe; None = everything together.
    """
    groups: dict[tuple[str, str, str], list[tuple[Brief, Scored]]] = {}
    for brief, scored in sorted(takes, key=lambda pair: pair[0].row):
        if brief.character and brief.sequence:
            which = (brief.character, brief.sequence, series(brief) or "")
            groups.setdefault(which, []).append((brief, scored))
    chosen = {which: _one_a_shot(of, circled) for which, of in groups.items()}
    return tuple(_compared(which, of) for which, of in chosen.items() if len(of) > 1)


def _one_a_shot(
    takes: Sequence[tuple[Brief, Scored]], circled: Collection[str]
) -> list[tuple[Brief, Scored]]:
    by_shot: dict[str, list[tuple[Brief, Scored]]] = {}
    for brief, scored in takes:
        by_shot.setdefault(brief.shot or f"row {brief.row}", []).append((brief, scored))
    picked = [
        next((pair for pair in of if pair[0].take in circled), of[0]) for of in by_shot.values()
    ]
    return sorted(picked, key=_place)


def _place(pair: tuple[Brief, Scored]) -> tuple[bool, int, int]:
    order = pair[0].order
    return (order is None, order or 0, pair[0].row)


def _compared(which: tuple[str, str, str], takes: Sequence[tuple[Brief, Scored]]) -> Together:
    character, sequence, series = which
    scores: list[Score] = []
    for metric in all_across():
        if not any(metric.name in s.kept for _, s in takes):
            continue  # it was not asked for
        shots = [
            Appearance(brief=b, scored=s, memory=s.kept.get(metric.name, {})) for b, s in takes
        ]
        scores += metric.scores(shots)
    said = {"character": character, "sequence": sequence, "series": series}
    return Together(
        group={name: value for name, value in said.items() if value},
        rows=tuple(b.row for b, _ in takes),
        scores=tuple(scores),
    )
