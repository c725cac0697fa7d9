"""Two reports against each other: what changed beyond noise, per recipe and metric.

Pairs are shots that both reports have; takes of a shot are averaged first. What both declared, and
kept must-lines, is adjusted by Holm over all recipes; the rest is exploratory (Benjamini-Hochberg).
A metric that was measured by another version of itself is not compared at all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.comparing.inference import Interval, benjamini_hochberg, holm, interval
from benchmarks.comparing.sentences import ALPHA, MINUS, shown
from benchmarks.comparing.wording import group, task_title
from router.domain.errors import BadInput

SCHEMA = "report/1"
PARTS = ("campaigns", "recipes", "comparisons", "takes", "sheet")
KEPT = "must_lines"  # share of a take's must-lines that are known to be met

Json = Mapping[str, Any]
Place = tuple[str, str, str]  # partner, pack, shot
Key = tuple[str, str, str]  # recipe, metric, task group
Table = dict[Key, dict[Place, list[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One recipe on one metric, new less old."""

    recipe: str
    metric: str
    task: str
    unit: str
    declared: bool
    difference: float | None
    ci_low: float | None
    ci_high: float | None
    p_adjusted: float | None
    n_shots: int
    verdict: str  # better | worse | changed (no way is better) | tie | not_comparable
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What two reports say about each other; what changed comes first."""

    simulated: bool
    changes: tuple[Change, ...]
    versions: tuple[str, ...]  # models, templates, metrics and code that differ
    facts: tuple[str, ...]  # cost and outcomes, counted and not tested
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one line of the comparison is about."""

    key: Key
    title: str  # of the metric
    unit: str
    direction: str
    declared: bool


def read_report(path: Path) -> Json:
    """Read a `findings.json`.

    Raises:
        BadInput: it is no report that this house wrote.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(field="file", found=str(path), expected="a findings.json") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(field=str(path), found=str(error), expected="JSON") from None
    schema = told.get("schema") if isinstance(told, dict) else type(told).__name__
    if schema != SCHEMA:
        raise BadInput(field=f"{path}: schema", found=schema, expected=SCHEMA)
    for part in PARTS:
        if not isinstance(told.get(part), list):
            raise BadInput(field=f"{path}: {part}", found=told.get(part), expected="a list of rows")
        if not all(isinstance(row, dict) for row in told[part]):
            raise BadInput(
                field=f"{path}: {part}", found="a row of another kind", expected="objects"
            )
    if not isinstance(told.get("simulated"), bool):
        raise BadInput(
            field=f"{path}: simulated", found=told.get("simulated"), expected="true or false"
        )
    return dict(told)


def regression(old: Json, new: Json) -> Regression:
    """Compare two reports.

    Raises:
        BadInput: one is simulated and the other real, or a row lacks what it must have.
    """
    if old["simulated"] != new["simulated"]:
        found = f"OLD {_world(old)}, NEW {_world(new)}"
        raise BadInput(field="simulated", found=found, expected="both simulated or both real")
    try:
        tables = _table(old), _table(new)
        changes = _changes(_asked(old, new), tables, _titles(new), _versions_of(old, new))
        return Regression(
            simulated=bool(new["simulated"]),
            changes=tuple(sorted(changes, key=_order)),
            versions=tuple(_versions(old, new)),
            facts=tuple(_facts(old, new)),
            warnings=tuple(_warnings(old, new, tables)),
        )
    except KeyError as error:
        expected = "rows as `circletake report build` writes them"
        raise BadInput(field=str(error.args[0]), found="no such field", expected=expected) from None


def _world(report: Json) -> str:
    return "simulated" if report["simulated"] else "real"


def _table(report: Json) -> Table:
    """Gather measured values of trials' own takes; repaired children stay out."""
    partner = {c["id"]: c["partner"] for c in report["campaigns"]}
    rows = {(s["campaign"], s["shot"]): s for s in report["sheet"]}
    own = {t["take"]: t for t in report["takes"] if t["parent"] is None}
    found: Table = {}
    for take in own.values():
        shot = rows[take["campaign"], take["shot"]]
        place = partner[take["campaign"]], shot["pack"], take["shot"]
        task = group(shot["task"])
        for score in take["scores"]:
            if score["value"] is not None:
                key = take["recipe"], score["metric"], task
                found.setdefault(key, {}).setdefault(place, []).append(score["value"])
    for (campaign, id_), shot in rows.items():
        must = {line["line"] for line in shot["lines"] if line["must"]}
        for take in shot["takes"]:
            asked = [v for v in take["verdicts"] if v["line"] in must]
            if take["take"] in own and asked:
                key = take["recipe"], KEPT, group(shot["task"])
                share = fmean(v["verdict"] == "pass" for v in asked)
                place = partner[campaign], shot["pack"], id_
                found.setdefault(key, {}).setdefault(place, []).append(share)
    return found


def _asked(old: Json, new: Json) -> list[Asked]:
    """List what both reports compared, and the must-lines of recipes that both have."""
    before = {(c["metric"], c["task"]): c for c in old["comparisons"]}
    known = {r["recipe"] for r in old["recipes"]}
    both = [r["recipe"] for r in new["recipes"] if r["recipe"] in known and not r["control"]]
    found = []
    for c in new["comparisons"]:
        same = before.get((c["metric"], c["task"]))
        if same is not None:
            declared = bool(c.get("declared", True) and same.get("declared", True))
            found += [
                Asked(
                    key=(r, c["metric"], c["task"]),
                    title=c["metric_title"],
                    unit=c["unit"],
                    direction=c["direction"],
                    declared=declared,
                )
                for r in both
            ]
    tasks = dict.fromkeys(group(s["task"]) for s in new["sheet"])
    return found + [
        Asked(
            key=(r, KEPT, task),
            title="Must-lines known to be met",
            unit="share",
            direction="higher",
            declared=True,
        )
        for r in both
        for task in tasks
    ]


def _changes(
    asked: Sequence[Asked],
    tables: tuple[Table, Table],
    titles: Mapping[str, str],
    renewed: Mapping[str, str],
) -> Iterator[Change]:
    pairs: list[tuple[Asked, Interval]] = []
    for one in asked:
        old, new = (t.get(one.key, {}) for t in tables)
        if one.key[1] in renewed and old and new:
            why = f"measured {renewed[one.key[1]]}: the numbers cannot be compared"
            yield _change(one, Interval(mean=None), None, titles, why)
        elif old and new:
            both = [place for place in old if place in new]
            pairs.append((one, interval([fmean(new[p]) - fmean(old[p]) for p in both])))
    for family, way in ((True, holm), (False, benjamini_hochberg)):
        mine = [(one, found) for one, found in pairs if one.declared is family]
        tested = [p for _, found in mine if (p := found.p) is not None]
        adjusted = iter(way(tested))
        for one, found in mine:
            p = None if found.p is None else next(adjusted)
            why = "no shot is in both" if found.n == 0 else ""
            yield _change(one, found, p, titles, why)


def _change(
    one: Asked, found: Interval, p: float | None, titles: Mapping[str, str], why: str
) -> Change:
    recipe, metric, task = one.key
    verdict = "not_comparable" if why else _verdict(one, found, p)
    said = why or _said(one, found, p, verdict)
    return Change(
        recipe=recipe,
        metric=metric,
        task=task,
        unit=one.unit,
        declared=one.declared,
        difference=found.mean,
        ci_low=found.low,
        ci_high=found.high,
        p_adjusted=p,
        n_shots=found.n,
        verdict=verdict,
        sentence=f"{titles.get(recipe, recipe)}, {task_title(task).lower()}: {one.title}: {said}.",
    )


def _verdict(one: Asked, found: Interval, p: float | None) -> str:
    if p is None or p >= ALPHA or not found.mean:
        return "tie"
    if one.direction == "none":
        return "changed"
    return "better" if (found.mean > 0) is (one.direction == "higher") else "worse"


def _said(one: Asked, found: Interval, p: float | None, verdict: str) -> str:
    mean = found.mean or 0.0
    moved = shown(mean, one.unit, difference=True)
    moved = moved if moved.startswith(MINUS) else f"+{moved}"
    shots = f"{found.n} shot{'' if found.n == 1 else 's'}"
    if p is None:
        return f"{moved} on {shots}; one shot gives no interval, nothing is said"
    span = "the same on every shot, no interval"
    if found.low is not None and found.high is not None:
        low, high = (shown(v, one.unit, difference=True) for v in (found.low, found.high))
        span = f"95 % CI {low} to {high}"
    told = f"{moved} ({span}; {shots}; adjusted p {p:.2g})"
    return f"no change detected: {told}" if verdict == "tie" else f"{verdict} by {told}"


def _titles(report: Json) -> dict[str, str]:
    return {r["recipe"]: r["title"] for r in report["recipes"]}


def _versions_of(old: Json, new: Json) -> dict[str, str]:
    """Name the metrics whose version is another one: metric → "by version 1 and by version 2"."""
    before, after = (r.get("provenance", {}).get("metrics", {}) for r in (old, new))
    return {
        m: f"by version {before[m]} and by version {after[m]}"
        for m in after
        if m in before and before[m] != after[m]
    }


def _versions(old: Json, new: Json) -> Iterator[str]:
    before = {r["recipe"]: r for r in old["recipes"]}
    for row in new["recipes"]:
        for field in ("model_name", "operation", "template"):
            was = before.get(row["recipe"], {}).get(field)
            if was is not None and row.get(field) is not None and was != row[field]:
                yield f"{row['title']}: {field.replace('_', ' ')} {was} → {row[field]}"
    yield from (f"{m}: measured {how}" for m, how in _versions_of(old, new).items())
    wires = [
        {w["alias"]: w["model_id"] for w in r.get("provenance", {}).get("wire_ids", ())}
        for r in (old, new)
    ]
    for alias in sorted(wires[0].keys() & wires[1].keys()):
        if wires[0][alias] != wires[1][alias]:
            yield f"{alias}: the model behind the name is another version (ids in the provenance)"
    for field in ("pipeline_version", "catalogue_as_of"):
        a, b = (r.get("provenance", {}).get(field) for r in (old, new))
        if a and b and a != b:
            yield f"{field.replace('_', ' ')}: {a} → {b}"


def _facts(old: Json, new: Json) -> Iterator[str]:
    before = {r["recipe"]: r for r in old["recipes"]}
    for row in new["recipes"]:
        was = before.get(row["recipe"])
        if was is None or row["control"]:
            continue
        prices = was["usd_per_take"], row["usd_per_take"]
        if None not in prices and prices[0] != prices[1]:
            yield f"{row['title']}: {prices[0]:.3f} → {prices[1]:.3f} USD a take"
        told = [", ".join(f"{n} {k}" for k, n in r["outcomes"].items() if n) for r in (was, row)]
        if told[0] != told[1]:
            yield f"{row['title']}: trials {told[0] or 'none'} → {told[1] or 'none'}"


def _warnings(old: Json, new: Json, tables: tuple[Table, Table]) -> Iterator[str]:
    before, after = _titles(old), _titles(new)
    for title, mine, other in (("OLD", before, after), ("NEW", after, before)):
        alone = [mine[r] for r in mine if r not in other]
        if alone:
            yield f"only in {title}, not compared: {', '.join(alone)}"
    places = [{p for shots in t.values() for p in shots} for t in tables]
    off = len(places[0] ^ places[1])
    if off:
        both = len(places[0] & places[1])
        yield f"{off} shots are in one report only and not compared; {both} in both"
    seals = [{p["code"]: p["seal"] for c in r["campaigns"] for p in c["packs"]} for r in (old, new)]
    changed = [c for c in seals[0] if c in seals[1] and seals[0][c] != seals[1][c]]
    if changed:
        yield f"packs that were changed between the reports: {', '.join(changed)}"
    if _versions_of(old, new):
        yield "metrics were renewed: must-lines that they decide may have moved with them"
    if old == new:
        yield "both reports are the same document"


def _order(change: Change) -> tuple[int, bool, str, str, str]:
    place = ("worse", "better", "changed", "tie", "not_comparable").index(change.verdict)
    return place, not change.declared, change.recipe, change.task, change.metric
