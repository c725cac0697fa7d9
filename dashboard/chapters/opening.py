"""Chapters 1 to 4: the answer, what was decided beforehand, the method, the sample."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard import wording as say
from dashboard.chapters.blocks import Block, bullets, facts, head, table, text
from dashboard.edition import Names, beaten, glance

Json = Mapping[str, Any]
ENDS = ("total", "done", "refused", "failed", "parked", "unknown", "open")
CONTROLLED = " (control)"


def summary(d: Json, names: Names) -> Iterator[Block]:
    """Give one page: question, answer, how sure, what to do."""
    edition = d.get("edition") or {"for": "internal", "note": ""}
    if edition["for"] != "internal":
        yield text(f"Edition for {edition['for']}.", "meta")
    yield text(
        "Which recipe keeps the promises of a shot's acceptance lines, on the partners' own shots, "
        "and at what price?",
        "lede",
    )
    yield text(d["answer"][0] if d["answer"] else "Nothing was measured that allows an answer.")
    if d["answer"][1:]:
        yield bullets(d["answer"][1:6])
    counts = d.get("counts")
    if counts:
        ends = counts["trials"]
        yield facts(
            [
                ("Takes", say.count(counts["takes"], "take")),
                ("Shots", say.count(counts["shots"], "shot")),
                ("Recipes", f"{counts['recipes']} paid, {counts['controls']} free controls"),
                ("Spent", f"{say.usd(counts['spend_usd'])} of {say.usd(counts['budget_usd'])}"),
                (
                    "Gave no take",
                    f"{ends['refused']} refused, {ends['failed']} failed, "
                    f"of {say.count(ends['total'], 'trial')}",
                ),
            ]
        )
    advised = d.get("recommendations", ())
    if advised:
        yield head("What to do")
        yield bullets([f"{a['text']} ({a['confidence']})" for a in advised[:4]])
    rows = [
        (
            g["comparison"]["metric_title"],
            say.task(g["comparison"]["task"]),
            ", ".join(names.recipe(a["recipe"]) for a in g["leaders"]) or "no ranking",
            beaten(g["controls"], names),
            _most_shots(g["comparison"]),
        )
        for g in glance(d)
    ]
    if rows:
        columns = (
            "Metric",
            "Task",
            "Best paid recipe, or those that tie",
            "Free controls",
            "Shots#",
        )
        yield table(
            "At a glance. Recipes that cannot be told apart stand together: a tie is an answer.",
            columns,
            rows,
            widths=(1.2, 1.2, 1.8, 1.4, 0.5),
        )


def decided(d: Json) -> Iterator[Block]:
    """Give what was fixed before anything was known."""
    if d.get("decided"):
        yield bullets(d["decided"])
    for study in d.get("studies", ()):
        if study.get("protocol"):
            yield text(study["protocol"], "meta")
    if not d.get("studies"):
        yield text("No blind study was laid out for these campaigns.", "meta")
    rows = [
        (
            c["partner_name"],
            ", ".join(p["title"] for p in c["packs"]),
            say.day(c["window"]["opens"]),
            say.day(c["window"]["findings_due"]),
            say.usd(c["budget_usd"]),
        )
        for c in d["campaigns"]
    ]
    columns = ("Partner", "Shot pack", "Window opens", "Findings due", "Budget#")
    yield table("Windows and budgets.", columns, rows, widths=(1.2, 1.6, 1, 1, 0.8))
    recipes = [
        (
            r["title"] + (CONTROLLED if r["control"] else ""),
            r["model_name"],
            r["operation"].replace("_", " "),
        )
        for r in d["recipes"]
    ]
    yield table(
        "The recipes, fixed before the first call.", ("Recipe", "Model", "Operation"), recipes,
        widths=(1.4, 1.4, 1),
    )  # fmt: skip


def method(d: Json) -> Iterator[Block]:
    """Give the method on one page."""
    yield bullets(d.get("method") or ["The document does not say how it was measured."])
    rows = [
        (c["metric_title"], say.task(c["task"]), say.DIRECTIONS.get(c["direction"], c["direction"]))
        for c in d["comparisons"]
        if c.get("declared", True)
    ]
    if rows:
        yield table(
            "Declared questions.", ("Metric", "Task", "Better is"), rows, widths=(1.4, 1.6, 1)
        )
    if d.get("confidence"):
        yield head("How sure")
        yield facts([(k.capitalize(), v) for k, v in d["confidence"].items()])


def sample(d: Json) -> Iterator[Block]:
    """Give partners, shots, tasks, raters, and votes that were asked, kept and left out."""
    told = d.get("sample")
    if told:
        rows = [
            (
                r["partner_name"],
                ", ".join(r["tasks"]),
                str(r["shots"]),
                str(r["takes"]),
                str(r["measured"]),
                str(r["lines"]["must"]),
            )
            for r in told["campaigns"]
        ]
        columns = ("Partner", "Tasks", "Shots#", "Takes#", "Measured#", "Must-lines#")
        yield table(
            "Who took part, and with what.", columns, rows, widths=(1.2, 2, 0.6, 0.6, 0.8, 0.9)
        )
    ended = [
        (
            c["partner_name"],
            *(str(c["trials"][k]) for k in ENDS),
        )
        for c in d["campaigns"]
    ]
    heads = ("Partner", "Trials#", *(f"{k.capitalize()}#" for k in ENDS[1:]))
    yield table("How the trials ended.", heads, ended, widths=(2, *[1.0] * len(ENDS)))
    votes = (told or {}).get("votes", ())
    if votes:
        given = [
            (
                v["study"][:12],
                str(v["raters"]),
                str(v["asked"]),
                str(v["votes"]),
                "open" if v["open"] else str(v["kept"] or 0),
            )
            for v in votes
        ]
        asked = ("Study", "Raters#", "Votes asked#", "Given#", "Kept#")
        yield table("Blind votes.", asked, given)
        for study in d.get("studies", ()):
            for out in study.get("removed") or ():
                votes_out = say.count(out["votes"], "vote")
                reasons = "; ".join(out["reasons"])
                yield text(f"Left out: {out['rater']}, {votes_out}: {reasons}.", "meta")
    else:
        yield text("Nobody voted yet: what people prefer is not measured.", "meta")


def _most_shots(comparison: Json) -> str:
    return str(max((a["n_shots"] for a in comparison["arms"]), default=0))
