"""`circletake colour plate | return | cdl`: plates to models and takes back, by recorded views."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands.takes import Take
from router.afar import anywhere
from router.console import bad_news, console

if TYPE_CHECKING:
    from benchmarks.domain.rendering import Graded, Rendering
    from benchmarks.grading.back import Returned
    from benchmarks.grading.reel import Reel

Json = dict[str, Any]
Folder = Annotated[Path, typer.Option(help="The folder to write to.")]
Grade = Annotated[Path | None, typer.Option(help="A grade to show it with: .cc .ccc .cdl .edl")]
GradeName = Annotated[str | None, typer.Option(help="Which grade of that file.")]
GradeSpace = Annotated[
    str | None, typer.Option(help="The space its numbers act in: ACEScct, or display.")
]
OF_SPACE = typer.Option(help="The plate's colour space: ACEScg, ARRI LogC4 …")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file beside `colour match`."""
    group = next(g.typer_instance for g in app.registered_groups if g.name == "colour")
    if group is None:
        raise ValueError("the group colour has no commands")
    group.command("plate")(plate)
    group.command("return")(back)
    group.command("record")(kept)
    group.command("cdl")(cdl)


@anywhere
def plate(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".exr, .dpx, .tif or .png")],
    *,
    space: Annotated[str, OF_SPACE],
    out: Folder,
    exposure: Annotated[float, typer.Option(help="Stops, added before the view.")] = 0.0,
    config: Annotated[str | None, typer.Option(help="A built-in config by full name.")] = None,
    working: Annotated[str, typer.Option(help="Scene-linear working space.")] = "ACEScg",
    display: Annotated[str | None, typer.Option(help="The display that models see.")] = None,
    view: Annotated[str | None, typer.Option(help="The view on that display.")] = None,
    grade: Grade = None,
    grade_name: GradeName = None,
    grade_space: GradeSpace = None,
) -> None:
    """Show a scene-referred plate as the 8-bit picture that a model accepts.

    Writes NAME.png (the record in a text chunk), NAME.json (the record) and NAME.ctf, which
    replays the whole way without any config. Exit code 1 where the plate cannot be read.
    """
    from benchmarks.domain.rendering import CONFIG, DISPLAY, VIEW, Colours, Showing
    from benchmarks.grading import names, record
    from benchmarks.grading.plate import shown
    from router.decoding.decode import Decoder, Unreadable
    from router.domain.ids import sha256_of

    _within("exposure", exposure)
    colours = Colours(
        config=config or CONFIG,
        working_space=working,
        model_display=display or DISPLAY,
        model_view=view or VIEW,
    )
    told = _grade(grade, grade_name, grade_space)
    showing = Showing(colours=colours, source_space=space, exposure=exposure, grade=told)
    names.checked(showing)
    said = console(context)
    with Decoder() as decoder:
        read = decoder.values(file)
    if isinstance(read, Unreadable):
        said.answer({"file": str(file), "answer": "failed", "reason": read.reason})
        said.tell(f"{file}: {read.reason}")
        raise bad_news()
    made = shown(read, showing, sha256_of(file.read_bytes()))
    out.mkdir(parents=True, exist_ok=True)
    parts = {
        "png": made.picture,
        "json": (record.text(made.rendering) + "\n").encode(),
        "ctf": made.ctf.encode(),
    }
    paths = {kind: out / f"{file.stem}.{kind}" for kind in parts}
    for kind, data in parts.items():
        paths[kind].write_bytes(data)
    written = {kind: str(path) for kind, path in paths.items()}
    body = {"file": str(file), "size": made.size, "written": written}
    said.answer({**body, "record": record.as_dict(made.rendering)}, _shown(made.rendering, paths))


@anywhere
def back(
    context: typer.Context,
    take: Annotated[
        Path, typer.Argument(metavar="TAKE", help="A still, a clip, or frames: take.%04d.png")
    ],
    *,
    record: Annotated[Path, typer.Option(help="The PNG or .json that `colour plate` wrote.")],
    out: Annotated[Path, typer.Option(help="FILE.exr (half float); FILE.%04d.exr for frames.")],
    space: Annotated[
        str | None, typer.Option(help="Instead of the record's working space.")
    ] = None,
    first: Annotated[int, typer.Option(help="Number of a clip's first frame.", min=0)] = 1001,
) -> None:
    """Bring a take back to the working space, by the inverse of its recorded view.

    Exposure and grade are taken back. What is at white or black has no way back: it is counted.
    Of a clip or a sequence every frame comes back, under its number; a missing one is named.
    """
    from benchmarks.grading import reel
    from benchmarks.grading.back import returned, write_exr
    from benchmarks.grading.record import read
    from router.decoding.decode import Decoder, Unreadable
    from router.domain.errors import BadInput

    if out.suffix != ".exr" or not out.parent.is_dir():
        expected = "a file that ends with .exr, in a folder that exists"
        raise BadInput(field="out", found=str(out), expected=expected)
    told = read(record.read_bytes())
    said = console(context)
    if reel.is_reel(out.name):
        with Decoder() as decoder:
            frames = reel.home(take, out, told, decoder, first=first, space=space)
        said.answer(_reel(frames, take, out), _reel_text(frames, take, out))
        return
    with Decoder() as decoder:
        found = decoder.read(take, samples=1)
    if isinstance(found, Unreadable):
        said.answer({"take": str(take), "answer": "failed", "reason": found.reason})
        said.tell(f"{take}: {found.reason}")
        raise bad_news()
    home = returned(found, told, space)
    write_exr(home, out, told)
    said.answer(_home(home, take, out), _home_text(home, take, out))


def kept(
    context: typer.Context,
    take: Take,
    *,
    out: Annotated[Path, typer.Option(help="Write the record here, as FILE.json; FILE.ctf too.")],
) -> None:
    """Give the record of the view through which a take's model saw its plate.

    With it, `colour return` brings the take home. The first of its pictures that has one counts.
    """
    from benchmarks.bootstrap import studio
    from benchmarks.browsing.naming import called
    from benchmarks.grading import record, transform
    from benchmarks.grading.findings import of_take
    from router.domain.errors import BadInput

    if out.suffix != ".json" or not out.parent.is_dir():
        expected = "a file that ends with .json, in a folder that exists"
        raise BadInput(field="out", found=str(out), expected=expected)
    said = console(context)
    with studio(said.home) as here:
        take = called(here, take)
        partner = here.partner(here.store.owner(here.campaign_of(take)))
        (found,) = here.router.takes(partner.name, ids=[take])
        role, told = of_take(found, here.router, here.media)
    way = transform.processor(told.showing)
    out.write_text(record.text(told) + "\n", encoding="utf-8")
    out.with_suffix(".ctf").write_text(transform.ctf(way, told.showing), encoding="utf-8")
    paths = {"json": out, "ctf": out.with_suffix(".ctf")}
    body = {"take": take, "role": role, "written": {k: str(p) for k, p in paths.items()}}
    said.answer({**body, "record": record.as_dict(told)}, _shown(told, paths))


@anywhere
def cdl(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=".cc .ccc .cdl, or an .edl")],
    *,
    name: Annotated[str | None, typer.Option(help="Only the grade of this name.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write as .cc .ccc .cdl or .edl")] = None,
) -> None:
    """Read the grades of a CDL file or an EDL, and write them as another kind."""
    from benchmarks.grading import grades

    found = [grades.chosen(file, name)] if name else list(grades.read(file))
    if out:
        out.write_text(grades.written(found, out.suffix.lower()), encoding="utf-8")
    rows = [
        {
            "name": g.name,
            "slope": list(g.cdl.slope),
            "offset": list(g.cdl.offset),
            "power": list(g.cdl.power),
            "saturation": g.cdl.saturation,
            "space": "display" if g.on_display else None,
            "edl": grades.comments(g).splitlines()[1:],
        }
        for g in found
    ]
    lines = [f"{g.name}\n" + "\n".join(grades.comments(g).splitlines()[1:]) for g in found]
    lines += [f"written: {out}"] if out else []
    console(context).answer(
        {"file": str(file), "grades": rows, "out": str(out) if out else None}, "\n".join(lines)
    )


def _grade(file: Path | None, name: str | None, space: str | None) -> "Graded | None":
    from benchmarks.grading import grades

    return grades.graded(grades.chosen(file, name), space) if file else None


def _within(field: str, stops: float) -> None:
    from router.domain.errors import BadInput

    if not -20 <= stops <= 20:
        raise BadInput(field=field, found=stops, expected="between -20 and 20 stops")


def _shown(rendering: "Rendering", paths: dict[str, Path]) -> str:
    showing, loss = rendering.showing, rendering.loss
    colours = showing.colours
    lines = [
        f"{showing.source_space} -> {colours.model_view} on {colours.model_display}",
        f"  exposure     {showing.exposure:+g} stops",
        f"  clipped      {loss.clipped:.2%} of the pixels are at white in a channel",
        f"  brightest    {loss.brightest:g}; {loss.brightest_back:g} comes back",
    ]
    if loss.median_stops is not None:
        lines.append(
            f"  way back     {loss.median_stops:.3f} stops off in the middle range, "
            f"{loss.p99_stops:.3f} at the 99th percentile"
        )
    lines += [f"  note         {note}" for note in rendering.notes]
    return "\n".join([*lines, *(f"  written      {path}" for path in paths.values())])


def _home(home: "Returned", take: Path, out: Path) -> Json:
    return {
        "take": str(take),
        "out": str(out),
        "space": home.space,
        "bit_depth": home.bit_depth,
        "white": round(home.white, 6),
        "black": round(home.black, 6),
        "ceiling": round(home.ceiling, 4),
        "brightest": round(home.brightest, 4),
        "negative": round(home.negative, 6),
        "notes": list(home.notes),
    }


def _home_text(home: "Returned", take: Path, out: Path) -> str:
    lines = [
        f"{take} -> {home.space}, half float",
        f"  from         {home.bit_depth} bits",
        f"  lost         {home.white:.2%} of the pixels are at white in a channel; "
        f"nothing over {home.ceiling:g} comes back",
        f"  black        {home.black:.2%} of the pixels",
        f"  negative     {home.negative:.2%} of the values (colours outside the working space)",
    ]
    lines += [f"  note         {note}" for note in home.notes]
    return "\n".join([*lines, f"  written      {out}"])


def _reel(frames: "Reel", take: Path, out: Path) -> Json:
    from dataclasses import asdict

    last = frames.first + frames.frames - 1
    return {"take": str(take), "out": str(out), "last": last, **asdict(frames)}


def _reel_text(frames: "Reel", take: Path, out: Path) -> str:
    last = frames.first + frames.frames - 1
    lines = [
        f"{take} -> {frames.space}, half float, {frames.frames} frames",
        f"  frames       {frames.first}-{last}",
        f"  lost         at most {frames.white:.2%} of a frame's pixels are at white in a channel; "
        f"nothing over {frames.ceiling:g} comes back",
        f"  written      {out}",
    ]
    return "\n".join([*lines, *(f"  note         {note}" for note in frames.notes)])
