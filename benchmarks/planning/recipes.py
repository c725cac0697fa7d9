"""Recipes from `recipes.yaml`: every mistake at once, none of them silent."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.domain.campaign import Recipe, Step
from benchmarks.planning.prompts import TEMPLATES
from router.domain.errors import UnknownName
from router.domain.mistake import BadFile, Mistake
from router.domain.model import Model
from router.domain.request import JsonScalar
from router.files.form import filled
from router.files.yaml_file import Document, read
from router.operations import MOVING, OPERATIONS
from router.tasks import Tasks

PREVIOUS = "previous_circled"  # a take of the shot before: there once somebody circled it
LAST_FRAME, FIRST_FRAME = "previous_last_frame", "next_first_frame"
# What people have to decide first, in their words.
CIRCLED: Mapping[str, str] = {
    PREVIOUS: "circled still of the shot before it",
    LAST_FRAME: "circled take of the shot before it, whose last frame is cut out,",
    FIRST_FRAME: "circled take of the shot after it, whose first frame is cut out,",
}
FOUND = ("face_region", "costume_region")  # looked for in the take of the step before
STEP = re.compile(r"previous_step|step\.[1-9]")
SOURCES: Mapping[str, str] = {
    "plate": "a plate",
    "previs": "a previs frame",
    "cleanplate": "a clean plate",
    "matte": "a matte",
    "start": "a start picture",
    "style": "a style frame",
    "character_ref": "a picture of a character",
    "costume_ref": "a picture of a costume",
    "prop_ref": "a picture of a prop",
    **{name: f"a {said.rstrip(',')}" for name, said in CIRCLED.items()},
    "face_region": "a face that is found in the take of the step before",
    "costume_region": "a costume under a face that is found in the take of the step before",
}
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


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str
    operation: str
    template: str
    conditioning: dict[str, str] = {}
    parameters: dict[str, str | int | float | bool] = {}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,47}$")
    title: str = Field(min_length=3, max_length=80)
    tasks: list[str] = Field(min_length=1)
    model: str = ""
    operation: str = ""
    template: str = ""
    conditioning: dict[str, str] = {}
    parameters: dict[str, str | int | float | bool] = {}
    steps: list[_Call] = Field(default=[], min_length=2, max_length=5)
    control: bool = False
    must_beat_on: dict[str, list[str]] = {}

    @property
    def calls(self) -> list[_Call]:
        """Give the steps, or the one call that the row itself is."""
        if self.steps:
            return self.steps
        return [_Call(**{name: getattr(self, name) for name in _Call.model_fields})]


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
    document = read(path or Path(__file__).parents[1] / "recipes.yaml")
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


def wishes(call: Recipe | Step) -> tuple[Wish, ...]:
    """Read the conditioning: which role wants which source."""
    return tuple(_wish(role, text) for role, text in call.conditioning)


def _wish(role: str, text: str) -> Wish:
    sources = tuple(s.strip() for s in text.removesuffix("?").split("|"))
    return Wish(role=role, sources=sources, optional=text.endswith("?"))


def source_of_step(name: str, step: int) -> int:
    """Give the number, from 1, of the step that a source names; `step` counts from 0."""
    return step if name == "previous_step" else int(name.removeprefix("step."))


def builds_on(recipe: Recipe) -> frozenset[str]:
    """Name the sources that people's decisions have to give."""
    wanted = {s for call in recipe.calls for wish in wishes(call) for s in wish.sources}
    return frozenset(wanted & CIRCLED.keys())


def needs(recipe: Recipe, catalogue: Mapping[str, Model]) -> str:
    """Say in one sentence what there has to be before a recipe can be asked."""
    told: dict[str, None] = {}
    for call in recipe.calls:
        if catalogue[call.model].dialect == "sagemaker_async":
            told["an endpoint of your own"] = None
        for wish in wishes(call):
            known = [SOURCES[s] for s in wish.sources if s in SOURCES]
            if known and not wish.optional:
                told[" or ".join(known)] = None
    return f"needs {'; '.join(told)}" if told else "needs nothing but words"


def rights(recipe: Recipe, catalogue: Mapping[str, Model]) -> str:
    """Say what is known of its models' training data, and of who owns what they make."""
    every = dict.fromkeys(catalogue[call.model] for call in recipe.calls)
    said = (
        f"{m.training_data.sentence}; output owned by: {m.output_ownership.says}" for m in every
    )
    return " · ".join(dict.fromkeys(said))


def _recipe(row: _Row) -> Recipe:
    first, *then = [_step(call) for call in row.calls]
    return Recipe(
        name=row.name,
        title=row.title,
        model=first.model,
        operation=first.operation,
        tasks=tuple(row.tasks),
        conditioning=first.conditioning,
        template=first.template,
        parameters=first.parameters,
        control=row.control,
        must_beat_on=tuple((task, tuple(names)) for task, names in row.must_beat_on.items()),
        then=tuple(then),
    )


def _step(call: _Call) -> Step:
    parameters: Mapping[str, JsonScalar] = call.parameters
    return Step(
        model=call.model,
        operation=call.operation,
        conditioning=tuple(call.conditioning.items()),
        template=call.template,
        parameters=tuple(parameters.items()),
    )


def _check(
    document: Document,
    index: int,
    row: _Row,
    catalogue: Mapping[str, Model],
    tasks: Tasks,
) -> Iterator[Mistake]:
    at = f"recipes[{index}]"
    single = [name for name in _Call.model_fields if getattr(row, name)]
    wanted = () if row.steps else ("model", "operation", "template")
    for name in wanted:
        if name not in single:
            yield document.mistake(
                f"{at}.{name}", found="nothing", expected="a value", code="missing"
            )
    for name in single if row.steps else ():
        expected = "the call's fields in its steps, or no steps"
        yield document.mistake(f"{at}.{name}", found=name, expected=expected, code="both")
    for field, name, known in _names(row, tasks):
        if name not in known:
            yield _unknown(document, f"{at}.{field}", name, known)
    for n, call in enumerate(row.calls):
        where = f"{at}.steps[{n}]" if row.steps else at
        yield from _check_call(document, where, call, catalogue)
        yield from _check_place(document, where, row, n)
    yield from _neutral(document, at, row, catalogue)
    local = [catalogue[c.model].dialect == "local" for c in row.calls if c.model in catalogue]
    if any(is_local != row.control for is_local in local):
        expected = "true for a free local model, false for any other"
        yield document.mistake(
            f"{at}.control", found=row.control, expected=expected, code="control"
        )


def _check_call(
    document: Document, at: str, call: _Call, catalogue: Mapping[str, Model]
) -> Iterator[Mistake]:
    for field, name, known in (
        ("model", call.model, catalogue),
        ("template", call.template, TEMPLATES),
    ):
        if name and name not in known:
            yield _unknown(document, f"{at}.{field}", name, known)
    for role, text in call.conditioning.items():
        if role not in ROLES:
            yield _unknown(document, f"{at}.conditioning.{role}", role, ROLES)
        for source in _wish(role, text).sources:
            if source not in SOURCES and not STEP.fullmatch(source):
                yield _unknown(document, f"{at}.conditioning.{role}", source, SOURCES)
    model = catalogue.get(call.model)
    if model and call.operation and call.operation not in model.operations:
        expected = f"one of what {model.key} does: {', '.join(model.operations)}"
        yield document.mistake(
            f"{at}.operation", found=call.operation, expected=expected, code="operation"
        )


def _check_place(document: Document, at: str, row: _Row, number: int) -> Iterator[Mistake]:
    """Check what a call may be at its place in the chain; `number` counts from 0."""
    call, last = row.calls[number], number == len(row.calls) - 1
    known = OPERATIONS.get(call.operation)
    if not last and (call.operation.startswith("upscale") or (known and known.makes == MOVING)):
        expected = "an upscale or a clip only as the last step"
        yield document.mistake(
            f"{at}.operation", found=call.operation, expected=expected, code="not_last"
        )
    if number and call.operation == "outpaint":
        expected = (
            "an outpaint only as the first step: its margins follow from a picture of the shot"
        )
        yield document.mistake(
            f"{at}.operation", found=call.operation, expected=expected, code="not_first"
        )
    every = [
        (role, s) for role, text in call.conditioning.items() for s in _wish(role, text).sources
    ]
    for role, source in every:
        wrong = _misplaced(role, source, number)
        if wrong:
            yield document.mistake(
                f"{at}.conditioning.{role}", found=source, expected=wrong, code="source"
            )
    if number and not any(STEP.fullmatch(source) for _, source in every):
        expected = "a role that takes previous_step or step.N: else this is no chain"
        yield document.mistake(
            f"{at}.conditioning", found="no earlier step", expected=expected, code="unconnected"
        )


def _misplaced(role: str, source: str, number: int) -> str:
    if source in FOUND and (role != "mask" or not number):
        return "a region only as the mask of a later step"
    if STEP.fullmatch(source) and not 1 <= source_of_step(source, number) <= number:
        return "a step before this one" if number else "no step: this is the first one"
    return ""


def _names(row: _Row, tasks: Tasks) -> Iterator[tuple[str, str, Collection[str]]]:
    for n, task in enumerate(row.tasks if row.calls[0].operation else ()):
        yield f"tasks[{n}]", task, tasks.served_by([row.calls[0].operation])
    for task in row.must_beat_on:
        yield f"must_beat_on.{task}", task, row.tasks if row.control else ()


def _unknown(document: Document, field: str, name: str, known: Collection[str]) -> Mistake:
    expected = f"one of: {', '.join(sorted(known)) or 'none for this operation'}"
    return document.mistake(field, found=name, expected=expected, code="unknown")


def _neutral(
    document: Document, at: str, row: _Row, catalogue: Mapping[str, Model]
) -> Iterator[Mistake]:
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
