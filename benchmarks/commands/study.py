"""`circletake study`: who votes on what, how sure it will be, and what came of it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.afar import afar, anywhere, only_here
from router.console import console

if TYPE_CHECKING:
    from benchmarks.votes.design import Design
    from benchmarks.votes.outcome import Result
    from benchmarks.votes.power import Assumed, Detectable
    from benchmarks.voting.booth import Booth

StudyId = Annotated[str, typer.Argument(help="Study id.")]
FIRST_VOTES = 300  # what a plan is estimated anew from


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group = typer.Typer(no_args_is_help=True, help="Blind studies: plan, open, close, result.")
    for command in (plan, open_, status, sheet, close, result):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="study")


@anywhere
def plan(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    *,
    partners: Annotated[int, typer.Option(help="Studios; the last is one person.")] = 3,
    raters: Annotated[int, typer.Option(help="People of the studios who vote.")] = 5,
    internal: Annotated[int, typer.Option(help="The platform's own raters, told apart.")] = 0,
    shots: Annotated[int, typer.Option(help="Shots of all partners together.")] = 24,
    models: Annotated[int, typer.Option(help="Models or recipes that are compared.")] = 4,
    votes: Annotated[
        int | None, typer.Option(help="Questions to each rater.  [default: up to 60]")
    ] = None,
    across: Annotated[bool, typer.Option("--across", help="Across studios, by consent.")] = False,
    clips: Annotated[bool, typer.Option("--clips", help="Clips, not stills.")] = False,
    from_: Annotated[
        str | None, typer.Option("--from", help="Estimate anew from a study's first votes.")
    ] = None,
) -> None:
    """Say which difference a study can detect, and what it will not be able to say."""
    said = console(context)
    from benchmarks.votes.design import Order, design
    from benchmarks.votes.power import Assumed

    assumed, rests_on = Assumed(), 0
    if from_ is not None:
        if said.server is not None:
            raise only_here("--from")
        from benchmarks.bootstrap import studio
        from benchmarks.voting.booth import booth_of

        with studio(said.home) as here:
            assumed, rests_on = _found(booth_of(here), from_)
    order = Order(
        partners=partners,
        raters=raters,
        internal=internal,
        shots=shots,
        recipes=models,
        votes=votes,
        across=across,
        clips=clips,
    )
    found = design(order, assumed)
    document = _plain(found) | {"estimated_from_votes": rests_on}
    said.answer(document, "\n".join(_plan_lines(found, rests_on)))


def open_(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    *,
    campaign: Annotated[list[str] | None, typer.Option(help="Campaign id; repeat it.")] = None,
    raters: Annotated[
        list[str] | None, typer.Option(help="NAME@PARTNER, or NAME for one of our own.")
    ] = None,
    recipes: Annotated[list[str] | None, typer.Option(help="[default: every paid one]")] = None,
    votes: Annotated[int, typer.Option(help="Questions to each rater.")] = 60,
    contrast: Annotated[
        list[str] | None, typer.Option(help="FIRST:SECOND, declared now; at most three.")
    ] = None,
    across: Annotated[bool, typer.Option("--across", help="Across studios, by consent.")] = False,
    second_round: Annotated[
        int, typer.Option(help="Questions to each in a second round; 0 = none will be.")
    ] = 30,
    broken: Annotated[
        list[str] | None, typer.Option(help="A take that is clearly broken, for gold pairs.")
    ] = None,
    second_round_of: Annotated[
        str | None, typer.Option(help="Ask the undecided pairs of this closed study.")
    ] = None,
) -> None:
    """Lay out every question and freeze it, before anybody votes."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting.booth import Call, booth_of, described

    with studio(said.home) as here:
        booth = booth_of(here)
        if second_round_of is not None:
            parts = booth.open_second(second_round_of)
        else:
            call = Call(
                campaigns=campaign or (),
                raters=raters or (),
                recipes=recipes or (),
                votes=votes,
                contrasts=contrast or (),
                across=across,
                second_round=second_round,
                broken=broken or (),
            )
            parts = booth.open(call)
        body = booth.status(parts[0].id)
    text = [f"study {body['study']}: {body['slots']} questions to {len(body['raters'])} raters"]
    text += [f"Note: {note}" for note in described(parts)["notes"]]
    said.answer(body, "\n".join(text))


@afar("benchmarks.remote.votes:status")
def status(
    context: typer.Context,
    study: Annotated[str | None, typer.Argument(help="Study id.  [default: all]")] = None,
) -> None:
    """Say how far the raters are; nothing about what they said."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting.booth import booth_of

    with studio(said.home) as here:
        booth = booth_of(here)
        ids = list(dict.fromkeys(s.id for s in here.store.studies.every()))
        found = [booth.status(id_) for id_ in ([study] if study else ids)]
    text = [f"{f['study']}  {f['state']:6}  {f['votes']} of {f['slots']} votes" for f in found]
    said.answer(found[0] if study else {"studies": found}, "\n".join(text) or "no study yet")


def sheet(
    context: typer.Context,
    study: StudyId,
    rater: Annotated[str, typer.Option(help="Whose questions.")],
    out: Annotated[Path, typer.Option(help="CSV to write: slot, left, right (codes).")],
) -> None:
    """Write a rater's questions as a blind sheet, to be answered elsewhere and imported."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting.booth import booth_of
    from benchmarks.voting.sheets import write

    with studio(said.home) as here:
        rows = write(booth_of(here).given(study), rater, out)
    said.answer({"study": study, "rater": rater, "rows": rows, "out": str(out)}, str(out))


def close(context: typer.Context, study: StudyId) -> None:
    """Take no more votes; the result can be read from now on."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting.booth import booth_of

    with studio(said.home) as here:
        booth = booth_of(here)
        booth.close(study)
        body = booth.status(study)
    said.answer(body, f"closed with {body['votes']} of {body['slots']} votes")


def result(context: typer.Context, study: StudyId) -> None:
    """Say what a closed study found, with and without the raters whom the rules leave out."""
    said = console(context)
    from benchmarks.bootstrap import studio
    from benchmarks.voting.booth import booth_of, described

    with studio(said.home) as here:
        found = booth_of(here).result(study)
        head = described(here.store.studies.of(study))
    said.answer(head | as_document(found), "\n".join(_result_lines(found, head)))


def as_document(found: "Result") -> dict[str, Any]:
    """Give the answer of `study result --json`."""
    from benchmarks.commands.votes import as_document as ranked

    body = _plain(found)
    for name, ranking in (("kept", found.kept), ("every", found.every)):
        body[name] = ranked(ranking) if ranking else None
    body["strata"] = {name: ranked(r) for name, r in found.strata.items()}
    return body


def _found(booth: "Booth", study: str) -> tuple["Assumed", int]:
    """Estimate from the first votes; which recipe leads is not told."""
    from statistics import median

    from benchmarks.domain.study import Kind
    from benchmarks.votes.ballots import ballots
    from benchmarks.votes.outcome import as_vote, matched
    from benchmarks.votes.power import Assumed, found, with_time

    pairs, _ = matched(booth.given(study))
    main = sorted((p for p in pairs if p[0].kind is Kind.PAIR), key=lambda p: p[1].at)
    first = main[:FIRST_VOTES]
    timed = [c.seconds for _, c in first if c.seconds is not None]
    estimate = found(ballots(map(as_vote, first)), Assumed())
    clips = any(s.left.mime.startswith("video/") for s, _ in first)
    return with_time(estimate, median(timed) if timed else None, clips=clips), len(first)


def _plain(noun: Any) -> dict[str, Any]:
    """Give plain JSON data: tuples become lists."""
    import json

    body: dict[str, Any] = json.loads(json.dumps(asdict(noun)))
    return body


def _difference(found: "Detectable | None") -> str:
    if found is None:
        return "nothing: one rater or one shot gives no interval"
    return f"{found.elo:.0f} Elo ({found.win_rate:.0%} of the votes)"


def _plan_lines(found: "Design", rests_on: int) -> list[str]:
    a = found.assumed
    basis = f"estimated from the first {rests_on} votes" if rests_on else "assumed"
    if 0 < rests_on < FIRST_VOTES:
        basis += f"; fewer than {FIRST_VOTES}, so take it with care"
    busiest = max(m for _, m in found.minutes)
    lines = [
        f"{found.votes} votes on pairs of {found.recipes} recipes by {len(found.raters)} raters "
        f"on {found.shots} shots, and {found.controls} controls",
        f"One declared contrast detects {_difference(found.declared)}, four times out of five.",
        f"Ranking all at once detects {_difference(found.ranking)}.",
        f"At most {busiest:.0f} minutes for a rater, in {found.sittings} sitting(s).",
        f"Spread from shot to shot {a.of_shot:.2f}, from rater to rater {a.of_rater:.2f} logits; "
        f"{a.ties:.0%} ties, {a.both_fail:.0%} both fail ({basis}).",
        "",
        "Votes on pairs that a win rate needs with these raters and shots, which have room for "
        f"{found.room}:",
    ]
    lines += [
        f"  {n.win_rate:.0%}: {n.votes if n.votes is not None else 'out of reach'}"
        for n in found.needs
    ]
    return [*lines, "", "It will not be able to say:", *(f"  - {s}" for s in found.cannot_say)]


def _result_lines(found: "Result", head: dict[str, Any]) -> list[str]:
    from benchmarks.commands.votes import ranking_lines

    whose = "the studios' raters" if found.headline == "studios" else "the platform's own raters"
    world = "SIMULATED: " if head["simulated"] else ""
    lines = [f"{world}study {head['study']}, by {whose}"]
    parts = {"Without those whom the rules leave out": found.kept}
    if any(c.left_out for c in found.raters):
        parts["With everybody"] = found.every
    parts |= {f"Votes of stratum {name}": ranking for name, ranking in found.strata.items()}
    for title, ranking in parts.items():
        lines += ["", title, *(ranking_lines(ranking) if ranking else ["no votes"])]
    for c in found.contrasts:
        lines.append(_contrast_line(c))
    for span in found.spans:
        ends = "no strengths" if span.elo_low is None else f"{span.elo_low:.0f}-{span.elo_high:.0f}"
        lines.append(f"Without each partner in turn, {span.name}: {ends} Elo")
    lines += _control_lines(found)
    return lines + [f"Warning: {w}" for w in found.warnings]


def _contrast_line(c: Any) -> str:
    if c.elo is None:
        return f"Declared: {c.first} against {c.second}: the votes give no number."
    interval = f"{c.elo:+.0f} Elo ({c.ci_low:+.0f} to {c.ci_high:+.0f})"
    verdict = f"{c.better} is better" if c.better else "no difference detected"
    return f"Declared: {c.first} against {c.second}: {interval}; {verdict}."


def _control_lines(found: "Result") -> list[str]:
    named = (
        ("Repeats answered alike", found.again),
        ("Same take on both sides told alike", found.same),
        ("Gold pairs answered right", found.gold),
    )
    lines = [f"{title}: {t.hits} of {t.n}" for title, t in named if t.n]
    if found.after_decision:
        lines.append(f"Left out, decided on before the vote: {found.after_decision} votes")
    if found.tipping:
        t = found.tipping
        lines.append(f"Without {t.votes} votes ({t.share:.1%}), {t.instead} would lead.")
    return lines
