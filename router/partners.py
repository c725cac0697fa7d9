"""Partners: `partner_configs/*.yaml` → partners, every mistake at once, secrets refused unseen."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from router.domain.errors import BadInput
from router.domain.mistake import BadFile, Mistake
from router.domain.money import musd_of
from router.domain.partner import Partner, Sharing, Window
from router.files.form import filled
from router.files.yaml_file import Document, parse, text_of
from router.secrecy import Suspect, names_a_secret, suspects

OURS = Path(__file__).parents[1] / "partner_configs"
EXAMPLE = "example.yaml"  # checked like the others, but nobody's partner
NO_SECRETS = "no secrets in this file: keys come from the AWS credential chain"
MAX_BYTES = 100_000

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")]

Rate = Annotated[Decimal, Field(gt=0, le=10_000, max_digits=9, decimal_places=4)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Window(_Form):
    opens: date
    findings_due: date


class _Sharing(_Form):
    evidence_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    signed_by: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    granted_on: date
    expires_on: date | None = None


class _Partner(_Form):
    schema_: Literal["partner/1"] = Field(alias="schema")
    name: Name
    display_name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    tier: Literal["vfx_studio", "production_company", "individual_artist"]
    window: _Window
    budget_usd: Decimal = Field(ge=0, le=1_000_000, max_digits=13, decimal_places=6)
    day_budget_usd: Decimal | None = Field(
        default=None, ge=0, le=1_000_000, max_digits=13, decimal_places=6
    )
    regions: list[Region] = Field(min_length=1)
    providers: list[Word]
    recipes: list[Name] = Field(min_length=1)
    retention_days: int = Field(ge=1, le=3650)
    review_roles: list[Name] = Field(min_length=1)
    illustrative: bool
    data_retention: Literal["none", "up_to_30_days"] = "none"
    rates: dict[Name, Rate] = Field(default_factory=dict)
    watermark: bool = False
    shares_findings: _Sharing | None = None
    shares_shots_with_raters: _Sharing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A good file: what it says, and where it says it."""

    document: Document
    partner: Partner


def load(*folders: Path) -> Mapping[str, Partner]:
    """Read every partner of these folders: name → partner.

    Raises:
        BadFile: with every mistake of every file, each with its line.
    """
    files, mistakes = _read(folders)
    if mistakes:
        raise BadFile(mistakes)
    return {f.partner.name: f.partner for f in files if f.document.file != EXAMPLE}


def check(*folders: Path, recipes: Collection[str] | None = None) -> tuple[Mistake, ...]:
    """Find every mistake in these folders; empty = all is well.

    Args:
        folders: folders of `*.yaml`; `example.yaml` is checked and is nobody's partner.
        recipes: the names that a recipe may have; None = they are known a storey above.
    """
    files, mistakes = _read(folders)
    if recipes is not None:
        for file in files:
            mistakes += _unknown_recipes(file, recipes)
    return tuple(mistakes)


def starter(folder: Path, name: str) -> str:
    """Give the text of a new partner's file: the commented example under another name.

    The example of `folder` wins; a folder of one's own needs none, then ours is taken.

    Raises:
        BadInput: the name cannot be a partner's.
        BadFile: the example cannot be read.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,47}", name):
        expected = "2 to 48 small letters, digits and _, a letter first"
        raise BadInput(field="partner", found=name, expected=expected)
    theirs = folder / EXAMPLE
    text = text_of(theirs if theirs.exists() else OURS / EXAMPLE, MAX_BYTES)
    title = name.replace("_", " ").title()
    return text.replace("name: example\n", f"name: {name}\n").replace("Example Pictures", title)


def _read(folders: Sequence[Path]) -> tuple[list[_File], list[Mistake]]:
    files: list[_File] = []
    mistakes: list[Mistake] = []
    for path in _paths(folders, mistakes):
        try:
            file = _one(path)
        except BadFile as bad:
            mistakes += bad.mistakes
            continue
        name, taken = file.partner.name, {f.partner.name for f in files}
        if name in taken:
            expected = "a name that no other partner has"
            mistakes.append(
                file.document.mistake("name", found=name, expected=expected, code="duplicate")
            )
        files.append(file)
    return files, mistakes


def _paths(folders: Sequence[Path], mistakes: list[Mistake]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            found, expected = f"no folder at {folder}", "a folder of *.yaml files"
            mistakes.append(_mistake(folder, None, found, expected, "missing_folder"))
            continue
        for path in sorted(folder.iterdir()):
            if path.suffix == ".yml":
                expected = f"{path.stem}.yaml"
                mistakes.append(_mistake(path, None, path.name, expected, "file_name"))
            elif path.suffix == ".yaml":
                yield path


def _one(path: Path) -> _File:
    text = text_of(path, MAX_BYTES)
    found = list(suspects(text))
    try:
        document = parse(text, path.name, max_depth=8, max_nodes=2_000)
    except BadFile as bad:
        raise BadFile([*_unseen(path, {}, found), *_masked(bad.mistakes, found)]) from None
    fields = {line: name for name, line in document.lines.items()}
    secrets = [*_unseen(path, fields, found), *_secret_keys(document)]
    try:
        form = filled(_Partner, document, document.data)
    except BadFile as bad:
        raise BadFile([*secrets, *_masked(bad.mistakes, found)]) from None
    mistakes = [*secrets, *_sense(path, document, form)]
    if mistakes:
        raise BadFile(mistakes)
    return _File(document=document, partner=_partner(form))


def _unseen(path: Path, fields: Mapping[int, str], found: Sequence[Suspect]) -> Iterator[Mistake]:
    """Say where something like a secret stands, without saying what it is."""
    for suspect in found:
        said = f"something like {suspect.what}"
        mistake = _mistake(path, suspect.line, said, NO_SECRETS, "secret")
        yield replace(mistake, field=fields.get(suspect.line, ""))


def _secret_keys(document: Document) -> Iterator[Mistake]:
    for field in document.lines:
        if not field.endswith("]") and names_a_secret(field.rpartition(".")[2]):
            found = "a field that is named like a secret"
            yield document.mistake(field, found=found, expected=NO_SECRETS, code="secret")


def _masked(mistakes: Sequence[Mistake], found: Sequence[Suspect]) -> Iterator[Mistake]:
    """Keep further mistakes, but not what they found where that could be a secret."""
    lines = {suspect.line for suspect in found}
    for mistake in mistakes:
        hide = mistake.line in lines or any(suspects(mistake.found))
        yield replace(mistake, found="(not shown)") if hide else mistake


def _sense(path: Path, document: Document, form: _Partner) -> Iterator[Mistake]:
    if form.name != path.stem and path.name != EXAMPLE:
        yield document.mistake(
            "name", found=form.name, expected=f"{path.stem}, as the file is called", code="name"
        )
    if form.window.findings_due <= form.window.opens:
        yield document.mistake(
            "window.findings_due",
            found=form.window.findings_due.isoformat(),
            expected=f"a day after {form.window.opens}",
            code="window",
        )
    for field in ("regions", "providers", "recipes", "review_roles"):
        values: list[str] = getattr(form, field)
        for i, value in enumerate(values):
            if value in values[:i]:
                yield document.mistake(
                    f"{field}[{i}]", found=value, expected="each value once", code="duplicate"
                )


def _unknown_recipes(file: _File, known: Collection[str]) -> Iterator[Mistake]:
    for i, recipe in enumerate(file.partner.recipes):
        if recipe not in known:
            expected = f"one of: {', '.join(sorted(known))}"
            yield file.document.mistake(
                f"recipes[{i}]", found=recipe, expected=expected, code="unknown"
            )


def _mistake(path: Path, line: int | None, found: str, expected: str, code: str) -> Mistake:
    return Mistake(file=path.name, field="", line=line, found=found, expected=expected, code=code)


def _partner(form: _Partner) -> Partner:
    day = form.day_budget_usd
    return Partner(
        name=form.name,
        display_name=form.display_name,
        tier=form.tier,
        window=Window(opens=form.window.opens, findings_due=form.window.findings_due),
        budget_musd=musd_of("budget_usd", form.budget_usd),
        day_budget_musd=None if day is None else musd_of("day_budget_usd", day),
        regions=tuple(form.regions),
        providers=tuple(form.providers),
        recipes=tuple(form.recipes),
        retention_days=form.retention_days,
        review_roles=tuple(form.review_roles),
        illustrative=form.illustrative,
        data_retention=form.data_retention,
        rates_musd=tuple((role, musd_of("rates", usd)) for role, usd in form.rates.items()),
        watermark=form.watermark,
        shares_findings=_sharing(form.shares_findings),
        shares_shots_with_raters=_sharing(form.shares_shots_with_raters),
    )


def _sharing(form: _Sharing | None) -> Sharing | None:
    return Sharing(**form.model_dump()) if form else None
