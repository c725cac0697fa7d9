"""The catalogue: `catalog.yaml` → models, every mistake at once."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from router.domain.mistake import BadFile, Mistake
from router.domain.model import (
    ENDPOINT,
    UNDISCLOSED,
    UNOWNED,
    UNSAID,
    Keeps,
    Lifecycle,
    LifecycleStatus,
    Limits,
    Model,
    Ownership,
    Parameter,
    Price,
    Quota,
    Retention,
    Said,
    TrainingData,
)
from router.files.form import filled
from router.files.yaml_file import Document, read
from router.operations import OPERATIONS

Word = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Usd = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,8})?$")]
Aspect = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*:[1-9][0-9]*$")]


# Source: the service model of the SDK, `InvokeModelIdentifier`; names as SageMaker takes them.
ENDPOINT_ARN = re.compile(
    r"arn:aws:sagemaker:(?P<region>[a-z]{2}(-[a-z]+)+-[0-9]):[0-9]{12}:endpoint/"
    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Limits(_Form):
    prompt_chars: int = Field(0, ge=0)
    negative_chars: int = Field(0, ge=0)
    prompt_tokens: int = Field(0, ge=0)
    prompt_reads: int = Field(0, ge=0)
    prompt_weights: bool = False
    camera_words: Literal["still", "moving", "concepts"] = "still"
    aspects: list[Aspect] = []
    seconds: list[int] = []
    resolutions: list[Word] = []
    seed_max: int | None = Field(None, ge=1)
    min_side: int = Field(64, ge=1)
    max_side: int = Field(16384, ge=1)
    min_pixels: int = Field(0, ge=0)
    max_pixels: int = Field(9_437_184, ge=1)
    max_aspect: float = Field(2.5, ge=1)
    mimes: list[Word] = ["image/png", "image/jpeg", "image/webp"]


class _Price(_Form):
    unit: Literal["image", "second", "hour", "token"]
    usd: Usd
    source: Word
    as_of: date
    by_option: dict[str, Usd] = {}


class _Quota(_Form):
    requests_per_minute: float | None = Field(gt=0)
    in_flight: int = Field(ge=1)
    source: Word


class _Lifecycle(_Form):
    status: LifecycleStatus
    eol: date | None = None
    note: str = ""


class _Retention(_Form):
    keeps: Keeps
    source: Word


class _TrainingData(_Form):
    disclosed: Said
    licensed: Said
    source: Word
    as_of: date


class _Ownership(_Form):
    says: Word
    source: Word
    as_of: date


class _Parameter(_Form):
    name: Word
    kind: Literal["number", "integer", "text", "choice", "switch"]
    low: float = 0.0
    high: float = 0.0
    choices: list[Word] = []
    required: bool = False
    operations: list[Word] = []

    @model_validator(mode="after")
    def _bounded(self) -> "_Parameter":
        if self.kind == "choice" and not self.choices:
            raise ValueError("choices where kind is choice")
        if self.kind in {"number", "integer", "text"} and self.high <= self.low:
            raise ValueError("a high above the low")
        return self


class _Row(_Form):
    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,47}$")]
    alias: Word
    model_id: Word
    profile_id: Word | None
    provider: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,47}$")]
    modality: Literal["image", "image_edit", "video", "vlm", "control"]
    dialect: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
    operations: list[Word] = Field(min_length=1)
    regions: list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]] = []
    pictures: dict[str, Word] = {}
    limits: _Limits = _Limits()
    parameters: list[_Parameter] = []
    price: _Price | None
    quota: _Quota
    lifecycle: _Lifecycle
    licence: Word
    indemnified: bool
    timeout_s: float = Field(300.0, ge=300)
    options: dict[str, str] = {}
    retention: _Retention | None = None
    training_data: _TrainingData | None = None
    output_ownership: _Ownership | None = None


class _File(_Form):
    schema_: Literal["catalog/1"] = Field(alias="schema")
    as_of: date
    parameters: dict[str, _Parameter]
    families: dict[str, dict[str, Any]]
    models: list[_Row] = Field(min_length=1)


def load(path: Path | None = None) -> Mapping[str, Model]:
    """Read the catalogue: key → model, in the order of the file.

    Raises:
        BadFile: with every mistake, each with its line; a model that may be called and has no
            sourced price is one of them.
    """
    document = read(path or Path(__file__).with_name("catalog.yaml"))
    whole, absent = _expanded(document)
    parsed = filled(_File, document, whole)
    mistakes = [
        *absent,
        *(m for i, row in enumerate(parsed.models) for m in _sense(document, i, row)),
    ]
    mistakes += _shared(document, parsed.models)
    if mistakes:
        raise BadFile(mistakes)
    return {row.key: _model(row, parsed.as_of) for row in parsed.models}


def _expanded(document: Document) -> tuple[Any, list[Mistake]]:
    """Lay every row over its family, and put definitions in place of parameter names."""
    data, mistakes = document.data, list[Mistake]()
    if not isinstance(data, dict) or not isinstance(data.get("models"), list):
        return data, mistakes
    families, rows = _mapping(data.get("families")), list[dict[str, Any]]()
    known = {
        name: {"name": name, **_mapping(value)}
        for name, value in _mapping(data.get("parameters")).items()
    }
    for i, written in enumerate(data["models"]):
        row = dict(_mapping(written))
        family = row.pop("family", None)
        if family is not None and family not in families:
            expected = f"one of: {', '.join(sorted(families))}"
            where = f"models[{i}].family"
            mistakes.append(
                document.mistake(where, found=family, expected=expected, code="unknown")
            )
        row = {**_mapping(families.get(family)), **row}
        if isinstance(row.get("parameters"), list):
            row["parameters"] = [_defined(p, known) for p in row["parameters"]]
        rows.append(row)
    return {**data, "parameters": known, "models": rows}, mistakes


def _defined(parameter: Any, known: Mapping[str, Any]) -> Any:
    """Put the definition in place of a name; an unknown name is left for the form to refuse."""
    if not isinstance(parameter, str):
        return parameter
    return known.get(parameter, {"name": parameter})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sense(document: Document, index: int, row: _Row) -> Iterator[Mistake]:
    """Find what a row says that cannot be true."""
    at = f"models[{index}]"
    for operation in row.operations:
        if operation not in OPERATIONS:
            expected = f"one of: {', '.join(OPERATIONS)}"
            yield document.mistake(
                f"{at}.operations", found=operation, expected=expected, code="unknown"
            )
            continue
        for role in OPERATIONS[operation].needs:
            if role not in row.pictures and row.lifecycle.status is not LifecycleStatus.RETIRED:
                expected = f"the wire field of {role}, which {operation} needs"
                yield document.mistake(
                    f"{at}.pictures", found=sorted(row.pictures), expected=expected, code="missing"
                )
    yield from _money(document, at, row)
    if row.model_id.startswith(ENDPOINT):
        yield from _endpoint(document, at, row)
    elif not row.regions and row.dialect != "local":
        expected = "at least one Region for a model that does not run here"
        yield document.mistake(f"{at}.regions", found="none", expected=expected, code="missing")


def _endpoint(document: Document, at: str, row: _Row) -> Iterator[Mistake]:
    """An endpoint stands in the Region of its ARN, and is called there by its ARN only."""
    arn = ENDPOINT_ARN.fullmatch(row.model_id)
    if arn is None:
        expected = "arn:aws:sagemaker:<region>:<12 digits>:endpoint/<name>"
        yield document.mistake(
            f"{at}.model_id", found=row.model_id, expected=expected, code="endpoint"
        )
    elif row.regions not in ([], [arn["region"]]):
        expected = f"nothing, or {arn['region']}, where its ARN says that it stands"
        yield document.mistake(
            f"{at}.regions", found=row.regions, expected=expected, code="endpoint"
        )
    if row.profile_id is not None or row.dialect != "bedrock_invoke":
        found = f"{row.dialect}, profile {row.profile_id}"
        expected = "dialect bedrock_invoke without a profile, which is how an endpoint is called"
        yield document.mistake(f"{at}.dialect", found=found, expected=expected, code="endpoint")


def _money(document: Document, at: str, row: _Row) -> Iterator[Mistake]:
    if row.price is None:
        if row.lifecycle.status is not LifecycleStatus.RETIRED:
            expected = "a price with its source; only a retired model has none"
            yield document.mistake(
                f"{at}.price", found="nothing", expected=expected, code="no_price"
            )
        return
    free = Decimal(row.price.usd) == 0
    if free != (row.dialect == "local"):
        expected = "0 for what runs here and more than 0 for everything else"
        yield document.mistake(
            f"{at}.price.usd", found=row.price.usd, expected=expected, code="price"
        )
    if row.dialect == "converse" and not {"input", "output"} <= row.price.by_option.keys():
        expected = "a price of input and one of output, USD per million tokens"
        yield document.mistake(
            f"{at}.price.by_option",
            found=sorted(row.price.by_option),
            expected=expected,
            code="no_price",
        )
    if row.price.unit == "second":
        unpriced = sorted(set(row.limits.resolutions) ^ set(row.price.by_option))
        if unpriced:
            expected = "one price for each resolution and none besides"
            yield document.mistake(
                f"{at}.price.by_option", found=unpriced, expected=expected, code="no_price"
            )


def _shared(document: Document, rows: list[_Row]) -> Iterator[Mistake]:
    for field in ("key", "alias", "model_id"):
        counts = Counter(str(getattr(row, field)) for row in rows)
        for i, row in enumerate(rows):
            value = str(getattr(row, field))
            if counts[value] > 1:
                expected = f"a {field} that no other row has"
                yield document.mistake(
                    f"models[{i}].{field}", found=value, expected=expected, code="duplicate"
                )


def _model(row: _Row, as_of: date) -> Model:
    pictures = [(f"picture.{role}", name) for role, name in row.pictures.items()]
    arn = ENDPOINT_ARN.fullmatch(row.model_id)
    return Model(
        key=row.key,
        alias=row.alias,
        model_id=row.model_id,
        profile_id=row.profile_id,
        provider=row.provider,
        modality=row.modality,
        dialect=row.dialect,
        operations=tuple(row.operations),
        regions=(arn["region"],) if arn else tuple(row.regions),
        references=tuple(row.pictures),
        limits=_limits(row.limits),
        parameters=tuple(_parameter(p) for p in row.parameters),
        price=_price(row.price, as_of),
        quota=Quota(**row.quota.model_dump()),
        lifecycle=Lifecycle(**row.lifecycle.model_dump()),
        licence=row.licence.strip(),
        indemnified=row.indemnified,
        timeout_s=row.timeout_s,
        options=(*pictures, *row.options.items()),
        retention=Retention(**row.retention.model_dump()) if row.retention else UNSAID,
        training_data=TrainingData(**row.training_data.model_dump())
        if row.training_data
        else UNDISCLOSED,
        output_ownership=Ownership(**row.output_ownership.model_dump())
        if row.output_ownership
        else UNOWNED,
    )


def _limits(form: _Limits) -> Limits:
    return Limits(
        prompt_chars=form.prompt_chars,
        negative_chars=form.negative_chars,
        prompt_tokens=form.prompt_tokens,
        prompt_reads=form.prompt_reads,
        prompt_weights=form.prompt_weights,
        camera_words=form.camera_words,
        aspects=tuple(form.aspects),
        seconds=tuple(form.seconds),
        resolutions=tuple(form.resolutions),
        seed_max=form.seed_max,
        min_side=form.min_side,
        max_side=form.max_side,
        min_pixels=form.min_pixels,
        max_pixels=form.max_pixels,
        max_aspect=form.max_aspect,
        mimes=tuple(form.mimes),
    )


def _parameter(form: _Parameter) -> Parameter:
    return Parameter(
        name=form.name,
        kind=form.kind,
        low=form.low,
        high=form.high,
        choices=tuple(form.choices),
        required=form.required,
        operations=tuple(form.operations),
    )


def _price(form: _Price | None, as_of: date) -> Price:
    if form is None:
        return Price(unit="image", usd="", source="retired: not sold any more", as_of=as_of)
    return Price(
        unit=form.unit,
        usd=form.usd,
        source=form.source,
        as_of=form.as_of,
        by_option=tuple(form.by_option.items()),
    )
