"""`circletake track`: takes go to the studio's own tracker, and people's words come back."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import bad_news, console

if TYPE_CHECKING:
    from dashboard.tracking.nouns import Plan
    from dashboard.tracking.port import Tracker
    from dashboard.tracking.pull import Heard
    from dashboard.tracking.push import Outcome
    from dashboard.tracking.syncing import Order, Ready

Json = dict[str, Any]
HOW = """Takes into the studio's own tracker, people's words back out.

ONCE. Ask your Kitsu administrator for a task type GenAI Take for shots, and for a bot (People >
Bots) whose role is manager and who is in the team of the project. Put its token into
~/.config/circletake/kitsu, then
`chmod 600 ~/.config/circletake/kitsu`; or set CIRCLETAKE_KITSU_TOKEN. Never put it on a command
line. Set CIRCLETAKE_KITSU to the address, https://kitsu.your-studio.example. Give each partner a
project of its own: a project with another partner's takes in it is refused.

EACH TIME. `circletake track push --campaign ID --project NAME --dry-run` says what would be
written. The same without --dry-run writes it. `circletake track pull …` fetches what people said.

WHAT ARRIVES. A shot that is there already is found by its name (SH0020 or SQ010_SH0020 in sequence
SQ010) and is not changed; one that is missing is made, with the frames of the cut. Each shot gets
one task, GenAI Take. Each take becomes one revision on it: a comment that says who made it, what
it cost and how it answers each acceptance line; a preview with burn-ins; and the media as
received, attached, then read back and compared byte by byte. Kitsu writes previews anew:
signatures and grades live in the attachment. Simulated takes say so in every comment and preview.
A verdict that changes later, and what a named person decided, follow as comments. Findings that
rest on takes of a shot stand in one comment of its task.

WHAT COMES BACK. Comments, and replies to ours, become observations in their author's own words;
the role says "manager in Kitsu". A status is shown and circles nothing: a named person does, with
`circletake circle TAKE --by NAME`.

WHEN IT BREAKS. Run the same command again. Each thing is looked for before it is written, so after
a server error, a lost answer or a killed process only what is missing is written. What you delete
in the tracker stays deleted; --again pushes it once more. What you rename there is found by its id.
The last line of our comments, in square brackets, is how they are found on another machine: leave
it as it is. Exit code 1: something was left out, and is named; 3: the tracker broke in the middle.

FLOW (ShotGrid). `--tracker flow`, `pip install shotgun_api3`, CIRCLETAKE_FLOW (the site),
CIRCLETAKE_FLOW_SCRIPT (the script's name) and CIRCLETAKE_FLOW_TOKEN (its key) or
~/.config/circletake/flow. Takes become Versions, remarks Notes. It is tested against mockgun, the
double that comes with its client, and on no real site: try it on a project that may be thrown away.
"""
Campaign = Annotated[str, typer.Option(help="Campaign id.")]
Project = Annotated[str, typer.Option(help="Name of the project in the tracker.")]
Site = Annotated[
    str | None, typer.Option(help="Its address; else $CIRCLETAKE_KITSU, or $CIRCLETAKE_FLOW.")
]
Which = Annotated[str, typer.Option("--tracker", help="kitsu or flow.")]
Task = Annotated[str, typer.Option(help="Task (Kitsu: type of task) that takes stand on.")]


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help=HOW)
    group.command("push")(push)
    group.command("pull")(pull)
    app.add_typer(group, name="track")


def push(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    campaign: Campaign,
    project: Project,
    site: Site = None,
    tracker: Which = "kitsu",
    task: Task = "GenAI Take",
    shot: Annotated[str | None, typer.Option(help="Only of this shot.")] = None,
    *,
    circled: Annotated[bool, typer.Option("--circled", help="Only circled takes.")] = False,
    findings: Annotated[bool, typer.Option("--findings/--no-findings")] = True,
    originals: Annotated[
        bool, typer.Option("--originals/--no-originals", help="Attach media as received.")
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Push once more what was deleted there.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say it, write nothing.")] = False,
) -> None:
    """Push shots, takes, verdicts, decisions and findings: what is missing there, and only that.

    Exit code 1 where something was left out; it is named, with what would help.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from dashboard.tracking import syncing
    from dashboard.tracking.gathering import Choice
    from dashboard.tracking.opening import opened

    order = syncing.Order(
        campaign=campaign, project=project, choice=Choice(shot=shot, circled=circled),
        findings=findings, originals=originals, again=again,
    )  # fmt: skip
    with studio(said.home) as here, closing(opened(tracker, site, task=task)) as there:
        if dry_run:
            ready = syncing.look(here, there, order)
            body = _planned(ready.plan) | _head(ready, there, order)
            said.answer(body, _plan_text(body))
        else:
            ready, outcome = syncing.push(here, there, order, said.tell)
            _unbroken(outcome, ready.plan)
            body = _pushed(outcome, ready.plan) | _head(ready, there, order)
            said.answer(body, _push_text(body))
    if body["problems"] or body["left_out"]:
        raise bad_news()


def pull(
    context: typer.Context,
    campaign: Campaign,
    project: Project,
    site: Site = None,
    tracker: Which = "kitsu",
    task: Task = "GenAI Take",
) -> None:
    """Fetch notes and statuses: notes are kept as observations, statuses are shown.

    Nothing is decided: a named person circles.
    """
    said = console(context)
    from benchmarks.bootstrap import studio
    from dashboard.tracking import syncing
    from dashboard.tracking.opening import opened

    order = syncing.Order(campaign=campaign, project=project)
    with studio(said.home) as here, closing(opened(tracker, site, task=task)) as there:
        found, new = syncing.pull(here, there, order)
    body = _heard(found, new) | {"campaign": campaign, "project": project, "tracker": tracker}
    said.answer(body, _pull_text(body))


def _unbroken(outcome: "Outcome", plan: "Plan") -> None:
    """Raise what the tracker broke with, and say how far it came."""
    broke = outcome.stopped
    if broke is None:
        return
    from router.domain.errors import Unreachable

    done = len(outcome.done)
    where = f" at step {done + len(outcome.left_out) + 1} of {len(plan.steps)}"
    what = f" ({outcome.at.words})" if outcome.at else ""
    expected = "an answer; run the same command again: what is there is not written twice"
    raise Unreachable(
        field=broke.field, found=f"{broke.found}{where}{what}; {done} done", expected=expected
    )


def _head(ready: "Ready", there: "Tracker", order: "Order") -> Json:
    return {
        "campaign": order.campaign,
        "project": order.project,
        "tracker": there.name,
        "simulated": ready.case.simulated,
        "shots": len(ready.sending.cards),
        "takes": len(ready.sending.versions),
    }


def _planned(plan: "Plan") -> Json:
    from dataclasses import asdict

    return {
        "steps": [{"kind": s.kind.value, "shot": s.shot, "take": s.take} for s in plan.steps],
        "written": 0,
        "same": plan.same,
        "gone": list(plan.gone),
        "problems": [asdict(problem) for problem in plan.problems],
        "left_out": [],
    }


def _pushed(outcome: "Outcome", plan: "Plan") -> Json:
    from collections import Counter

    done = Counter(step.kind.value for step in outcome.done)
    checked = done.pop("check", 0)
    body = _planned(plan) | {"written": done.total(), "left_out": list(outcome.left_out)}
    del body["steps"]
    return body | {"by_kind": dict(done), "checked": checked}


def _heard(found: "Heard", new: int) -> Json:
    from benchmarks.planning.plan import stamp

    notes = [
        {"observation": o.id, "take": o.takes[0] if o.takes else None, "by": o.by, "role": o.role,
         "text": o.text, "at": stamp(o.created_at)}
        for o in found.observations
    ]  # fmt: skip
    statuses = [
        {"shot": w.shot, "take": w.take, "asks_for": w.standing.value, "status": w.word,
         "by": w.by, "role": w.role, "at": stamp(w.at), "what_now": w.what_now}
        for w in found.wishes
    ]  # fmt: skip
    return {"notes": notes, "new": new, "statuses": statuses}


def _plan_text(body: Json) -> str:
    from collections import Counter

    count = Counter(step["kind"] for step in body["steps"])
    lines = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in count.items()]
    head = f"{body['takes']} takes of {body['shots']} shots; {body['same']} are there whole"
    what = [f"would write: {', '.join(lines)}"] if lines else ["nothing to write"]
    now = ["What now?  The same without --dry-run."] if lines else []
    return "\n".join([_title(body), head, *what, *_trouble(body), *now])


def _push_text(body: Json) -> str:
    lines = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in body["by_kind"].items()]
    wrote = f"wrote {', '.join(lines)}" if lines else "nothing to write"
    wrote += f"; {body['checked']} attachments read back" if body["checked"] else ""
    head = f"{wrote}; {body['same']} takes were there whole"
    now = (
        f"What now?  People comment there; then `circletake track pull --campaign "
        f'{body["campaign"]} --project "{body["project"]}"`.'
    )
    return "\n".join([_title(body), head, *_trouble(body), now])


def _title(body: Json) -> str:
    mark = " · SIMULATED" if body["simulated"] else ""
    return f"{body['tracker']}: {body['project']} · campaign {body['campaign']}{mark}"


def _trouble(body: Json) -> list[str]:
    lines = [f"{p['shot']}: found {p['found']}; expected {p['expected']}" for p in body["problems"]]
    lines += [f"left out: {one}" for one in body["left_out"]]
    gone = body["gone"]
    lines += [f"deleted there, and left so: {', '.join(gone)} (--again pushes)"] if gone else []
    return lines


def _pull_text(body: Json) -> str:
    lines = [f"{len(body['notes'])} notes, {body['new']} of them new"]
    lines += [
        f"  {n['at']}  {n['by']} ({n['role']}), {n['take'] or 'no take'}: {n['text']}"
        for n in body["notes"]
    ]
    lines += [f"{len(body['statuses'])} statuses that people set; they decide nothing here"]
    for one in body["statuses"]:
        lines.append(f"  {one['shot']} {one['take'] or ''}: {one['status']} by {one['by']}")
        lines.append(f"    what now?  {one['what_now']}")
    return "\n".join(lines)
