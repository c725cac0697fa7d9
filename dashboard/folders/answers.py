"""Takes, verdicts and colours, laid beside the request that they answer."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers import Status, TakeRow
from benchmarks.client import Client
from benchmarks.commands.takes import is_circled
from benchmarks.packs.wording import printable
from benchmarks.remote.takes import fetched, named, row_of
from dashboard.folders import dropped, papers
from dashboard.folders.journal import Journal
from dashboard.folders.names import ANSWERS, PACK, SCHEMA, TAKES, VERDICTS
from router.afar import There
from router.domain.errors import BadInput
from router.files import yaml_file

Json = dict[str, Any]
PLATES = frozenset({"x.plate", "x.cleanplate", "capture.ocf"})
SPACES = ("working_space", "model_display", "model_view")
NO_PACK = (KeyError, TypeError, ValueError, AttributeError)  # of another form by now
MOST_BYTES, MOST_NODES = 8_000_000, 400_000
SCENE = frozenset({"image/x-exr"})  # every other take is a picture for a display


def lay(
    there: There,
    journal: Journal,
    status: Status,
    takes: Sequence[TakeRow],
    *,
    outcome: Mapping[str, Any] | None = None,
) -> Json:
    """Write takes/, answers.json and verdicts.json; gives what answers.json says.

    Everything that an application needs to put a take into its scene stands in answers.json, so
    that no script has to decide anything: above all which colour space a file is in.
    """
    folder, known = journal.folder, journal.read()
    colour, plates = _pack(folder, known["root"]) if "root" in known else (None, [])
    mine = {str(take["take"]) for take in takes}
    sheets = [s for s in Client(there.service).verdicts(status["campaign"]) if s["take"] in mine]
    lines = {sheet["take"]: sheet["lines"] for sheet in sheets}
    with dropped.held(folder) as own, dropped.below(own, TAKES) as out:
        laid = [_laid(there, take, out, journal.drafts) for take in takes]
    rows = [_row(row, take, colour, lines) for row, take in zip(laid, takes, strict=True)]
    body: Json = {
        "schema": SCHEMA,
        "server": there.service.server,
        "partner": status["partner"],
        "campaign": status["campaign"],
        "simulated": status["simulated"],
        "colour": colour,
        "plates": [row | {"path": _beside(known, row["path"])} for row in plates],
        "takes": rows,
        "open_must": sum(1 for row in rows if row["open_must"]),
        "refused": known.get("refused", []),
    }
    if outcome is not None:
        body["repair"] = dict(outcome)
    papers.write(folder / VERDICTS, {"takes": sheets})
    papers.write(folder / ANSWERS, body)
    return body


def _laid(there: There, take: TakeRow, out: int, drafts: Path) -> Json:
    """Lay a take's file, where it is not there yet; it arrives elsewhere, and is moved whole."""
    name = named(take, preview=False)
    kept = dropped.sha256(out, name)
    if kept is None or kept != take["sha256"]:
        drafts.mkdir(mode=0o700, exist_ok=True)
        kept = str(fetched(there, take, drafts, preview=False)["sha256"])
        with (drafts / name).open("rb") as draft:
            dropped.put(out, name, draft)
        (drafts / name).unlink()
    return row_of(take) | {"file": name, "sha256": kept, "bytes": dropped.size(out, name)}


def _row(
    row: Mapping[str, Any],
    take: TakeRow,
    colour: Mapping[str, Any] | None,
    lines: Mapping[str, list[Json]],
) -> Json:
    return dict(row) | {
        "file": f"{TAKES}/{row['file']}",
        "width": take["width"],
        "height": take["height"],
        "frames": take["frames"],
        "fps": take["fps"],
        "model": take["model_name"],
        "circled": is_circled(dict(row)),
        "lines": lines.get(str(take["take"]), []),
        **seen(take["mime"] or "", colour),
    }


def seen(mime: str, colour: Mapping[str, Any] | None) -> Json:
    """Say in which colour space a take is.

    A model's 8-bit answer is a picture for a display, as the pack's view showed the plate to it;
    it is never scene-linear, whatever the plate was.
    """
    if mime in SCENE:
        space = colour["working_space"] if colour else None
        return {"encoding": "scene_linear", "colour_space": space, "view": None}
    space = colour["model_display"] if colour else None
    view = colour["model_view"] if colour else None
    return {"encoding": "display", "colour_space": space, "view": view}


def _pack(folder: Path, root: str) -> tuple[Json | None, list[Json]]:
    """Read a pack's colours and plates; what cannot be read any more is not known."""
    try:
        with dropped.reached(folder, f"{root}/{PACK}") as file:
            data = file.read(MOST_BYTES)
        read = yaml_file.parse(data.decode("utf-8-sig"), PACK, max_nodes=MOST_NODES).data
        return dict(read["colour"]) | _spaces(read), _plates(read)
    except (BadInput, OSError, *NO_PACK):
        return None, []


def _spaces(read: Json) -> Json:
    return {name: str(read["colour"][name]) for name in SPACES}


def _plates(read: Json) -> list[Json]:
    return [
        {
            "shot": shot["id"],
            "path": str(one["path"]),
            "functional_type": one["functional_type"],
            "colour_space": one.get("colour_space"),
            "frame_range": one.get("frame_range"),
        }
        for shot in read["shots"]
        for one in shot.get("inputs", ())
        if one["functional_type"] in PLATES
    ]


def _beside(known: Mapping[str, Any], path: str) -> str:
    root = str(known.get("root", "."))
    return path if root == "." else f"{root}/{path}"


def listed(rows: Iterable[Json]) -> str:
    """Say in a line each how requests stand."""
    return "\n".join(
        f"{row['folder']:28} {printable(row['state']):12} {printable(row['words'])}" for row in rows
    )
