"""The HTML edition of a report document: groups and names things, computes nothing new."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard import charts, wording
from dashboard.pictures import Pictures

TEMPLATE_VERSION = "2"
PAPER = Path(__file__).parent / "paper"
FONTS = {
    "SANS": "slate-sans.woff2",
    "SERIF": "slate-serif.woff2",
    "SERIF_ITALIC": "slate-serif-italic.woff2",
}
SIMULATED_PAGES = (
    '@page{@top-center{content:"SIMULATED";font:700 9pt sans-serif;letter-spacing:.3em;'
    "color:#b3301b}}"
)
Json = Mapping[str, Any]


def page(
    document: Json,
    assets: Mapping[str, bytes],
    *,
    snapshot: str,
    chapters: Sequence[Json],
) -> str:
    """Set the page: one self-contained HTML text.

    Args:
        document: a `report/1` document.
        assets: pictures by the names that the document uses.
        snapshot: content id of the document, shown beside the provenance.
        chapters: the document, laid out in its fourteen parts.
    """
    css = style(document)
    entries = shots(document)
    return (
        _environment()
        .get_template("findings.html")
        .render(
            d=document,
            css=Markup(css),  # noqa: S704 - our own file and numbers, no text of the document
            csp=policy(css),
            snapshot=snapshot,
            template_version=TEMPLATE_VERSION,
            pictures=Pictures(assets),
            chapters=chapters,
            names=Names(document),
            shots=shown(document, entries),
            matrices=matrices(document, entries),
            glance=glance(document),
            beaten=beaten,
            kinds=by_kind(document),
            most=most_trials(document),
            controls=[r["recipe"] for r in document["recipes"] if r["control"]],
        )
    )


def policy(css: str) -> str:
    """Say what the page may load: nothing but what is inside it; no script at all."""
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def style(document: Json) -> str:
    """Give the style sheet: fonts embedded, one filter rule for each recipe."""
    css = (PAPER / "findings.css").read_text(encoding="utf-8")
    for name, file in FONTS.items():
        data = base64.b64encode((PAPER / "fonts" / file).read_bytes()).decode("ascii")
        css = css.replace(f"{{{{{name}}}}}", f"data:font/woff2;base64,{data}")
    rules = [
        f"main:has(#only-{i}:checked) .take:not(.r{i}){{display:none}}"
        for i in range(len(document["recipes"]))
    ]
    if document["simulated"]:
        rules.append(SIMULATED_PAGES)
    return "\n" + css + "\n".join(rules) + "\n"


def shown(document: Json, entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep what the page has room for: the takes of the contact sheets, and shots that have one.

    A document that names none has room for all. Every take stands in the tables of the bundle.
    """
    if "sheets" not in document:
        return list(entries)
    on = on_page(document)
    return [
        {
            **entry,
            "all_takes": [t for t in entry["all_takes"] if t["take"] in on],
            "takes": [t for t in entry["takes"] if t["take"] in on],
        }
        for entry in entries
        if not entry["all_takes"] or any(t["take"] in on for t in entry["all_takes"])
    ]


def on_page(document: Json) -> frozenset[str]:
    """Name the takes that stand on the page."""
    if "sheets" not in document:
        return frozenset(t["take"] for t in document["takes"])
    chosen = {take for takes in document["sheets"].values() for take in takes}
    repaired = {take for r in document["repairs"] for take in (r["parent"], r["child"])}
    return frozenset(chosen | repaired)


class Names:
    """What things are called on the page."""

    def __init__(self, document: Json) -> None:
        """Index recipes, partners and takes of one document."""
        guests = {g["recipe"]: g for g in document.get("elsewhere", ())}
        self._recipes = guests | {r["recipe"]: r for r in document["recipes"]}
        self._order = {r["recipe"]: i for i, r in enumerate(document["recipes"])}
        self._campaigns = {c["id"]: c for c in document["campaigns"]}
        self._takes = {t["take"]: t for t in document["takes"]}
        self._numbers = _numbers(document["takes"])
        self._on_page = on_page(document)

    def recipe(self, name: str) -> str:
        """Give a recipe's title."""
        return str(self._recipes.get(name, {}).get("title") or name)

    def is_control(self, name: str) -> bool:
        """Say whether a recipe is a free control."""
        return bool(self._recipes.get(name, {}).get("control"))

    def row(self, name: str) -> int:
        """Give a recipe's place in the document, for filters."""
        return self._order.get(name, -1)

    def partner(self, campaign: str) -> str:
        """Give the partner of a campaign."""
        return str(self._campaigns.get(campaign, {}).get("partner_name") or campaign)

    def take(self, id_: str) -> str:
        """Give a take's name for a person: shot, recipe and number."""
        take = self._takes.get(id_)
        if take is None:
            return id_[:8]
        return f"{take['shot']}, {self.recipe(take['recipe'])}, {self.number(id_)}"

    def number(self, id_: str) -> str:
        """Give "take 2", or "repaired take"."""
        take = self._takes.get(id_)
        if take is not None and take.get("source") == "repaired":
            return "repaired take"
        return f"take {self._numbers.get(id_, 1)}"

    def has(self, id_: str) -> bool:
        """Say whether a take stands on the page of this document."""
        return id_ in self._on_page


def shots(document: Json) -> list[dict[str, Any]]:
    """Join each shot of the sheet with its takes and how far its must-lines are answered."""
    by_shot: dict[tuple[str, str], list[Json]] = {}
    for take in document["takes"]:
        by_shot.setdefault((take["campaign"], take["shot"]), []).append(take)
    return [
        {
            **entry,
            "all_takes": by_shot.get((entry["campaign"], entry["shot"]), []),
            "verdicts": {t["take"]: t["verdicts"] for t in entry["takes"]},
            "best": _best(entry),
            "must": sum(bool(line["must"]) for line in entry["lines"]),
            "place": place,
        }
        for place, entry in enumerate(document["sheet"], start=1)
    ]


def matrices(document: Json, entries: Sequence[Json]) -> list[dict[str, Any]]:
    """Lay out one overview of shots × recipes for each campaign: what it ran, controls last."""
    found = []
    for campaign in document["campaigns"]:
        mine = [e for e in entries if e["campaign"] == campaign["id"]]
        ran = {recipe for e in mine for recipe in e["best"]}
        recipes = [r for r in document["recipes"] if r["recipe"] in ran]
        recipes.sort(key=lambda r: bool(r["control"]))
        if mine:
            found.append({"partner": campaign["partner_name"], "shots": mine, "recipes": recipes})
    return found


def glance(document: Json) -> list[dict[str, Any]]:
    """Pick, for each comparison, the paid recipes that lead, and how the free controls stand."""
    return [
        {"comparison": c, "leaders": _leaders(c), "controls": _controls(c)}
        for c in document["comparisons"]
        if c.get("declared", True)
    ]


def beaten(controls: Sequence[Json], names: Names) -> str:
    """Say whether the paid recipes beat the free controls of a row of `glance`."""
    if not controls:
        return "none to beat"
    if not any(c["of"] for c in controls):
        return "too few shots to tell"
    told = [
        f"{names.recipe(c['recipe'])}: not beaten by {c['unbeaten_by']} of {c['of']}"
        for c in controls
        if c["unbeaten_by"]
    ]
    return "; ".join(told) or "all beaten"


def by_kind(document: Json) -> dict[str, list[Json]]:
    """Group findings by kind, in the order in which kinds first appear."""
    groups: dict[str, list[Json]] = {}
    for finding in document["findings"]:
        groups.setdefault(finding["kind"], []).append(finding)
    return groups


def most_trials(document: Json) -> int:
    """Find the longest bar of the page of outcomes."""
    return max((sum(r["outcomes"].values()) for r in document["recipes"]), default=0)


def _leaders(comparison: Json) -> list[Json]:
    ranked = [a for a in comparison["arms"] if not a["control"] and a["rank_low"] is not None]
    first = min((a["rank_low"] for a in ranked), default=None)
    return [a for a in ranked if a["rank_low"] == first]


def _controls(comparison: Json) -> list[dict[str, Any]]:
    """Count, for each control that must be beaten, the paid recipes that do not surely beat it."""
    controls = {a["recipe"]: a["rank_low"] is not None for a in comparison["arms"] if a["control"]}
    known = [k for k in comparison["contrasts"] if k["p_adjusted"] is not None]
    found = []
    for name in (name for name, is_ranked in controls.items() if is_ranked):
        others = [(k, {k["a"], k["b"]} - {name}) for k in known if name in {k["a"], k["b"]}]
        mine = [k for k, other in others if not other & controls.keys()]
        left = sum(k["better"] in {None, name} for k in mine)
        found.append({"recipe": name, "unbeaten_by": left, "of": len(mine)})
    return found


def _best(entry: Json) -> dict[str, int]:
    """Count, for each recipe, the must-lines that its best take has passed."""
    must = {line["line"] for line in entry["lines"] if line["must"]}
    best: dict[str, int] = {}
    for take in entry["takes"]:
        passed = sum(v["verdict"] == "pass" and v["line"] in must for v in take["verdicts"])
        best[take["recipe"]] = max(best.get(take["recipe"], 0), passed)
    return best


def _numbers(takes: Sequence[Json]) -> dict[str, int]:
    seen: dict[tuple[str, str, str], int] = {}
    numbers = {}
    for take in takes:
        if take.get("source") == "repaired":
            continue
        key = (take["campaign"], take["shot"], take["recipe"])
        seen[key] = seen.get(key, 0) + 1
        numbers[take["take"]] = take.get("number") or seen[key]
    return numbers


def _picked(items: Sequence[Json], key: str, value: Any) -> Json:
    return next((i for i in items if i.get(key) == value), {})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAPER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=wording, chart=charts, picked=_picked)
    return environment
