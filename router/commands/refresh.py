"""`circletake models refresh`: what AWS lists against what the catalogue says."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.commands.models import group
from router.console import bad_news, console

if TYPE_CHECKING:
    from router.cloud.aws import Clients
    from router.cloud.refreshing import Change


def register(_app: typer.Typer) -> None:
    """Mount the sub-command of this file on `models`."""
    group.command("refresh")(refresh)


def refresh(
    context: typer.Context,
    write: Annotated[
        Path | None,
        typer.Option(help="Write a proposed catalogue to this file, to be read and taken over."),
    ] = None,
    *,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Ask the embedded emulator, not AWS.")
    ] = False,
) -> None:
    """Ask AWS which models there are, and show what differs. Changes nothing; costs nothing.

    Exit code 1 where a model that the catalogue uses is gone.
    """
    from router import catalog
    from router.clock import SystemClock
    from router.cloud import listing, refreshing

    catalogue, today = catalog.load(), SystemClock().now().date()
    used = [m for m in catalogue.values() if refreshing.is_listed(m) and refreshing.in_use(m)]
    with _clients(simulate=simulate) as clients:
        offered = listing.offers(clients, refreshing.regions(catalogue))
        known = {offer.model_id for offer in offered}
        blocked = listing.blocked(clients, [m for m in used if m.model_id in known])
    found = refreshing.changes(catalogue, offered, blocked, today=today)
    said = console(context)
    if write is not None:
        _write(write, found)
        said.tell(f"{write} holds the proposed catalogue; nothing uses it yet")
    regions = refreshing.regions(catalogue)
    body = {"asked": list(regions), "simulated": simulate, "changes": [_as_dict(c) for c in found]}
    nothing = f"{len(used)} models in {len(regions)} Regions stand as the catalogue says"
    said.answer(body, "\n".join(map(_line, found)) or nothing)
    if any(c.is_bad_news for c in found):
        raise bad_news()


def _clients(*, simulate: bool) -> "AbstractContextManager[Clients]":
    from contextlib import nullcontext

    from router.cloud import aws
    from router.domain.errors import BadInput

    if simulate:
        return _simulated()
    if not aws.has_credentials():
        raise BadInput(
            field="AWS credentials",
            found="none in the default credential chain",
            expected="credentials that may read Bedrock's list of models, or --simulate",
        )
    return nullcontext(aws.Clients())


def _simulated() -> "AbstractContextManager[Clients]":
    from contextlib import contextmanager
    from tempfile import TemporaryDirectory

    from router import emulation
    from router.cloud import aws

    @contextmanager
    def opened() -> Any:
        with TemporaryDirectory() as folder:
            state = Path(folder)
            words = emulation.arguments(state=state, instant=True)
            with emulation.running(words, ledger=state / "billing.jsonl") as found:
                yield aws.Clients(
                    aws.Endpoint(
                        bedrock_url=found.endpoint,
                        s3_url=found.s3_endpoint,
                        access_key=found.access_key,
                        secret_key=found.secret_key,
                        bucket=found.bucket,
                    )
                )

    return opened()


def _write(path: Path, found: "tuple[Change, ...]") -> None:
    """Write the proposal; refuses to write over anything, and what the catalogue would refuse."""
    from router import catalog
    from router.clock import SystemClock
    from router.cloud import refreshing
    from router.domain.errors import BadInput

    if path.exists():
        raise BadInput(field="write", found=str(path), expected="a file that is not there yet")
    text = Path(catalog.__file__).with_name("catalog.yaml").read_text(encoding="utf-8")
    today = SystemClock().now().date()
    path.write_text(refreshing.proposed(text, found, today=today), encoding="utf-8")
    catalog.load(path)


def _as_dict(change: "Change") -> dict[str, Any]:
    return {
        "kind": change.kind,
        "key": change.key or None,
        "model_id": change.model_id,
        "reason": change.reason,
    }


def _line(change: "Change") -> str:
    return f"{change.kind:10} {change.key or change.model_id:36} {change.reason}"
