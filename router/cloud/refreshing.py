"""What AWS lists against what the catalogue says: the differences, and a catalogue that has them.

Pure. Nothing is applied: a model without a sourced price, limits and licence is no row, and what a
campaign was compared on must not change unseen.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from router.domain.model import LifecycleStatus, Model

SOON = timedelta(days=60)
VISUAL = frozenset({"IMAGE", "VIDEO"})
_ROW = re.compile(r"  - key: (\S+)\s*$")
_LIFECYCLE = re.compile(r"    lifecycle:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model as one Region lists it."""

    model_id: str
    region: str
    legacy: bool
    eol: date | None = None
    takes: frozenset[str] = frozenset()  # TEXT, IMAGE, VIDEO, …
    makes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference."""

    kind: str  # gone | region | lifecycle | soon | access | back | new
    model_id: str
    reason: str
    key: str = ""  # the catalogue's; "" = has no row
    status: LifecycleStatus | None = None  # what a proposed catalogue says instead
    eol: date | None = None

    @property
    def is_bad_news(self) -> bool:
        """Say whether something that we use is gone."""
        return self.kind == "gone"


def is_listed(model: Model) -> bool:
    """Say whether Bedrock's list has to know a row: not what runs here or on own endpoints."""
    served = model.dialect.startswith("bedrock_") or model.dialect == "converse"
    return served and not model.is_endpoint


def regions(catalogue: Mapping[str, Model]) -> tuple[str, ...]:
    """Name the Regions in which the rows in use are called."""
    used = (m for m in catalogue.values() if is_listed(m) and in_use(m))
    return tuple(sorted({region for m in used for region in m.regions}))


def changes(
    catalogue: Mapping[str, Model],
    offers: Sequence[Offer],
    blocked: Mapping[str, str],
    *,
    today: date,
) -> tuple[Change, ...]:
    """Compare, rows of the catalogue first.

    Args:
        catalogue: as it stands.
        offers: what every Region of `regions(catalogue)` lists.
        blocked: model id → why this account may not call it.
        today: in UTC.
    """
    listed: dict[str, list[Offer]] = {}
    for offer in offers:
        listed.setdefault(offer.model_id, []).append(offer)
    asked = frozenset(regions(catalogue))
    found: list[Change] = []
    for model in filter(is_listed, catalogue.values()):
        here = listed.get(model.model_id, [])
        found += _row_changes(model, here, asked, today) if in_use(model) else _back(model, here)
        if here and model.model_id in blocked and in_use(model):
            found.append(_change("access", model, blocked[model.model_id]))
    return (*found, *_new(catalogue, listed))


def proposed(text: str, found: Iterable[Change], *, today: date) -> str:
    """Write the catalogue's text with the life cycles that were found; comments stay.

    New models stand as comments at the end: a row needs a price, limits and a licence.
    """
    found = tuple(found)
    written = {c.key: _written(c, today) for c in found if c.status is not None}
    lines: list[str] = []
    key, within = "", False
    for line in text.splitlines():
        row = _ROW.match(line)
        key = row[1] if row else key
        within = (within and line.startswith("      ")) or bool(_LIFECYCLE.match(line))
        if not (within and key in written):
            lines.append(line)
        if row and key in written:
            lines.append(written[key])
    new = [f"  # not a row yet: {c.model_id}: {c.reason}" for c in found if c.kind == "new"]
    return "\n".join([*lines, *new]) + "\n"


def in_use(model: Model) -> bool:
    """Say whether a row may be called."""
    return model.lifecycle.status is not LifecycleStatus.RETIRED


def _row_changes(
    model: Model, here: Sequence[Offer], asked: frozenset[str], today: date
) -> list[Change]:
    if not here:
        reason = f"listed in none of {', '.join(sorted(asked & set(model.regions)))}"
        retired = LifecycleStatus.RETIRED
        return [_change("gone", model, reason, status=retired, eol=model.lifecycle.eol)]
    found = []
    lost = sorted(set(model.regions) - {offer.region for offer in here})
    if lost:
        found.append(_change("region", model, f"not listed in {', '.join(lost)} any more"))
    eol = min((offer.eol for offer in here if offer.eol), default=None)
    legacy = any(offer.legacy for offer in here)
    status = LifecycleStatus.LEGACY if legacy else LifecycleStatus.ACTIVE
    was = model.lifecycle
    if status is not was.status or (eol is not None and eol != was.eol):
        reason = f"is {_said(status, eol)}; the catalogue says {_said(was.status, was.eol)}"
        found.append(_change("lifecycle", model, reason, status=status, eol=eol or was.eol))
    ends = eol or was.eol
    if ends is not None and ends - today <= SOON:
        found.append(_change("soon", model, f"ends on {ends}, in {(ends - today).days} days"))
    return found


def _back(model: Model, here: Sequence[Offer]) -> list[Change]:
    if not here:
        return []
    where = ", ".join(sorted({offer.region for offer in here}))
    return [_change("back", model, f"is retired in the catalogue, and listed in {where}")]


def _new(catalogue: Mapping[str, Model], listed: Mapping[str, Sequence[Offer]]) -> list[Change]:
    """Name models that make pictures, or look at them and speak, and have no row."""
    known = {m.model_id for m in catalogue.values()}
    found = []
    for model_id, here in sorted(listed.items()):
        variant = any(model_id.startswith(f"{base}:") for base in known)  # of a longer context
        makes, takes = here[0].makes, here[0].takes
        visual = makes & VISUAL or (takes & VISUAL and "TEXT" in makes)
        if visual and model_id not in known and not variant:
            where = ", ".join(sorted({offer.region for offer in here}))
            old = "legacy, " if any(offer.legacy for offer in here) else ""
            reason = f"{old}{'+'.join(sorted(takes))} to {'+'.join(sorted(makes))} in {where}"
            found.append(Change(kind="new", model_id=model_id, reason=reason))
    return found


def _change(
    kind: str,
    model: Model,
    reason: str,
    *,
    status: LifecycleStatus | None = None,
    eol: date | None = None,
) -> Change:
    return Change(
        kind=kind, model_id=model.model_id, key=model.key, reason=reason, status=status, eol=eol
    )


def _said(status: LifecycleStatus, eol: date | None) -> str:
    return f"{status.value} until {eol}" if eol else status.value


def _written(change: Change, today: date) -> str:
    status = change.status.value if change.status else ""
    ends = f", eol: {change.eol}" if change.eol else ""
    return f'    lifecycle: {{status: {status}{ends}, note: "as AWS listed it on {today}"}}'
