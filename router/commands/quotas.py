"""`circletake models quotas`: what the account may ask for, read from Service Quotas."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.commands.models import group
from router.console import bad_news, console

if TYPE_CHECKING:
    from router.cloud.quotas import Found, Quotas


def register(_app: typer.Typer) -> None:
    """Mount the sub-command of this file on `models`."""
    group.command("quotas")(quotas)


def quotas(
    context: typer.Context,
    write: Annotated[
        Path | None,
        typer.Option(help="Write what was read to this file, to be looked at."),
    ] = None,
    *,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Write it to quotas.yaml of the home: from then on it counts."),
    ] = False,
) -> None:
    """Read this account's quotas of the catalogue's models from AWS. Costs nothing.

    Exit code 1 where the account may ask nothing of a model (a quota of zero).
    """
    from router import catalog, settings
    from router.clock import SystemClock
    from router.cloud import aws, listing, quota_file
    from router.cloud.quotas import asked_for, match
    from router.domain.errors import BadInput

    said, here = console(context), settings.read(console(context).home)
    if not aws.has_credentials():
        expected = "credentials that may read Service Quotas"
        raise BadInput(field="AWS credentials", found="none", expected=expected)
    clients, models = aws.clients_of(here), asked_for(catalog.load())
    regions = sorted({region for m in models for region in m.regions})
    listed = [row for region in regions for row in listing.quotas(clients, region)]
    titles = {k: v for region in regions for k, v in listing.titles(clients, region).items()}
    found, day = match(models, listed, titles), SystemClock().now().date()
    for path in _places(write, here.home / quota_file.NAME if keep else None):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(quota_file.text(found, day), encoding="utf-8")
        quota_file.applied(catalog.load(), path)
        said.tell(f"{path} written")
    closed = quota_file.closed(found)
    said.answer(_as_json(found, regions, closed), _text(found, closed, kept=keep))
    if closed:
        raise bad_news()


def _places(*paths: Path | None) -> list[Path]:
    return [path for path in paths if path is not None]


def _as_json(found: "Quotas", regions: list[str], closed: tuple[str, ...]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "asked": regions,
        "quotas": [asdict(f) for f in found.found],
        "doubtful": list(found.doubtful),
        "unlisted": list(found.unlisted),
        "closed": list(closed),
    }


def _text(found: "Quotas", closed: tuple[str, ...], *, kept: bool) -> str:
    lines = [_line(f) for f in found.found]
    lines += [f"doubtful, not taken: {line}" for line in found.doubtful]
    if found.unlisted:
        lines.append(
            "AWS lists no requests a minute and no calls at once for: "
            f"{', '.join(found.unlisted)}; the catalogue's careful numbers stay"
        )
    lines += [f"{key}: a quota of zero, nothing can be asked of it" for key in closed]
    ask = "ask for more at Service Quotas in the console"
    now = ask if kept else f"`circletake models quotas --keep` lets them count; {ask}"
    return "\n".join([*lines, f"What now?  {now}."])


def _line(found: "Found") -> str:
    words = found.kind.replace("_", " ")
    return (
        f"{found.model:28} {found.value:g} {words} in {found.region}  ({found.code} {found.name})"
    )
