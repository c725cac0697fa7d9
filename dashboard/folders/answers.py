"""Takes, verdicts and colours, laid beside the request that they answer."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers import Status, TakeRow
from benchmarks.client import Client
from benchmarks.commands.takes import is_circled
from benchmarks.remote.takes import fetched
from dashboard.folders import papers
from dashboard.folders.names import ANSWERS, PACK, SCHEMA, TAKES, VERDICTS
from router.afar import There
from router.domain.mistake import BadFile
from router.files import yaml_file

Json = dict[str, Any]
PLATES = frozenset({"x.plate", "x.cleanplate", "capture.ocf"})
SCENE = frozenset({"image/x-exr"})  # every other take is a picture for a display


def lay(
    there: There,
    folder: Path,
    status: Status,
    takes: Sequence[TakeRow],
    known: Mapping[str, Any],
    *,
    outcome: Mapping[str, Any] | None = None,
) -> Json:
    """Write takes/, answers.json and verdicts.json; gives what answers.json says.

    Everything that an application needs to put a take into its scene stands in answers.json, so
    that no script has to decide anything: above all which colour space a file is in.
    """
    out = folder / TAKES
    out.mkdir(exist_ok=True)
    root = folder / known["root"] if "root" in known else None
    colour, plates = _pack(root) if root else (None, [])
    mine = {str(take["take"]) for take in takes}
    sheets = [s for s in Client(there.service).verdicts(status["campaign"]) if s["take"] in mine]
    lines = {sheet["take"]: sheet["lines"] for sheet in sheets}
    rows = [_row(there, take, out, colour, lines) for take in takes]
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


def _row(
    there: There,
    take: TakeRow,
    out: Path,
    colour: Mapping[str, Any] | None,
    lines: Mapping[str, list[Json]],
) -> Json:
    row = fetched(there, take, out, preview=False)
    return row | {
        "file": f"{TAKES}/{row['file']}",
        "width": take["width"],
        "height": take["height"],
        "frames": take["frames"],
        "fps": take["fps"],
        "model": take["model_name"],
        "circled": is_circled(row),
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


def _pack(root: Path) -> tuple[Json | None, list[Json]]:
    """Read a pack's colours and plates; what cannot be read any more is not known."""
    try:
        data = yaml_file.read(root / PACK, max_bytes=8_000_000, max_nodes=400_000).data
    except BadFile:
        return None, []
    rows = [
        {
            "shot": shot["id"],
            "path": one["path"],
            "functional_type": one["functional_type"],
            "colour_space": one.get("colour_space"),
            "frame_range": one.get("frame_range"),
        }
        for shot in data["shots"]
        for one in shot.get("inputs", ())
        if one["functional_type"] in PLATES
    ]
    return dict(data["colour"]), rows


def _beside(known: Mapping[str, Any], path: str) -> str:
    root = str(known.get("root", "."))
    return path if root == "." else f"{root}/{path}"


def listed(rows: Iterable[Json]) -> str:
    """Say in a line each how requests stand."""
    return "\n".join(f"{row['folder']:28} {row['state']:12} {row['words']}" for row in rows)
