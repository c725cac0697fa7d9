"""Flow Production Tracking (ShotGrid) by its own client, where that is installed.

Tried against mockgun, the double that comes with that client, and against no real site: statuses,
uploads and rights of a site are its own. Nothing here relies on a field that a site must add.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.tracking import marks
from dashboard.tracking.nouns import (
    Attached,
    Board,
    Card,
    Entry,
    Listed,
    Remark,
    Shown,
    Standing,
    Turn,
    Version,
)
from router.domain.errors import BadInput, NotEntitled, UnknownName, Unreachable

Json = dict[str, Any]
MOVIE = "sg_uploaded_movie"
# The codes that sites are born with, best first; a site that lacks them says so before a write.
CODES: Mapping[Standing, tuple[str, ...]] = {
    Standing.REVIEW: ("rev",),
    Standing.CHANGES: ("vwd", "ip"),
    Standing.APPROVED: ("apr", "fin"),
    Standing.REJECTED: ("na", "rej"),
}
# `vwd` (viewed) and `na` are written for want of better ones, and mean less when people set them.
MEANT = {
    "rev": Standing.REVIEW, "apr": Standing.APPROVED, "fin": Standing.APPROVED,
    "ip": Standing.CHANGES, "chg": Standing.CHANGES, "rej": Standing.REJECTED,
}  # fmt: skip
OMITTED = "omt"
_VERSION = ("code", "description", "entity", "sg_task", "sg_status_list", "created_at",
            "created_by", "updated_at", "updated_by", MOVIE)  # fmt: skip
_NOTE = ("content", "note_links", "tasks", "created_at", "created_by")


def client(site: str, script: str, key: str) -> Any:
    """Connect to a site as a script.

    Raises:
        BadInput: the client of Flow is not installed.
    """
    try:
        api = import_module("shotgun_api3")
    except ModuleNotFoundError as error:
        expected = "`pip install shotgun_api3`: it is not part of this installation"
        raise BadInput(field="--tracker", found="no shotgun_api3", expected=expected) from error
    made = api.Shotgun(site, script_name=script, api_key=key, connect=False)
    made.config.max_rpc_attempts = 1  # it would send a write again whose answer was lost
    made.config.timeout_secs = 120
    return made


class Flow:
    """One Flow site; `speaks` is its client, `task` the name of the task that takes stand on."""

    name = "flow"

    def __init__(self, site: str, speaks: Any, *, task: str) -> None:
        """Use a client that `client` made, or a double of it."""
        self._site, self._sg, self._task = site.rstrip("/"), speaks, task

    def board(self, project: str) -> Board:
        """Read a project; see the port."""
        with self._told():
            self._code(Standing.REVIEW)
            mine = self._project(project)
            of = ["project", "is", mine]
            shots = self._find("Shot", [of], ("code", "sg_sequence", "sg_status_list"))
            found = self._find("Task", [of, ["content", "is", self._task]], ("entity",))
            tasks = {t["entity"]["id"]: t["id"] for t in reversed(found) if t["entity"]}
            versions = [
                v for v in self._find("Version", [of], _VERSION) if v["entity"] and v["sg_task"]
                and tasks.get(v["entity"]["id"]) == v["sg_task"]["id"]
            ]  # fmt: skip
            notes = self._find("Note", [of], _NOTE)
            entries = [*self._versions(versions), *_notes(notes, versions, tasks)]
        return Board(
            place=f"flow {self._site} {mine['id']}",
            project=str(mine["id"]),
            shots=tuple(_listed(shot, tasks) for shot in shots),
            entries=tuple(sorted(entries, key=lambda e: e.at)),
            turns=tuple(sorted(_turns(versions), key=lambda t: t.at)),
        )

    def close(self) -> None:
        """Close the connection."""
        self._sg.close()

    def make_shot(self, project: str, card: Card) -> str:
        """Make a shot; its code is the whole name, as sites have it."""
        mine = _link("Project", project)
        first, last = card.frames or (None, None)
        with self._told():
            named = [["project", "is", mine], ["code", "is", card.sequence]]
            sequence = self._sg.find_one("Sequence", named) or self._sg.create(
                "Sequence", {"project": mine, "code": card.sequence}
            )
            row = {
                "project": mine,
                "code": card.shot,
                "sg_sequence": _link("Sequence", sequence["id"]),
                "description": marks.quiet(card.description),
                "sg_cut_in": first,
                "sg_cut_out": last,
                "sg_cut_duration": card.count,
            }
            made = self._sg.create("Shot", row)
        return str(made["id"])

    def make_task(self, project: str, shot: str) -> str:
        """Make the task of takes."""
        row = {"project": _link("Project", project), "entity": _link("Shot", shot),
               "content": self._task}  # fmt: skip
        with self._told():
            return str(self._sg.create("Task", row)["id"])

    def add_version(self, shot: str, task: str, version: Version) -> str:
        """Add a Version that asks for a review."""
        with self._told():
            row = {
                "project": self._project_of(shot),
                "entity": _link("Shot", shot),
                "sg_task": _link("Task", task),
                "code": version.name,
                "description": version.text,
                "sg_status_list": self._code(Standing.REVIEW),
            }
            return f"Version:{self._sg.create('Version', row)['id']}"

    def show(self, task: str, entry: str, name: str, data: bytes) -> None:  # noqa: ARG002 - the port's
        """Upload what people look at."""
        kind, id_ = _parts(entry)
        with self._told(), _on_disk(name, data) as path:
            self._sg.upload(kind, id_, path, field_name=MOVIE, display_name=name)

    def attach(self, task: str, entry: str, name: str, data: bytes) -> str:  # noqa: ARG002
        """Attach a file to a Version."""
        kind, id_ = _parts(entry)
        with self._told(), _on_disk(name, data) as path:
            return str(self._sg.upload(kind, id_, path, display_name=name))

    def attached(self, file: str) -> bytes:
        """Read an attachment back."""
        with self._told():
            return bytes(self._sg.download_attachment(attachment_id=int(file)))

    def say(self, shot: str, task: str, entry: str | None, remark: Remark) -> str:
        """Write a Note; the status of the Version is set first, for setting it twice is once."""
        with self._told():
            if remark.standing is not None and entry is not None:
                kind, id_ = _parts(entry)
                self._sg.update(kind, id_, {"sg_status_list": self._code(remark.standing)})
            on = dict(zip(("type", "id"), _parts(entry), strict=True)) if entry else None
            row = {
                "project": self._project_of(shot),
                "subject": remark.text.partition("\n")[0][:120],
                "content": remark.text,
                "note_links": [on or _link("Shot", shot)],
                "tasks": [_link("Task", task)],
            }
            return f"Note:{self._sg.create('Note', row)['id']}"

    def _find(self, kind: str, filters: list[Any], fields: Sequence[str]) -> list[Json]:
        return sorted(self._sg.find(kind, filters, list(fields)), key=lambda row: int(row["id"]))

    def _project(self, name: str) -> Json:
        every = self._find("Project", [], ("name",))
        same = [p for p in every if p["name"].lower() == name.lower()]
        if len(same) != 1:
            raise UnknownName("--project", name, [p["name"] for p in every])
        return _link("Project", same[0]["id"])

    def _project_of(self, shot: str) -> Json:
        found = self._sg.find_one("Shot", [["id", "is", int(shot)]], ["project"])
        return _link("Project", found["project"]["id"])

    def _code(self, standing: Standing) -> str:
        """Find a code that the site has; sites take illegal ones without a word."""
        field = self._sg.schema_field_read("Version", "sg_status_list")["sg_status_list"]
        known = [str(v) for v in field["properties"]["valid_values"]["value"]]
        for code in CODES[standing]:
            if code in known:
                return code
        raise UnknownName("status of Version", CODES[standing][0], known)

    def _versions(self, rows: Sequence[Json]) -> Iterator[Entry]:
        for row in rows:
            mark = marks.found(row["description"])
            yield Entry(
                id=f"Version:{row['id']}",
                shot=str(row["entity"]["id"]),
                text=row["description"] or "",
                at=_time(row["created_at"]),
                by=_name(row["created_by"]),
                role="",
                mark=mark,
                files=self._files(row["id"]) if mark else (),
                shown=Shown.YES if row[MOVIE] else Shown.NO,
            )

    def _files(self, version: int) -> tuple[Attached, ...]:
        on = ["attachment_links", "is", _link("Version", version)]
        rows = self._find("Attachment", [on], ("filename", "file_size"))
        return tuple(
            Attached(id=str(r["id"]), name=r["filename"] or "", size=r["file_size"] or 0)
            for r in rows
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what went wrong in the words of the house."""
        api = import_module("shotgun_api3")
        host = urlsplit(self._site).hostname or self._site
        try:
            yield
        except api.AuthenticationFault as error:
            expected = "the name and key of a script that may write to this project"
            raise NotEntitled(field=host, found=str(error), expected=expected) from error
        except api.ProtocolError as error:
            raise _silent(host, f"HTTP {error.errcode}") from error
        except api.ShotgunError as error:
            raise BadInput(
                field=host, found=str(error), expected="something that this site takes"
            ) from error
        except OSError as error:
            raise _silent(host, type(error).__name__) from error


def _silent(host: str, found: str) -> Unreachable:
    expected = "an answer; run the same command again: what is there is not written twice"
    return Unreachable(field=host, found=found, expected=expected)


@contextmanager
def _on_disk(name: str, data: bytes) -> Iterator[str]:
    """Lay bytes down under their name, for a client that reads files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield str(path)


def _listed(shot: Json, tasks: Mapping[int, int]) -> Listed:
    sequence = shot["sg_sequence"]
    task = tasks.get(shot["id"])
    return Listed(
        id=str(shot["id"]),
        sequence=sequence.get("name") if sequence else None,
        name=shot["code"] or "",
        task=str(task) if task else None,
        omitted=shot["sg_status_list"] == OMITTED,
    )


def _notes(
    rows: Sequence[Json], versions: Sequence[Json], tasks: Mapping[int, int]
) -> Iterator[Entry]:
    """Give the notes on our shots' task or on its versions."""
    shot_of_task = {task: shot for shot, task in tasks.items()}
    shot_of_version = {v["id"]: v["entity"]["id"] for v in versions}
    for row in rows:
        links = row["note_links"] or []
        on = next((x["id"] for x in links if x["type"] == "Version"), None)
        at = [shot_of_task.get(x["id"]) for x in row["tasks"] or []]
        at += [x["id"] for x in links if x["type"] == "Shot" and x["id"] in tasks]
        shot = shot_of_version.get(on) or next((one for one in at if one), None)
        if shot is not None:
            yield Entry(
                id=f"Note:{row['id']}",
                shot=str(shot),
                text=row["content"] or "",
                at=_time(row["created_at"]),
                by=_name(row["created_by"]),
                role="",
                mark=marks.found(row["content"]),
                about=f"Version:{on}" if on in shot_of_version else None,
            )


def _turns(versions: Sequence[Json]) -> Iterator[Turn]:
    """Give the statuses that people, and no scripts, left on versions of ours."""
    for row in versions:
        by = row["updated_by"]
        if marks.found(row["description"]) and by and by["type"] == "HumanUser":
            yield Turn(
                shot=str(row["entity"]["id"]),
                entry=f"Version:{row['id']}",
                standing=MEANT.get(row["sg_status_list"] or "", Standing.OTHER),
                word=row["sg_status_list"] or "",
                by=_name(by),
                role="",
                at=_time(row["updated_at"] or row["created_at"]),
            )


def _link(kind: str, id_: object) -> Json:
    return {"type": kind, "id": int(str(id_))}


def _parts(entry: str) -> tuple[str, int]:
    kind, _, id_ = entry.partition(":")
    return kind, int(id_)


def _name(person: Json | None) -> str:
    return str((person or {}).get("name") or "unknown")


def _time(value: datetime) -> datetime:
    return value.astimezone(UTC)
