"""What a check found, in words for the person who will mend it."""

from collections.abc import Iterator

from benchmarks.domain.unwritten import UNWRITTEN
from benchmarks.packs.check import Checked
from router.domain.mistake import Mistake


def text(checked: Checked, folder: str) -> str:
    """Group mistakes by file, from top to bottom, and say what to do next."""
    lines = [*_listed("wrong", checked.errors), *_listed("to note", checked.warnings)]
    return "\n".join([*lines, _summary(checked), f"What now?  {_next(checked, folder)}"])


def _listed(heading: str, mistakes: tuple[Mistake, ...]) -> Iterator[str]:
    for file in dict.fromkeys(m.file for m in mistakes):
        yield f"{file}, {heading}:"
        for mistake in (m for m in mistakes if m.file == file):
            place = "" if mistake.line is None else f"line {mistake.line}"
            yield f"  {place:<10} {mistake.field or '(the whole)'}  [{mistake.code}]"
            yield f"             found     {mistake.found}"
            yield f"             expected  {mistake.expected}"
        yield ""


def _summary(checked: Checked) -> str:
    pack = checked.pack
    if pack is None:
        return f"{_count(len(checked.errors), 'mistake')}: not a pack that can be run."
    lines = sum(len(shot.acceptance) for shot in pack.shots)
    parts = (
        _count(len(pack.shots), "shot"),
        _count(lines, "acceptance line"),
        _count(len({file.name for file in pack.files}), "file"),
    )
    state = f"sealed as {pack.seal}" if pack.sealed else "not sealed"
    return f"{pack.title} ({pack.code}): {', '.join(parts)}; no mistakes; {state}."


def _next(checked: Checked, folder: str) -> str:
    if checked.errors:
        return _mend(checked.errors, folder)
    if unwritten := sum(m.code == UNWRITTEN for m in checked.warnings):
        return f"Say what is seen in {_count(unwritten, 'shot')}: no plan asks for them before."
    if checked.pack and not checked.pack.sealed:
        return f"Seal it: `circletake pack seal {folder}`."
    partner = checked.pack.partner if checked.pack else "PARTNER"
    return (
        f"See what it costs: `circletake campaign plan {folder} --partner {partner} --budget 20`."
    )


def _mend(errors: tuple[Mistake, ...], folder: str) -> str:
    codes = {m.code for m in errors}
    if any(m.code in {"not_a_pack", "missing_file"} and not m.field for m in errors):
        return f"Start one with `circletake pack new {folder}`, or name its folder."
    if codes == {"hash_mismatch"}:
        return f"If the files are meant to differ, seal again: `circletake pack seal {folder}`."
    if codes == {UNWRITTEN}:
        seal = f"circletake pack seal {folder}"
        return f"Write these shots, then `{seal}`; or leave them out: `{seal} --unfinished`."
    return f"Mend the places above, then `circletake pack check {folder}` again."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
