"""What a request asks for: read from request.json, every mistake at once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.packs.content import Trouble, located
from dashboard.folders import dropped
from dashboard.folders.names import PACK, REQUEST, SCHEMA
from router.domain.mistake import BadFile, Mistake
from router.files import yaml_file
from router.files.yaml_file import Document

MOST_BYTES = 2_000_000
NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")  # of a field; what else stands there may be anything
UNNAMED = "a field of another form"
KINDS = {
    str: "text", int: "a number", float: "a number", bool: "true or false", dict: "fields",
    list: "a list", type(None): "nothing",
}  # fmt: skip
Word = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]


def _take(said: str) -> str:
    """Hold a take's id: whatever else stands there could name another address of the service."""
    if not re.fullmatch(r"[0-9a-f]{32}", said):
        raise ValueError("text|the id of a take: 32 of 0-9 and a-f, as answers.json names it")
    return said


TakeId = Annotated[str, AfterValidator(_take)]
Place = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,200}$")]  # `_files` keeps it inside


class Entering(BaseModel):
    """Text that enters: a field that does not stand here is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Handed(Entering):
    """A file as it was when it was written; says whether it has arrived whole."""

    path: Place
    bytes: int = Field(ge=1)


class Line(Entering):
    """One thing that the shot's director demands."""

    criterion: str = Field(min_length=8, max_length=400)
    kind: Literal[
        "identity", "wardrobe", "composition", "camera", "lighting", "colour", "action",
        "artefact", "continuity", "technical", "untouched_region",
    ]  # fmt: skip
    must: bool = True


class Figure(Entering):
    """Who or what must stay itself."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
    name: Word
    kind: Literal["creature", "object", "drawn"] = Field(
        description="a person needs consent, and so a pack"
    )
    description: Text | None = None
    references: list[Place] = Field(min_length=1, max_length=40)


class Rights(Entering):
    """What only the studio can say."""

    owner: Word
    inputs_cleared: bool


class ShortShot(Entering):
    """One shot in a few words; a pack is made of it."""

    task: Literal[
        "lookdev_text_to_image", "reference_to_image", "inpaint_cleanup", "erase", "outpaint",
        "relight_colour_match", "background_plate", "style_transfer", "upscale",
    ]  # fmt: skip
    id: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,8}_[A-Z0-9]{2,8}$")] = "SQ010_SH0010"
    description: str = Field(min_length=20, max_length=1500)
    negative: Text | None = None
    framing: Literal[
        "ECU", "CU", "MCU", "MS", "MWS", "WS", "EWS", "OTS", "POV", "INSERT", "TWO_SHOT"
    ] = "MS"
    plate: Place | None = None
    plate_colour_space: Word | None = None
    matte: Place | None = None
    style: Place | None = None
    characters: list[Figure] = Field(default=[], max_length=40)
    lines: list[Line] = Field(min_length=1, max_length=12)
    raster: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    rights: Rights


class ShortRepair(Entering):
    """Failed lines of a take, asked for again."""

    take: TakeId
    lines: list[Annotated[int, Field(ge=1, le=10_000)]] = Field(min_length=1, max_length=50)
    rounds: int = Field(default=1, ge=1, le=10)


class Ask(Entering):
    """One request: a pack, a shot in short, or a repair; under a budget, real or simulated."""

    schema_: Literal["circletake-folder/1"] = Field(alias="schema")
    partner: Word
    budget_usd: float = Field(gt=0, le=1_000_000)
    simulate: bool = Field(description="true = asks the emulator; false = reaches models, and pays")
    by: Word | None = None
    application: Word | None = None
    recipes: list[Word] = Field(default=[], max_length=100)
    takes: int | None = Field(default=None, ge=1, le=16)
    files: list[Handed] = Field(default=[], max_length=10_000)
    pack: Place | None = None
    shot: ShortShot | None = None
    repair: ShortRepair | None = None

    @model_validator(mode="after")
    def _one(self) -> "Ask":
        given = [n for n in ("pack", "shot", "repair") if getattr(self, n) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"{found}|exactly one of pack, shot and repair")
        return self


def read(folder: Path) -> tuple[Ask, bytes]:
    """Read what a folder asks for, and its bytes.

    Raises:
        BadFile: with every mistake: no JSON, unknown fields, files that are not there or not whole.
    """
    data = dropped.content(folder / REQUEST, MOST_BYTES)
    document = yaml_file.parse(_text(data), REQUEST)
    try:
        ask = Ask.model_validate(document.data)
    except ValidationError as error:
        raise BadFile(list(_mistakes(document, error))) from None
    if wrong := list(_files(document, ask, folder.resolve())):
        raise BadFile(wrong)
    return ask, data or b""


def _text(data: bytes | None) -> str:
    if data is None:
        raise BadFile([_whole("no file", "the wish, as JSON", "missing_file")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile([_whole("bytes that are not UTF-8", "UTF-8", "encoding")]) from None


def _whole(found: str, expected: str, code: str) -> Mistake:
    return Mistake(file=REQUEST, field="", line=None, found=found, expected=expected, code=code)


def _mistakes(document: Document, error: ValidationError) -> Iterator[Mistake]:
    for one in error.errors(include_url=False):
        field = _field(one["loc"])
        found, expected = _words(one)
        yield document.mistake(field, found=found, expected=expected, code=one["type"])


def _words(one: Any) -> tuple[str, str]:
    """Say what was found by its kind: a value may be a secret that fell into the wrong file."""
    message = str(one["msg"]).removeprefix("Value error, ")
    if one["type"] == "missing":
        known = f" (schema {SCHEMA})" if one["loc"] == ("schema",) else ""
        return "nothing", f"{one['loc'][-1]}: it has to be said{known}"
    if one["type"] == "value_error" and "|" in message:
        found, _, expected = message.partition("|")
        return found, expected
    if one["type"] == "extra_forbidden":
        return _field(one["loc"][-1:]), "a field of the folder protocol"
    return KINDS[type(one["input"])], message.removeprefix("Input should be ")


def _field(loc: tuple[int | str, ...]) -> str:
    field = ""
    for step in loc:
        if isinstance(step, int):
            field += f"[{step}]"
        else:
            name = step if NAME.fullmatch(step) else UNNAMED
            field = f"{field}.{name}" if field else name
    return field


def _files(document: Document, ask: Ask, root: Path) -> Iterator[Mistake]:
    """A picture that is still being copied is a mistake now, and none in a moment."""
    for number, one in enumerate(ask.files):
        field = f"files[{number}].path"
        try:
            dropped.inside(root, one.path)
            size = located(root, one.path).stat().st_size
        except Trouble as trouble:
            yield _troubled(document, field, trouble)
            continue
        if size != one.bytes:
            expected = f"{one.bytes} bytes, as was written"
            yield document.mistake(
                field, found=f"{size} bytes", expected=expected, code="not_whole"
            )
    for field, name in named(ask):
        try:
            dropped.inside(root, name)
            located(root, name)
        except Trouble as trouble:
            yield _troubled(document, field, trouble)
    if ask.pack is not None:
        try:
            dropped.inside(root, f"{ask.pack}/{PACK}")
            located(root, f"{ask.pack}/{PACK}")
        except Trouble as trouble:
            yield _troubled(document, "pack", trouble)


def named(ask: Ask) -> Iterator[tuple[str, str]]:
    """Give every picture that a short shot names, with its field."""
    shot = ask.shot
    if shot is None:
        return
    for field in ("plate", "matte", "style"):
        if (name := getattr(shot, field)) is not None:
            yield f"shot.{field}", name
    for number, figure in enumerate(shot.characters):
        for place, name in enumerate(figure.references):
            yield f"shot.characters[{number}].references[{place}]", name


def _troubled(document: Document, field: str, trouble: Trouble) -> Mistake:
    return document.mistake(
        field, found=trouble.found, expected=trouble.expected, code=trouble.code
    )
