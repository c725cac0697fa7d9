"""Blind votes at a service."""

from benchmarks.client import Client, Vote
from benchmarks.commands import votes as words
from router.afar import There
from router.domain.errors import BadInput


def cast_(
    there: There,
    *,
    study: str,
    rater: str,
    slot: int | None,
    outcome: str | None,
    seconds: float | None,
    plays: int | None,
) -> None:
    """Answer a blind question; without an outcome, show the next one."""
    client = Client(there.service)
    if slot is None and outcome is None:
        asked = client.question(study, rater)
        there.said.answer(asked, words.question(asked))
        return
    if slot is None or outcome is None:
        raise BadInput(field="vote", found="one of two", expected="--slot and --outcome")
    vote = Vote(rater=rater, slot=slot, outcome=outcome, seconds=seconds, plays=plays)
    kept = client.vote(study, **vote)
    there.said.answer(kept, "kept" if kept["new"] else "the same vote was there already")


def status(there: There, *, study: str | None) -> None:
    """Say how far the raters of a study are."""
    if study is None:
        raise BadInput(field="STUDY", found=None, expected="a study's id, with --server")
    body = Client(there.service).study(study)
    told = f"{body['study']}  {body['state']:6}  {body['votes']} of {body['slots']} votes"
    there.said.answer(body, told)
