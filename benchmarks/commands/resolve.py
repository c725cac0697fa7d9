"""`circletake ledger resolve`: a named person ends what stays unknown for good."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import console

if TYPE_CHECKING:
    from benchmarks.studio import Studio
    from router.domain.ruling import Ruling

BY = "console"


def resolve(
    context: typer.Context,
    attempt: Annotated[str, typer.Argument(help="Attempt, or question to a language model.")],
    *,
    by: Annotated[str, typer.Option(help="The name of the person who looked into it.")],
    because: Annotated[
        str, typer.Option(help="The provider's request id, and what its log says of it.")
    ],
    billed: Annotated[
        bool,
        typer.Option(
            "--billed/--never-left",
            help="It was paid, and its result cannot be had; or no call of it was ever billed.",
        ),
    ],
    usd: Annotated[
        str | None,
        typer.Option(help="What it was billed, where that is known.  [default: what is held]"),
    ] = None,
) -> None:
    """End an attempt whose answer stays lost, after a named person looked into the provider's log.

    Only what is unknown, and has been for an hour. It is looked for once more before: what is found
    is booked, and nothing is ended. What is ended is never asked again, and stands in the audit
    log; `reconcile` goes on looking for what was never billed, and says where that was wrong.
    """
    said = console(context)
    from benchmarks.bootstrap import studio, wire_of

    ruling = _ruling(by, because, usd, is_billed=billed)
    with studio(said.home) as here:
        partner, account = _of(here, attempt)
        simulated = account in here.router.simulated_accounts(partner)
    with studio(said.home, wire_of(simulated=simulated), works=False) as here:
        found = _ruled(here, (partner, attempt), ruling)
    body = {"attempt": attempt, "partner": partner, "account": account, **found}
    said.answer(body, _told(body))


def _ruling(by: str, because: str, usd: str | None, *, is_billed: bool) -> "Ruling":
    """Check what was said; raises BadInput."""
    from router.domain.errors import BadInput
    from router.domain.money import musd_of
    from router.domain.ruling import Ruling

    for name, words in (("--by", by), ("--because", because)):
        if not words.strip():
            raise BadInput(field=name, found=words, expected="words: it is kept for good")
    if usd is not None and not is_billed:
        raise BadInput(field="--usd", found="with --never-left", expected="--billed")
    musd = None if usd is None else musd_of("--usd", usd)
    return Ruling(by=by.strip(), because=because.strip(), is_billed=is_billed, musd=musd)


def _of(here: "Studio", name: str) -> tuple[str, str]:
    """Say whose it is, and which budget pays; raises UnknownName."""
    from router.domain.errors import UnknownName
    from router.store import outline
    from router.store.database import reading

    for partner in here.partners:
        with reading(here.router.records, partner) as connection:
            account = outline.payer(connection, partner, name)
        if account is not None:
            return partner, account
    hint = "`circletake ledger show CAMPAIGN --partner PARTNER` lists them"
    raise UnknownName("attempt", name, (), hint=hint)


def _ruled(here: "Studio", where: tuple[str, str], ruling: "Ruling") -> dict[str, Any]:
    from router.domain.ruling import WRITTEN_OFF
    from router.llm import resolving
    from router.store import questions
    from router.store.database import reading

    partner, name = where

    def witness() -> object:
        ids = {"attempt": name, "by": ruling.by}
        bill = {"billed": ruling.is_billed, "musd": ruling.musd}
        return here.audit.note(BY, partner, "written_off", **ids, **bill)

    with reading(here.router.records, where[0]) as connection:
        is_question = questions.find(connection, *where) is not None
    if is_question:
        grace = here.router.unknown_grace
        row = resolving.resolve(here.asking, where, ruling, witness, grace=grace)
        state, code, reason, spent = row.state, row.code, row.reason, row.spent_musd
    else:
        ended = here.router.resolve(*where, ruling, witness)
        state, code, reason, spent = ended.state, ended.code, ended.reason, ended.spent_musd
    return {
        "resolved": code == WRITTEN_OFF,
        "state": state.value,
        "code": code,
        "reason": reason,
        "spend_usd": spent / 1e6,
    }


def _told(body: dict[str, Any]) -> str:
    if not body["resolved"]:
        return f"{body['attempt']}: its answer was found; it is {body['state']} now, as it was made"
    spent = f"{body['spend_usd']:.6f} USD are booked" if body["spend_usd"] else "nothing is booked"
    return f"{body['attempt']}: {body['state']}, {spent}, nothing is held; {body['reason']}"
