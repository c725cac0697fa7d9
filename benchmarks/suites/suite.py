"""Suites of shots, read from the YAML files beside this one."""

from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.domain.errors import BadInput, UnknownName
from router.files import yaml_file

Kind = Literal[
    "identity", "wardrobe", "composition", "camera", "lighting", "colour", "action", "artefact",
    "continuity", "technical", "untouched_region",
]  # fmt: skip
Text = Annotated[str, Field(min_length=8, max_length=400)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Closed):
    """One acceptance line."""

    criterion: Text
    kind: Kind
    must: bool
    metric: str | None = None
    threshold: float | None = None


class Template(_Closed):
    """What one capability is asked with; framings and movements take turns."""

    capability: Annotated[str, Field(min_length=1, max_length=80)]
    task: str
    framings: Annotated[tuple[str, ...], Field(min_length=1)]
    movements: Annotated[tuple[str, ...], Field(min_length=1)] = ("static",)
    cast: bool = False  # whether the character is in it
    frames: Annotated[int, Field(ge=0)] = 0  # of a clip
    takes: Annotated[int, Field(ge=1, le=16)] = 2
    description: Annotated[str, Field(min_length=20, max_length=1500)]
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=12)]


class _Row(_Closed):
    schema_: Literal["suite/1"] = Field(alias="schema")
    name: str
    title: str
    purpose: str
    shots: Annotated[int, Field(ge=1, le=1000)]
    sequence_length: Annotated[int, Field(ge=1, le=999)]
    of: str | None = None
    templates: tuple[Template, ...] = ()


class Placed(_Closed):
    """One shot of a suite: a template at its place, with its framing and movement."""

    id: str  # SQ010_SH0020
    sequence: str
    shot: str
    order: int
    framing: str
    movement: str
    template: Template


class Suite(_Closed):
    """Shots that belong together."""

    name: str
    title: str
    purpose: str
    shots: tuple[Placed, ...]


def names() -> tuple[str, ...]:
    """List the suites."""
    folder = files("benchmarks.suites")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def load(name: str) -> Suite:
    """Lay out a suite, the same way each time.

    Raises:
        UnknownName: there is no such suite.
        BadInput: its file is wrong.
    """
    row = _row(name)
    templates = row.templates or (_row(row.of).templates if row.of else ())
    if not templates:
        raise BadInput(field=f"{name}: templates", found="none", expected="templates, or `of`")
    placed = (_placed(n, templates, row.sequence_length) for n in range(row.shots))
    return Suite(name=row.name, title=row.title, purpose=row.purpose, shots=tuple(placed))


def _row(name: str) -> _Row:
    if name not in names():
        raise UnknownName("suite", name, names())
    text = files("benchmarks.suites").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    try:
        return _Row.model_validate(yaml_file.parse(text, f"{name}.yaml").data)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(map(str, first["loc"]))
        found = str(first["input"])[:80]
        raise BadInput(field=f"{name}: {field}", found=found, expected=first["msg"]) from None


def _placed(number: int, templates: tuple[Template, ...], length: int) -> Placed:
    """Place shots round by round; each round takes the next framing and movement."""
    template, turn = templates[number % len(templates)], number // len(templates)
    sequence, place = f"SQ{10 * (1 + number // length):03d}", number % length
    shot = f"SH{10 * (1 + place):04d}"
    return Placed(
        id=f"{sequence}_{shot}",
        sequence=sequence,
        shot=shot,
        order=10 * (1 + number),
        framing=template.framings[turn % len(template.framings)],
        movement=template.movements[turn % len(template.movements)],
        template=template,
    )
