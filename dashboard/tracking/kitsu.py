"""Kitsu (zou) by its own client, gazu. Tried against a real server, zou 1.0.97.

Seen there: a comment takes attachments of the same name twice without a word, a preview record may
stay empty for ever, times have whole seconds, and pictures are written anew (attachments are not).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import gazu
import requests
from gazu import exception as wrong
from requests.adapters import HTTPAdapter

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
TIMEOUT_S = (10, 120)  # to connect, and between two pieces of an answer
# The names that Kitsu ships its statuses under, best first.
WORDS: Mapping[Standing, tuple[str, ...]] = {
    Standing.REVIEW: ("wfa",),
    Standing.CHANGES: ("retake",),
    Standing.APPROVED: ("approved", "done"),
    Standing.REJECTED: ("rejected",),
}
_DENIED = (wrong.AuthFailedException, wrong.NotAuthenticatedException, wrong.NotAllowedException)
_REFUSED = (
    wrong.ParameterException,
    wrong.ValidationException,
    wrong.MethodNotAllowedException,
    wrong.TooBigFileException,
    wrong.UploadFailedException,
    wrong.RouteNotFoundException,
)


class Kitsu:
    """One Kitsu site, as one account; the task of takes is of the type `task_type`."""

    name = "kitsu"

    def __init__(self, site: str, token: str, *, task_type: str) -> None:
        """Reach a site.

        Raises:
            Unreachable: nobody answers there.
            NotEntitled: the token opens nothing.
            BadInput: what answers is no Kitsu.
        """
        self._client = gazu.client.create_client(_api(site), access_token=token)
        _bounded(self._client.session)
        self._site = site.rstrip("/")
        self._type_name = task_type
        with _told(self._site):
            try:
                self._statuses: list[Json] = gazu.task.all_task_statuses(client=self._client)
            except wrong.ValidationException as error:  # what zou answers to a token that is none
                raise _denied(self._site, "come in with this token") from error

    def board(self, project: str) -> Board:
        """Read a project; see the port."""
        with _told(self._site):
            found = self._project(project)
            self._status(Standing.REVIEW)
            shots = gazu.shot.all_shots_for_project(found, client=self._client)
            sequences = gazu.shot.all_sequences_for_project(found, client=self._client)
            tasks = self._tasks(found)
            said = {
                task["id"]: self._comments(task["id"])
                for task in tasks.values()
                if task["last_comment_date"]
            }
        names = {one["id"]: one["name"] for one in sequences}
        entries = [e for s, t in tasks.items() for e in _entries(s, said.get(t["id"], ()))]
        turns = [turn for s, t in tasks.items() for turn in self._turns(s, said.get(t["id"], ()))]
        return Board(
            place=f"kitsu {self._site} {found['id']}",
            project=found["id"],
            shots=tuple(_listed(shot, names, tasks) for shot in shots),
            entries=tuple(sorted(entries, key=lambda e: e.at)),
            turns=tuple(sorted(turns, key=lambda t: t.at)),
        )

    def close(self) -> None:
        """Close the session."""
        self._client.session.close()

    def make_shot(self, project: str, card: Card) -> str:
        """Make a shot; zou gives back the one that bears the name already."""
        with _told(self._site):
            sequence = gazu.shot.new_sequence(project, card.sequence, client=self._client)
            first, last = card.frames or (None, None)
            made = gazu.shot.new_shot(
                project,
                sequence,
                card.name,
                nb_frames=card.count,
                frame_in=first,
                frame_out=last,
                description=marks.quiet(card.description),
                data={"circletake": card.shot, "fps": f"{card.fps:g}"},
                client=self._client,
            )
        return str(made["id"])

    def make_task(self, project: str, shot: str) -> str:
        """Make the task of takes; its type joins the project where it is not in it yet."""
        with _told(self._site):
            kind = self._type()
            known = gazu.project.get_project(project, client=self._client)
            if kind["id"] not in known.get("task_types", ()):
                gazu.project.add_task_type(project, kind, 100, client=self._client)
            made = gazu.task.new_task(
                {"id": shot, "project_id": project}, kind, client=self._client
            )
        return str(made["id"])

    def add_version(self, shot: str, task: str, version: Version) -> str:  # noqa: ARG002 - the port's
        """Add the comment that a revision stands on."""
        return self._comment(task, version.text, self._status(Standing.REVIEW)["id"])

    def show(self, task: str, entry: str, name: str, data: bytes) -> None:
        """Upload the preview; a record that stayed empty is filled, not doubled."""
        with _told(self._site):
            comment = next((c for c in self._comments(task) if c["id"] == entry), None)
            empty = [p for p in (comment or {}).get("previews", ()) if _shown(p) is not Shown.YES]
            place = empty[0] if empty else gazu.task.create_preview(
                task, entry, client=self._client
            )  # fmt: skip
            path = f"pictures/preview-files/{place['id']}"
            files = {"file": (name, data)}
            answer = gazu.client.upload(path, files=files, client=self._client)
        if answer.get("status") == "broken":
            expected = "a server that can read it; movies need ffmpeg there"
            raise BadInput(field=name, found="Kitsu could not process it", expected=expected)

    def attach(self, task: str, entry: str, name: str, data: bytes) -> str:
        """Attach a file to a comment; its bytes stay as they are."""
        path = f"actions/tasks/{task}/comments/{entry}/add-attachment"
        with _told(self._site):
            made = gazu.client.upload(path, files={"file": (name, data)}, client=self._client)
        return f"{made[0]['id']}/{name}"

    def attached(self, file: str) -> bytes:
        """Read an attachment back."""
        id_, _, name = file.partition("/")
        path = f"data/attachment-files/{id_}/file/{quote(name)}"
        with _told(self._site):
            return _bytes(self._client, path)

    def say(self, shot: str, task: str, entry: str | None, remark: Remark) -> str:  # noqa: ARG002
        """Comment on the task; without a standing its status stays what it is."""
        if remark.standing is not None:
            return self._comment(task, remark.text, self._status(remark.standing)["id"])
        with _told(self._site):
            now = gazu.task.get_task(task, client=self._client)["task_status_id"]
        return self._comment(task, remark.text, now)

    def _comment(self, task: str, text: str, status: str) -> str:
        with _told(self._site):
            made = gazu.task.add_comment(task, status, comment=text, client=self._client)
        return str(made["id"])

    def _comments(self, task: str) -> list[Json]:
        return list(gazu.task.all_comments_for_task(task, client=self._client))

    def _project(self, name: str) -> Json:
        every = gazu.project.all_open_projects(client=self._client)
        same = [p for p in every if p["name"].lower() == name.lower()]
        if len(same) != 1:
            raise UnknownName("--project", name, [p["name"] for p in every])
        return dict(same[0])

    def _type(self) -> Json:
        """Find the type of our task; making one takes an administrator, which a bot is not."""
        every = gazu.task.all_task_types(client=self._client)
        fit = [t for t in every if t["name"] == self._type_name and t["for_entity"] == "Shot"]
        if not fit:
            known = [t["name"] for t in every if t["for_entity"] == "Shot"]
            hint = f"an administrator adds {self._type_name} for shots under Task Types"
            raise UnknownName("--task", self._type_name, known, hint=hint)
        return dict(fit[0])

    def _tasks(self, project: Json) -> dict[str, Json]:
        """Give shot → the oldest of its tasks of our type."""
        kind = self._type()
        every = gazu.task.all_tasks_for_project(project, task_type=kind, client=self._client)
        ours = [t for t in every if t["task_type_id"] == kind["id"]]
        return {t["entity_id"]: t for t in sorted(ours, key=_made, reverse=True)}

    def _status(self, standing: Standing) -> Json:
        for word in WORDS[standing]:
            for status in self._statuses:
                if status["short_name"] == word:
                    return status
        known = [str(s["short_name"]) for s in self._statuses]
        hint = f"Kitsu needs a task status with the short name {' or '.join(WORDS[standing])}"
        raise UnknownName("task status", WORDS[standing][0], known, hint=hint)

    def _turns(self, shot: str, comments: Sequence[Json]) -> Iterator[Turn]:
        """Give the statuses that people set; a comment of ours sets none that count."""
        before = None
        for comment in sorted(comments, key=_made):
            status = comment["task_status"]
            changed = before is not None and status["id"] != before
            before = status["id"]
            if changed and marks.found(comment["text"]) is None:
                person = comment.get("person") or {}
                yield Turn(
                    shot=shot,
                    entry=None,
                    standing=self._standing(status["id"]),
                    word=status["name"],
                    by=person.get("full_name") or "unknown",
                    role=person.get("role") or "",
                    at=_time(comment["created_at"]),
                )

    def _standing(self, status: str) -> Standing:
        found = next((s for s in self._statuses if s["id"] == status), {})
        for standing, words in WORDS.items():
            if found.get("short_name") in words:
                return standing
        flags = {
            "is_done": Standing.APPROVED,
            "is_retake": Standing.CHANGES,
            "is_feedback_request": Standing.REVIEW,
        }
        return next((s for flag, s in flags.items() if found.get(flag)), Standing.OTHER)


def _api(site: str) -> str:
    """Give the address of the API: of a site, or the one that was named itself."""
    seen = ""
    for url in (f"{site.rstrip('/')}/api", site.rstrip("/")):
        try:
            answer = requests.get(f"{url}/", timeout=TIMEOUT_S)
            seen = f"HTTP {answer.status_code}"
            if answer.json().get("api") == "Zou":
                return url
        except requests.RequestException as error:
            if isinstance(error, requests.exceptions.JSONDecodeError):
                continue
            raise _silent(site, type(error).__name__) from error
        if answer.status_code >= 500:
            raise _silent(site, seen)
    raise BadInput(field="--site", found=f"{_host(site)}: {seen}", expected="the URL of a Kitsu")


def _bounded(session: requests.Session) -> None:
    """Let no call wait for ever, and no answer of a server that breaks pass for data."""

    def sound(answer: requests.Response, **_: Any) -> None:
        if answer.status_code >= 500 or answer.status_code == 429:
            answer.close()
            raise wrong.ServerErrorException(urlsplit(answer.url).path)

    class Patient(HTTPAdapter):
        def send(self, *words: Any, **named: Any) -> requests.Response:
            return super().send(*words, **{**named, "timeout": TIMEOUT_S})

    for scheme in ("https://", "http://"):
        session.mount(scheme, Patient())
    session.hooks["response"] = [sound]


def _bytes(client: Any, path: str) -> bytes:
    answer = client.session.get(
        gazu.client.get_full_url(path, client=client), headers=client.make_auth_header()
    )
    gazu.client.check_status(answer, path, client=client)
    return bytes(answer.content)


@contextmanager
def _told(site: str) -> Iterator[None]:
    """Tell what went wrong in the words of the house."""
    try:
        yield
    except wrong.ServerErrorException as error:
        raise _silent(site, f"a server error at {error}") from error
    except requests.RequestException as error:
        raise _silent(site, type(error).__name__) from error
    except _DENIED as error:
        raise _denied(site, str(error)) from error
    except _REFUSED as error:
        expected = "something that this Kitsu takes"
        raise BadInput(field=_host(site), found=str(error), expected=expected) from error


def _silent(site: str, found: str) -> Unreachable:
    expected = "an answer; run the same command again: what is there is not written twice"
    return Unreachable(field=_host(site), found=found, expected=expected)


def _denied(site: str, what: str = "") -> NotEntitled:
    expected = "the token of a bot whose role is manager or higher, still valid"
    return NotEntitled(
        field=_host(site), found=f"the account may not {what}".strip(), expected=expected
    )


def _host(site: str) -> str:
    return urlsplit(site).hostname or site


def _listed(shot: Json, names: Mapping[str, str], tasks: Mapping[str, Json]) -> Listed:
    task = tasks.get(shot["id"])
    ours = (shot.get("data") or {}).get("circletake")
    return Listed(
        id=shot["id"],
        sequence=names.get(shot["parent_id"]),
        name=shot["name"],
        shot=ours if isinstance(ours, str) else None,
        task=task["id"] if task else None,
        omitted=bool(shot.get("canceled")),
    )


def _entries(shot: str, comments: Sequence[Json]) -> Iterator[Entry]:
    for comment in reversed(comments):  # they come newest first, in whole seconds
        yield Entry(
            id=comment["id"],
            shot=shot,
            text=comment["text"] or "",
            at=_time(comment["created_at"]),
            by=_person(comment),
            role=_role(comment),
            mark=marks.found(comment["text"]),
            files=tuple(_files(comment)),
            shown=_best(comment.get("previews", ())),
        )
        for reply in comment.get("replies") or ():
            yield Entry(
                id=reply["id"],
                shot=shot,
                text=reply["text"] or "",
                at=_time(reply["date"]),
                by=_person(reply),
                role=_role(reply),
                about=comment["id"],
            )


def _files(comment: Json) -> Iterator[Attached]:
    for file in comment.get("attachment_files", ()):
        if not file.get("reply_id"):
            yield Attached(
                id=f"{file['id']}/{file['name']}", name=file["name"], size=int(file["size"])
            )


def _best(previews: Any) -> Shown:
    states = {_shown(preview) for preview in previews}
    return next((s for s in (Shown.YES, Shown.EMPTY) if s in states), Shown.NO)


def _shown(preview: Json) -> Shown:
    """A record whose picture never came has no file's name; one that broke is shown to nobody."""
    came = preview.get("original_name") is not None and preview.get("status") != "broken"
    return Shown.YES if came else Shown.EMPTY


def _person(said: Json) -> str:
    return str((said.get("person") or {}).get("full_name") or "unknown")


def _role(said: Json) -> str:
    return str((said.get("person") or {}).get("role") or "")


def _made(one: Json) -> str:
    return str(one["created_at"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
