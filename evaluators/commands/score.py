"""`circletake score`: measure media that exist, from any source; nothing is generated."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from router.afar import anywhere
from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from evaluators.domain.brief import Brief
    from evaluators.domain.score import Scored

Takes = Annotated[list[Path] | None, typer.Argument(help="Pictures or clips.")]
Refs = Annotated[list[Path] | None, typer.Option(help="Pictures of the character.")]
Costumes = Annotated[list[Path] | None, typer.Option(help="Pictures of the costume.")]
Plate = Annotated[Path | None, typer.Option(help="What light, colour and pixels must match.")]
Mask = Annotated[Path | None, typer.Option(help="White = costume, or what may change.")]
KindOf = Annotated[str | None, typer.Option(help="person, creature, object or drawn.")]
Spec = Annotated[str | None, typer.Option(help='JSON, e.g. {"width": 1344, "fps": 24}.')]
Manifest = Annotated[Path | None, typer.Option(help="CSV with one take a row, instead of TAKE.")]
Out = Annotated[Path | None, typer.Option(help="Write the manifest's answers here, a line each.")]
Metrics = Annotated[list[str] | None, typer.Option(help="Only these.  [default: all]")]
Workers = Annotated[int, typer.Option(help="Processes that measure.", min=0, max=64)]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    app.command("score")(score)


@anywhere
def score(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    takes: Takes = None,
    *,
    refs: Refs = None,
    kind: KindOf = None,
    character: Annotated[str | None, typer.Option(help="Whose name the scores bear.")] = None,
    plate: Plate = None,
    mask: Mask = None,
    costume_refs: Costumes = None,
    spec: Spec = None,
    manifest: Manifest = None,
    out: Out = None,
    metrics: Metrics = None,
    workers: Workers = 2,
) -> None:
    """Measure takes: identity, costume, colour, technique, time, untouched regions.

    Exit code 1 when a take could not be read; the others are measured all the same.
    """
    said = console(context)
    given = {
        "refs": refs,
        "costume_refs": costume_refs,
        "plate": [plate] if plate else None,
        "mask": [mask] if mask else None,
    }
    if manifest is not None:
        _refuse_both(takes, {**given, "kind": kind, "character": character, "spec": spec})
        _manifest(said, manifest, out, metrics, workers)
        return
    if not takes or out:
        _asked_wrongly("out" if out else "TAKE", out, "TAKE…, or --manifest FILE.csv [--out FILE]")
    briefs = _briefs(takes or [], given, kind=kind, character=character, spec=spec)
    results = sorted(_judged(said, briefs, metrics, workers), key=lambda s: s.row)
    _answer(said, results)


def _manifest(
    said: Console, manifest: Path, out: Path | None, metrics: list[str] | None, workers: int
) -> None:
    """Write one line a take, in the order of the rows, as soon as all before it are there.

    What is measured over several takes follows, one line for each character of a sequence.
    """
    from evaluators.scoring import as_json, group_json, read_manifest, unreadable
    from evaluators.together import belongs, together

    briefs = read_manifest(manifest)
    rows = measured = failed = 0
    seen = []
    with _opened(out) as file:
        for scored in _in_order(_judged(said, briefs, metrics, workers)):
            file.write(json.dumps(as_json(scored), allow_nan=False, ensure_ascii=False) + "\n")
            file.flush()
            rows += 1
            failed += unreadable(scored)
            measured += not unreadable(scored)
            if belongs(briefs[scored.row]):
                seen.append((briefs[scored.row], scored))
        for group in together(seen):
            line = json.dumps(group_json(group), allow_nan=False, ensure_ascii=False)
            file.write(line + "\n")
    if out:
        body = {"rows": rows, "measured": measured, "failed": failed, "out": str(out)}
        said.answer(body, f"{rows} takes: {measured} measured, {failed} unreadable -> {out}")
    if failed:
        raise bad_news()


def _in_order(results: Iterable["Scored"]) -> Iterator["Scored"]:
    early: dict[int, Scored] = {}
    due = 0
    for scored in results:
        early[scored.row] = scored
        while due in early:
            yield early.pop(due)
            due += 1


@contextlib.contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    """Give standard output, or a file that takes its name when it is whole."""
    if out is None:
        yield sys.stdout
        return
    if not out.parent.is_dir():
        _asked_wrongly("out", out, "a file in a folder that exists")
    draft = out.with_name(out.name + ".part")
    with draft.open("w", encoding="utf-8") as file:
        yield file
    draft.replace(out)


def _judged(
    said: Console, briefs: Iterable["Brief"], metrics: list[str] | None, workers: int
) -> Iterator["Scored"]:
    from evaluators import weights
    from evaluators.panel import judge
    from router import settings

    weights.use(settings.read(said.home).weights)
    chosen = list(briefs)
    for done, scored in enumerate(
        judge(chosen, metrics=metrics, workers=min(workers, len(chosen) - 1)), start=1
    ):
        if len(chosen) > 1:
            said.tell(f"[{done}/{len(chosen)}] {scored.take}")
        yield scored


def _briefs(
    takes: list[Path],
    given: dict[str, list[Path] | None],
    *,
    kind: str | None,
    character: str | None,
    spec: str | None,
) -> list["Brief"]:
    from evaluators.domain.brief import Brief
    from evaluators.domain.character import Kind
    from evaluators.scoring import parse_spec

    for name, paths in {"TAKE": takes, **given}.items():
        for path in paths or []:
            if not path.is_file():
                _asked_wrongly(name, path, "a file")
    if kind is not None and kind not in {k.value for k in Kind}:
        _asked_wrongly("kind", kind, f"one of: {', '.join(Kind)}")
    wanted: dict[str, Any] = {}
    try:
        wanted = dict(parse_spec(spec)) if spec else {}
    except ValueError as error:
        _asked_wrongly("spec", spec, str(error))
    return [
        Brief(
            row=row,
            take=str(path),
            path=path,
            refs=tuple(given["refs"] or ()),
            character=character,
            kind=Kind(kind) if kind else None,
            costume_refs=tuple(given["costume_refs"] or ()),
            plate=_only(given["plate"]),
            mask=_only(given["mask"]),
            spec=wanted,
        )
        for row, path in enumerate(takes)
    ]


def _only(paths: list[Path] | None) -> Path | None:
    return paths[0] if paths else None


def _answer(said: Console, results: list["Scored"]) -> None:
    from evaluators.scoring import as_json, unreadable

    bodies = [as_json(scored) for scored in results]
    text = "\n\n".join(_table(body) for body in bodies)
    said.answer(bodies[0] if len(bodies) == 1 else bodies, text)
    if any(unreadable(scored) for scored in results):
        raise bad_news()


def _table(body: dict[str, Any]) -> str:
    flags = f"  [{', '.join(body['flags'])}]" if body["flags"] else ""
    lines = [f"{body['take']}{flags}"]
    for row in body["scores"]:
        if row["value"] is None:
            said = f"{row['status'].replace('_', ' ')}: {row['reason']}"
        else:
            better = {"higher": "higher is better", "lower": "lower is better"}
            unit = row["unit"].replace("_", " ")
            said = f"{row['value']:10.4f} {unit:24} {better.get(row['direction'], '')}".rstrip()
        lines.append(f"  {row['metric']:24} {said}")
    return "\n".join(lines)


def _refuse_both(takes: list[Path] | None, given: dict[str, Any]) -> None:
    beside = ["TAKE"] if takes else []
    beside += [name for name, value in given.items() if value]
    if beside:
        _asked_wrongly("manifest", ", ".join(beside), "the manifest alone; it has columns for them")


def _asked_wrongly(field: str, found: object, expected: str) -> NoReturn:
    from router.domain.errors import BadInput

    raise BadInput(field=field.replace("_", "-"), found=str(found), expected=expected)
