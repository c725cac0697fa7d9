"""Aiming: which lines of a take a repair can be aimed at, and why the others are left alone. Pure.

Money is not spent on what is met, nor where nobody could say whether it helped, nor for another
file of the same form.
"""

from collections.abc import Mapping, Sequence

from benchmarks.domain.campaign import Trial
from benchmarks.repairing.errands import line_of
from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling, Verdict
from router.domain.errors import BadInput, UnknownName

# Checks of `spec_checks` on what a request orders and a model delivers, whatever it draws.
FORM = frozenset(
    {"width", "height", "aspect", "frames", "fps", "seconds", "least_seconds", "codec", "audio"}
)
PASSES = "it passes already"
UNKNOWN = (
    "whether a repair helped could not be told; say in a note what shall change, and where "
    "(`circletake notes add`), and have that done"
)


def aimed(case: Case, take: str, lines: Sequence[int]) -> tuple[tuple[int, ...], Mapping[int, str]]:
    """Give the lines that are open, and for each of the others why it is left alone.

    Raises:
        UnknownName: no such take, or no such line.
        BadInput: none of them is open, with the reason for each.
    """
    if take not in case.takes:
        raise UnknownName("take", take, case.takes)
    shot = case.shot(case.trial_of[take])
    wanted = [line_of(shot, number).number for number in dict.fromkeys(lines)]
    said = {v.line.number: v for v in case.verdicts.get(take, ())}
    left = {number: why for number in wanted if (why := _why_not(said.get(number)))}
    found = tuple(number for number in wanted if number not in left)
    if not found:
        reasons = "; ".join(f"line {number}: {why}" for number, why in left.items())
        raise BadInput(field="lines", found=sorted(left), expected=reasons)
    return found, left


def formal(case: Case, take: str, lines: Sequence[int], trial: Trial | None) -> frozenset[int]:
    """Name the lines that fail by the file's form, which asking `trial` again would not change."""
    if trial is None:
        return frozenset()
    known = [t for t, of in case.trial_of.items() if of.id == trial.id and t != take]
    alike = [_by_form(case, t) for t in (known or [take])]
    return _by_form(case, take).intersection(lines, *alike)


def _by_form(case: Case, take: str) -> frozenset[int]:
    return frozenset(v.line.number for v in case.verdicts.get(take, ()) if _wrong_form(v))


def _wrong_form(verdict: Verdict) -> bool:
    checks = verdict.evidence.get("checks", ())
    wrong = {check["check"] for check in checks if not check["passed"]}
    return verdict.ruling is not Ruling.PASS and bool(wrong & FORM)


def _why_not(verdict: Verdict | None) -> str | None:
    if verdict is None:
        return f"not measured: {UNKNOWN}"
    if verdict.ruling is Ruling.PASS:
        return PASSES
    if verdict.ruling is Ruling.NOT_MEASURED:
        reason = f" ({verdict.reason})" if verdict.reason else ""
        return f"not measured{reason}: {UNKNOWN}"
    return None
