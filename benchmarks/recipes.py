"""Recipes from `recipes.yaml`: every mistake at once, none of them silent."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.domain.campaign import Recipe
from benchmarks.prompts import TEMPLATES
from router.domain.errors import UnknownName
from router.domain.mistake import BadFile, Mistake
from router.domain.model import Model
from router.domain.request import JsonScalar
from router.form import filled
from router.tasks import Tasks
from router.yaml_file import Document, read

PREVIOUS = "previous_circled"  # a take of the shot before: there once somebody circled it
SOURCES = (
    "plate",
    "cleanplate",
    "matte",
    "start",
    "style",
    "character_ref",
    "costume_ref",
    "prop_ref",
    PREVIOUS,
)
ROLES = (
    "init_image",
    "mask",
    "style_image",
    "key_frame_start",
    "key_frame_end",
    "reference",
    "reference_2",
    "reference_3",
)


class Wish(NamedTuple):
    """Where the picture of one role may come from, best first."""

    role: str
    sources: tuple[str, ...]
    optional: bool


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")
    title: str = Field(min_length=3, max_length=80)
    model: str
    operation: str
    tasks: list[str] = Field(min_length=1)
    template: str
    conditioning: dict[str, str] = {}
    parameters: dict[str, str | int | float | bool] = {}
    control: bool = False
    must_beat_on: dict[str, list[str]] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    schema_: Literal["recipes/1"] = Field(alias="schema")
    recipes: list[_Row] = Field(min_length=1)


def load(
    catalogue: Mapping[str, Model], tasks: Tasks, path: Path | None = None
) -> Mapping[str, Recipe]:
    """Read the recipes, in the order of the file.

    Raises:
        BadFile: with every mistake, each with its line.
    """
    document = read(path or Path(__file__).with_name("recipes.yaml"))
    rows = filled(_File, document, document.data).recipes
    mistakes = [m for i, row in enumerate(rows) for m in _check(document, i, row, catalogue, tasks)]
    mistakes.extend(_twice(document, rows))
    if mistakes:
        raise BadFile(mistakes)
    return {row.name: _recipe(row) for row in rows}


def choose(recipes: Mapping[str, Recipe], names: Sequence[str]) -> tuple[Recipe, ...]:
    """Pick recipes by name, with the controls that serve any of their tasks.

    Raises:
        UnknownName: a name that no recipe has.
    """
    for name in names:
        if name not in recipes:
            raise UnknownName("recipe", name, recipes)
    chosen = [recipes[n] for n in dict.fromkeys(names)]
    tasks = {t for r in chosen for t in r.tasks}
    controls = [r for r in recipes.values() if r.control and tasks & set(r.tasks)]
    return (*chosen, *(c for c in controls if c not in chosen))


def wishes(recipe: Recipe) -> tuple[Wish, ...]:
    """Read the conditioning: which role wants which source."""
    found = []
    for role, text in recipe.conditioning:
        optional = text.endswith("?")
        sources = tuple(s.strip() for s in text.removesuffix("?").split("|"))
        found.append(Wish(role=role, sources=sources, optional=optional))
    return tuple(found)


def _recipe(row: _Row) -> Recipe:
    parameters: Mapping[str, JsonScalar] = row.parameters
    return Recipe(
        name=row.name,
        title=row.title,
        model=row.model,
        operation=row.operation,
        tasks=tuple(row.tasks),
        conditioning=tuple(row.conditioning.items()),
        template=row.template,
        parameters=tuple(parameters.items()),
        control=row.control,
        must_beat_on=tuple((task, tuple(names)) for task, names in row.must_beat_on.items()),
    )


def _check(
    document: Document,
    index: int,
    row: _Row,
    catalogue: Mapping[str, Model],
    tasks: Tasks,
) -> Iterator[Mistake]:
    at = f"recipes[{index}]"
    for field, name, known in _names(row, catalogue, tasks):
        if name not in known:
            expected = f"one of: {', '.join(sorted(known)) or 'none for this operation'}"
            yield document.mistake(f"{at}.{field}", found=name, expected=expected, code="unknown")
    model = catalogue.get(row.model)
    if model:
        yield from _against_model(document, at, row, model, catalogue)


def _names(
    row: _Row, catalogue: Mapping[str, Model], tasks: Tasks
) -> Iterator[tuple[str, str, Collection[str]]]:
    yield "model", row.model, catalogue
    yield "template", row.template, TEMPLATES
    for n, task in enumerate(row.tasks):
        yield f"tasks[{n}]", task, tasks.served_by([row.operation])
    for task in row.must_beat_on:
        yield f"must_beat_on.{task}", task, row.tasks if row.control else ()
    for role, text in row.conditioning.items():
        yield f"conditioning.{role}", role, ROLES
        for source in text.removesuffix("?").split("|"):
            yield f"conditioning.{role}", source.strip(), SOURCES


def _against_model(
    document: Document, at: str, row: _Row, model: Model, catalogue: Mapping[str, Model]
) -> Iterator[Mistake]:
    if row.operation not in model.operations:
        expected = f"one of what {model.key} does: {', '.join(model.operations)}"
        yield document.mistake(
            f"{at}.operation", found=row.operation, expected=expected, code="operation"
        )
    if row.control != (model.dialect == "local"):
        expected = "true for a free local model, false for any other"
        yield document.mistake(
            f"{at}.control", found=row.control, expected=expected, code="control"
        )
    shown = f"{row.name} {row.title}".lower()
    vendors = {m.provider.lower() for m in catalogue.values() if m.dialect != "local"}
    for vendor in sorted(v for v in vendors if v in shown):
        expected = "a neutral name, because people judge blind"
        yield document.mistake(f"{at}.name", found=vendor, expected=expected, code="vendor_name")


def _twice(document: Document, rows: Sequence[_Row]) -> Iterator[Mistake]:
    counts = Counter(row.name for row in rows)
    for i, row in enumerate(rows):
        if counts[row.name] > 1:
            yield document.mistake(
                f"recipes[{i}].name", found=row.name, expected="a name used once", code="duplicate"
            )
