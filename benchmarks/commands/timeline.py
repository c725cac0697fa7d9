"""`circletake timeline`: a cut becomes shots, and circled takes go back into the edit."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import bad_news, console

if TYPE_CHECKING:
    from fractions import Fraction

    from benchmarks.editorial.packing import Taken
    from benchmarks.editorial.recut import Coverage

Json = dict[str, Any]
Fps = Annotated[
    str | None, typer.Option(help="Of an EDL, which does not carry it: 23.976, 24, 25 …")
]
ShotNames = Annotated[
    str, typer.Option(help="name: SQ010_SH0020 as found in the clips; order: counted by tens.")
]
PackFolder = Annotated[
    Path | None, typer.Option("--pack", help="A pack that new shots are added to.")
]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Cuts: shots in, circled takes out.")
    group.command("import")(import_)
    group.command("export")(export)
    app.add_typer(group, name="timeline")


def import_(  # noqa: PLR0913, PLR0917 - one parameter is one option
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".otio .otioz .edl .xml .fcpxml or .aaf")
    ],
    out: Annotated[Path | None, typer.Option(help="A new folder for a pack of its shots.")] = None,
    pack: PackFolder = None,
    media: Annotated[
        Path | None, typer.Option(help="Where plates are looked for.  [default: beside FILE]")
    ] = None,
    fps: Fps = None,
    shot_names: ShotNames = "name",
    handles: Annotated[int, typer.Option(help="Frames wanted before and after.", min=0)] = 8,
    partner: Annotated[str, typer.Option(help="Your name, for a new pack.")] = "my_studio",
    campaign: Annotated[
        str | None, typer.Option(help="Say which takes of this campaign still cover the cut.")
    ] = None,
    *,
    plates: Annotated[bool, typer.Option("--plates/--no-plates", help="Copy plates.")] = True,
) -> None:
    """Read a cut: its shots with frames, handles, grades, plates and the editor's notes.

    Without --out and --pack it is only looked at. With --pack new shots are added, and changed
    ones are reported: what a person wrote is never overwritten. Exit code 1 where a take of
    --campaign no longer covers its shot.
    """
    said = console(context)
    from benchmarks.editorial import jailed, packing, recut

    _one_of(out, pack, campaign)
    wish = packing.Wish(
        file=file, media=media, how=_how(shot_names), handles=handles, partner=partner,
        plates=plates,
    )  # fmt: skip
    rate = _rate(fps) or (packing.rate_of_pack(pack) if pack else None)
    cut = jailed.read(file, rate)
    taken = _taken(wish, cut, out, pack)
    covered = _covered(said.home, campaign, pack, taken) if campaign and pack else ()
    body = _imported(taken) | {
        "name": cut.name,
        "rate": f"{cut.rate}",
        "notes": list(cut.notes),
        "shots": recut.table(cut, taken.named),
        "takes": [_coverage(each) for each in covered],
        "folder": str(out or pack) if out or pack else None,
    }
    said.answer(body, _import_text(body, out or pack))
    if any(each.covers == recut.SHORT for each in covered):
        raise bad_news()


def export(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    campaign: Annotated[str, typer.Option(help="Campaign id.")],
    out: Annotated[Path, typer.Option(help="Folder for the cut and its media.")],
    timeline: Annotated[
        Path | None, typer.Option(help="The cut that came in: the takes are put into it.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Code of one pack of several.")] = None,
    fps: Fps = None,
    shot_names: ShotNames = "name",
    *,
    with_media: Annotated[
        bool, typer.Option("--with-media", help="An .otioz with all media too.")
    ] = False,
    any_cut: Annotated[
        bool, typer.Option("--any-cut", help="--timeline may be another show's: it is meant.")
    ] = False,
) -> None:
    """Write .otio with every take as an alternate, the circled one active; EDL and FCP7 XML.

    EDL and XML hold the circled takes. Media are signed with the partner's key (`circletake
    provenance keys`); without one they leave unsigned, and that is said. A folder that this
    campaign was exported to before is brought up to date, and what was replaced is named; a file
    that somebody changed there is never replaced, nor is another campaign's.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.editorial import export as exporting

    order = exporting.Order(
        out=out,
        original=timeline,
        rate=_rate(fps),
        how=_how(shot_names),
        code=pack,
        with_media=with_media,
        any_cut=any_cut,
    )
    with studio(said.home) as here:
        body = exporting.export(here, here.case(campaign), order)
    said.answer(body, _export_text(body))


def _one_of(out: Path | None, pack: Path | None, campaign: str | None) -> None:
    from router.domain.errors import BadInput

    if out and pack:
        expected = "one of them: a new pack, or one that exists"
        raise BadInput(field="--out", found="--out and --pack", expected=expected)
    if campaign and not pack:
        expected = "--pack DIR too: the pack whose shots the takes are of"
        raise BadInput(field="--campaign", found=campaign, expected=expected)


def _how(word: str) -> str:
    from benchmarks.editorial.naming import BY_NAME, BY_ORDER
    from router.domain.errors import UnknownName

    if word not in {BY_NAME, BY_ORDER}:
        raise UnknownName("--shot-names", word, (BY_NAME, BY_ORDER))
    return word


def _rate(word: str | None) -> "Fraction | None":
    from benchmarks.editorial.shots import FPS, rate_of
    from router.domain.errors import UnknownName

    if word is not None and rate_of(word) is None:
        raise UnknownName("--fps", word, FPS.values())
    return rate_of(word) if word else None


def _taken(wish: Any, cut: Any, out: Path | None, pack: Path | None) -> "Taken":
    from benchmarks.editorial import packing
    from router.clock import SystemClock

    if out:
        return packing.start(cut, wish, out)
    if pack:
        return packing.extend(cut, wish, pack, today=SystemClock().now().date())
    return packing.look(cut, wish)


def _covered(
    home: Path | None, campaign: str, pack: Path, taken: "Taken"
) -> "tuple[Coverage, ...]":
    from benchmarks.bootstrap import studio
    from benchmarks.editorial.export import covered
    from benchmarks.editorial.packing import code_of_pack

    with studio(home) as here:
        return tuple(covered(here.case(campaign), taken.places, code_of_pack(pack)))


def _imported(taken: "Taken") -> Json:
    from dataclasses import asdict

    return {
        "added": list(taken.added),
        "changed": [asdict(change) for change in taken.changed],
        "same": list(taken.same),
        "gone": list(taken.gone),
        "files": list(taken.written),
        "warnings": [asdict(mistake) for mistake in taken.warnings],
    }


def _coverage(each: "Coverage") -> Json:
    return {
        "shot": each.shot,
        "take": each.take,
        "covers": each.covers,
        "span": list(each.span) if each.span else None,
        "lacks": list(each.lacks),
    }


def _import_text(body: Json, folder: Path | None) -> str:
    lines = [f"{body['name'] or 'a cut'}: {len(body['shots'])} shots at {body['rate']} a second"]
    for row in body["shots"]:
        handles = "?+?" if row["handles"] is None else "{}+{}".format(*row["handles"])
        frames = f"{row['cut'][0]}-{row['cut'][1]}"
        lines.append(f"  {row['shot']:18} {frames:15} handles {handles:9} {row['clip']}")
    lines += [f"note: {note}" for note in body["notes"]]
    lines += [
        f"{w['file']} {w['field']}: found {w['found']}; expected {w['expected']}"
        for w in body["warnings"]
    ]
    for change in body["changed"]:
        before, after = change["before"]["used"], change["after"]["used"]
        was, now = (f"{a}-{b}" for a, b in (before, after))
        lines.append(f"re-cut: {change['shot']} was {was}, now {now}; the pack is left as it is")
    lines += [f"take {t['take']} of {t['shot']}: {_covers(t)}" for t in body["takes"]]
    lines += [f"no longer in the cut: {shot}" for shot in body["gone"]]
    if folder:
        lines.append(f"{len(body['added'])} shots added to {folder}")
        if body["added"]:
            lines.append(f"What now?  Write what is asked, then `circletake pack check {folder}`.")
    return "\n".join(lines)


def _covers(take: Json) -> str:
    from benchmarks.editorial.recut import STILL

    if take["covers"] == STILL:
        return "a still, held for as long as the cut wants"
    return "{}, lacks {}+{}".format(take["covers"], *take["lacks"])


def _export_text(body: Json) -> str:
    lines = [f"{body['out']}: {len(body['files'])} files"]
    if body["replaced"]:
        lines.append(f"replaced, as nobody had changed them: {', '.join(body['replaced'])}")
    if body["signed"]:
        lines.append(f"media signed as {body['signed']['name']}: {body['signed']['note']}")
    for pack in body["packs"]:
        lines.append(f"{pack['name']}: {len(pack['circled'])} shots with a circled take")
        if pack["uncircled"]:
            lines.append(f"without one: {', '.join(pack['uncircled'])}")
        lines += [f"note: {note}" for note in pack["notes"]]
    lines.append(
        "What now?  Open the .otio in the edit; `circletake timeline import CUT --pack DIR "
        f"--campaign {body['campaign']}` says which takes still cover a new cut."
    )
    return "\n".join(lines)
