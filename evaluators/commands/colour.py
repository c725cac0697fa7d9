"""`circletake colour match`: the grade that brings a take to a reference, as numbers and as .cc."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from router.afar import anywhere
from router.console import bad_news, console

if TYPE_CHECKING:
    from evaluators.mending.grade import Grade
    from evaluators.views import Views

Take = Annotated[Path, typer.Argument(help="The picture or clip to grade.")]
To = Annotated[Path, typer.Option(help="The picture or clip to match: a plate, a graded frame.")]
Out = Annotated[Path | None, typer.Option(help="Write the CDL here, as FILE.cc.")]

NAMES = {
    "w1": ("colours", "delta E, all pixels"),
    "delta_e": ("mean colour", "CIEDE2000"),
    "stops": ("exposure", "stops, + brighter"),
    "wb_a": ("tint", "a*, + magenta"),
    "wb_b": ("warmth", "b*, + warm"),
    "contrast": ("contrast", "L*, - flat"),
}


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="What would bring a take's colour to a plate.")
    group.callback()(_group)
    group.command("match")(match)
    app.add_typer(group, name="colour")


def _group() -> None:
    """What would bring a take's colour to a plate."""


@anywhere
def match(context: typer.Context, take: Take, *, to: To, out: Out = None) -> None:
    """Fit an ASC CDL that brings TAKE to the light and colour of a reference.

    Ten numbers on display-referred sRGB code values, with the difference before and after. Where
    they match already, the file is written and changes nothing. Exit code 1 where no CDL helps, or
    a file cannot be read; then no file is written.
    """
    from evaluators.mending.grade import Answer, grade
    from evaluators.views import Gallery
    from router.decoding.decode import Decoder

    said = console(context)
    for field, path in (("TAKE", take), ("to", to)):
        if not path.is_file():
            _asked_wrongly(field, path, "a file")
    if out and (out.suffix != ".cc" or not out.parent.is_dir()):
        _asked_wrongly("out", out, "a file that ends with .cc, in a folder that exists")
    with Decoder() as decoder:
        gallery = Gallery(decoder)
        views = [_opened(gallery, path) for path in (take, to)]
        failed = [v for v in views if isinstance(v, str)]
        if failed:
            note = f"not written: {out}: nothing was measured" if out else None
            said.answer(
                {"take": str(take), "to": str(to), "answer": "failed", "reason": failed[0]}
                | {"out": None, "out_note": note}
            )
            said.tell(f"{failed[0]}\n{note or ''}")
            raise bad_news()
        found = grade(*(v for v in views if not isinstance(v, str)))
    written = out if out and found.answer is not Answer.CANNOT else None
    if written:
        written.write_text(found.cc(take.name, to.name), encoding="utf-8")
    body = _body(found, take, to, written) | {"out_note": _about(found, out)}
    said.answer(body, _text(found, take, to, body["out_note"]))
    if found.answer is Answer.CANNOT:
        raise bad_news()


def _opened(gallery: Any, path: Path) -> "Views | str":
    """Open a file; where it cannot be measured, the reason."""
    from router.decoding.decode import Unreadable

    views: Views | Unreadable = gallery.open(path)
    if isinstance(views, Unreadable):
        where = f", at frame {views.frame}" if views.frame is not None else ""
        return f"{path}: {views.reason}{where}"
    if views.probe.transfer != "sdr":
        return f"{path}: HDR ({views.probe.transfer}) and not tone-mapped"
    return views


def _body(found: "Grade", take: Path, to: Path, written: Path | None) -> dict[str, Any]:
    from evaluators.mending.cdl import ENCODING

    return {
        "take": str(take),
        "to": str(to),
        "answer": found.answer.value,
        "reason": found.reason,
        "cdl": {
            "slope": list(found.cdl.slope),
            "offset": list(found.cdl.offset),
            "power": list(found.cdl.power),
            "saturation": found.cdl.saturation,
            "style": "ASC 1.2, clamped",
            "encoding": ENCODING,
        },
        "before": {part: round(v, 4) for part, v in found.before.items()},
        "after": {part: round(v, 4) for part, v in found.after.items()},
        "clips": round(found.clips, 4),
        "frames": found.frames,
        "bit_depth": found.bit_depth,
        "rendered": found.rendered,
        "out": str(written) if written else None,
    }


def _text(found: "Grade", take: Path, to: Path, note: str | None) -> str:
    lines = [f"{take} -> {to}: {found.reason}", ""]
    lines.append(f"  {'':12} {'before':>9} {'after':>9}")
    for part, (name, unit) in NAMES.items():
        lines.append(f"  {name:12} {found.before[part]:9.2f} {found.after[part]:9.2f}  {unit}")
    rows = (("slope", found.cdl.slope), ("offset", found.cdl.offset), ("power", found.cdl.power))
    lines.append("")
    lines += [f"  {name:12} " + " ".join(f"{v:9.4f}" for v in row) for name, row in rows]
    lines.append(f"  {'saturation':12} {found.cdl.saturation:9.4f}")
    lines.append(f"  {'clips':12} {found.clips:9.1%}  of the values")
    if found.rendered:
        lines.append(f"  approximate: {found.rendered}")
    if note:
        lines.append(f"\n  {note}")
    return "\n".join(lines)


def _about(found: "Grade", out: Path | None) -> str | None:
    """Say what became of the file that was asked for."""
    from evaluators.mending.grade import Answer

    if out is None:
        return None
    if found.answer is Answer.CANNOT:
        stays = "; what stands there is of another match" if out.exists() else ""
        return f"not written: {out}: no grade would help{stays}"
    if found.answer is Answer.MATCHES:
        return f"written: {out}: a grade that changes nothing, for nothing is to be changed"
    return f"written: {out}"


def _asked_wrongly(field: str, found: object, expected: str) -> NoReturn:
    from router.domain.errors import BadInput

    raise BadInput(field=field, found=str(found), expected=expected)
