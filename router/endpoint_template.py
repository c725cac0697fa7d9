"""Request templates of self-hosted endpoints: `endpoints/*.yaml`, read strictly.

An open-weight model has no wire of its own: each container reads other JSON. A template says where
our roles and parameters go in it, and where the media stand in the answer.
"""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from router.attempts.still import MAGIC, useless
from router.domain.mistake import BadFile, Mistake
from router.domain.model import Model
from router.domain.request import JsonScalar
from router.files.form import filled
from router.files.yaml_file import Document, read
from router.ports import Call, Setback

FOLDER = Path(__file__).with_name("endpoints")
LIST = "[]"

Place = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*(\[\])?$", max_length=200)
]
Route = Annotated[str, StringConstraints(pattern=r"^[\w-]+(\.[\w-]+)*$", max_length=200)]
Word = Literal["prompt", "negative", "seed", "aspect", "resolution", "seconds"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Said(_Form):
    to: Place
    values: dict[str, str | int | float] = {}
    times: int = Field(1, ge=1)
    plus: int = 0


class _Answer(_Form):
    form: Literal["json", "bytes"]
    makes: Literal["image", "video"]
    field: Route | None = None
    seed: Route | None = None
    filtered: Route | None = None


class _File(_Form):
    schema_: Literal["endpoint/1"] = Field(alias="schema")
    about: str = Field(min_length=3, max_length=200)
    always: dict[Place, str | int | float | bool] = {}
    fields: dict[Word, _Said]
    parameters: dict[str, Place] = {}
    pictures: dict[str, Place] = {}
    picture_form: Literal["base64", "data_uri"] = "base64"
    answer: _Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Where one word of a request goes, and what becomes of it on the way."""

    to: str
    values: Mapping[str, JsonScalar]  # ours: theirs; empty = as it is
    times: int
    plus: int

    def of(self, value: JsonScalar) -> JsonScalar:
        """Translate a value; raises KeyError where the template has no word for it."""
        if self.values:
            return self.values[str(value)]
        if isinstance(value, int) and (self.times, self.plus) != (1, 0):
            return value * self.times + self.plus
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How the container of one kind of endpoint is spoken to."""

    name: str
    about: str
    always: Mapping[str, JsonScalar]
    fields: Mapping[str, Said]
    parameters: Mapping[str, str]
    pictures: Mapping[str, str]  # role → place
    picture_form: str  # base64 | data_uri
    form: str  # of the answer: json | bytes
    makes: str  # image | video
    field: str | None  # of the media, in an answer of JSON
    seed: str | None
    filtered: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What an answer holds."""

    data: bytes
    mime: str
    seed: int | None  # None = the answer does not say


def load(folder: Path | None = None) -> Mapping[str, Template]:
    """Read every template: name of the file → template.

    Raises:
        BadFile: with every mistake of every file, each with its line.
    """
    found, mistakes = dict[str, Template](), list[Mistake]()
    for path in sorted((folder or FOLDER).glob("*.yaml")):
        try:
            found[path.stem] = _template(path)
        except BadFile as error:
            mistakes.extend(error.mistakes)
    if mistakes:
        raise BadFile(mistakes)
    return found


def lacks(template: Template, model: Model) -> tuple[str, ...]:
    """Name what a catalogue row lets a request say and this template cannot pass on."""
    limits = model.limits
    offered = {
        "prompt": bool(limits.prompt_chars),
        "negative": bool(limits.negative_chars),
        "seed": limits.seed_max is not None,
        "aspect": len(limits.aspects) > 1,  # the only one need not be said
        "resolution": len(limits.resolutions) > 1,
        "seconds": len(limits.seconds) > 1,
    }
    missing = [word for word, is_offered in offered.items() if is_offered]
    missing = [word for word in missing if word not in template.fields]
    missing += [role for role in model.references if role not in template.pictures]
    missing += [p.name for p in model.parameters if p.name not in template.parameters]
    for word, known in (("aspect", limits.aspects), ("resolution", limits.resolutions)):
        values = template.fields[word].values if word in template.fields else {}
        missing += [f"{word} {value}" for value in known if values and value not in values]
    return tuple(missing)


def body(template: Template, call: Call, seed: int | None) -> dict[str, Any]:
    """Write the JSON that the container reads."""
    request = call.request
    words: Mapping[str, JsonScalar | None] = {
        "prompt": request.prompt or None,
        "negative": request.negative or None,
        "seed": seed,
        "aspect": request.aspect,
        "resolution": request.resolution,
        "seconds": request.seconds,
    }
    said = dict[str, Any]()
    for place, value in template.always.items():
        _put(said, place, value)
    for word, where in template.fields.items():
        asked = words[word]
        if asked is not None:
            _put(said, where.to, where.of(asked))
    for name, value in request.parameters:
        _put(said, template.parameters[name], value)
    given = {one.role: one.media.mime for one in request.inputs}
    for role, place in template.pictures.items():
        if role in given:
            _put(said, place, _written(template, call.pictures[role], given[role]))
    return said


def media_of(template: Template, data: bytes) -> Media | Setback:
    """Read an answer: its media, or what is wrong with it."""
    if template.form == "bytes":
        return _known(template, data, None)
    try:
        answer = json.loads(data)
    except ValueError:
        return useless("not_json", f"{len(data)} bytes that are not JSON")
    if template.filtered and _at(answer, template.filtered):
        reason = "a filter of the endpoint kept the picture back"
        return Setback(kind="refused", code="filtered", reason=reason)
    used = _at(answer, template.seed) if template.seed else None
    if used is not None and (isinstance(used, bool) or not isinstance(used, int)):
        return useless("bad_seed", f"the seed {used!r}: the take could not be made again")
    media = _decoded(_at(answer, template.field or ""))
    return media if isinstance(media, Setback) else _known(template, media, used)


def _decoded(text: Any) -> bytes | Setback:
    """Read base64, with or without the head of a data URI."""
    if not isinstance(text, str):
        return useless("no_media", "nothing where the media should be")
    try:
        return base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return useless("bad_base64", "media whose base64 is not whole")


def _template(path: Path) -> Template:
    document = read(path)
    parsed = filled(_File, document, document.data)
    mistakes = [*_sense(document, parsed)]
    if mistakes:
        raise BadFile(mistakes)
    answer = parsed.answer
    return Template(
        name=path.stem,
        about=parsed.about,
        always=parsed.always,
        fields={word: Said(**said.model_dump()) for word, said in parsed.fields.items()},
        parameters=parsed.parameters,
        pictures=parsed.pictures,
        picture_form=parsed.picture_form,
        form=answer.form,
        makes=answer.makes,
        field=answer.field,
        seed=answer.seed,
        filtered=answer.filtered,
    )


def _sense(document: Document, parsed: _File) -> Iterator[Mistake]:
    """Find what a template says that cannot be meant."""
    answer = parsed.answer
    if answer.form == "json" and answer.field is None:
        expected = "the place of the media in the JSON"
        yield document.mistake("answer.field", found="nothing", expected=expected, code="missing")
    for name in ("field", "seed", "filtered"):
        if answer.form == "bytes" and getattr(answer, name) is not None:
            expected = "nothing: an answer of bytes is the media itself"
            found = getattr(answer, name)
            yield document.mistake(f"answer.{name}", found=found, expected=expected, code="no_json")
    places = dict(_places(parsed))
    counts = Counter(places.values())
    for field, place in places.items():
        if counts[place] > 1 and not place.endswith(LIST):
            expected = "a place that nothing else goes to"
            yield document.mistake(field, found=place, expected=expected, code="duplicate")
        holder = next((other for other in counts if place.startswith(f"{other}.")), None)
        if holder:
            expected = f"a place outside {holder}, which holds a value already"
            yield document.mistake(field, found=place, expected=expected, code="occupied")


def _places(parsed: _File) -> Iterator[tuple[str, str]]:
    for place in parsed.always:
        yield f"always.{place}", place
    for word, said in parsed.fields.items():
        yield f"fields.{word}.to", said.to
    for group in ("parameters", "pictures"):
        for name, place in getattr(parsed, group).items():
            yield f"{group}.{name}", place


def _put(said: dict[str, Any], place: str, value: Any) -> None:
    *outer, last = place.removesuffix(LIST).split(".")
    for name in outer:
        said = said.setdefault(name, {})
    if place.endswith(LIST):
        said.setdefault(last, []).append(value)
    else:
        said[last] = value


def _at(answer: Any, path: str) -> Any:
    """Give what stands at a path; None where nothing does."""
    for part in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer


def _written(template: Template, data: bytes, mime: str) -> str:
    text = base64.b64encode(data).decode("ascii")
    return f"data:{mime};base64,{text}" if template.picture_form == "data_uri" else text


def _known(template: Template, data: bytes, seed: int | None) -> Media | Setback:
    mime = _mime(data)
    if mime is None or not mime.startswith(template.makes):
        code = "not_a_film" if template.makes == "video" else "not_a_picture"
        return useless(code, f"{len(data)} bytes that are no {template.makes} known here")
    return Media(data=data, mime=mime, seed=seed)


def _mime(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return "video/mp4"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for magic, mime in MAGIC if data.startswith(magic)), None)
