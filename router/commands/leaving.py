"""`circletake partners purge` and `retention`: how long things are kept, and how they go."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.console import Console, bad_news, console

if TYPE_CHECKING:
    from router.settings import Settings

BY = "console"
Yes = Annotated[bool, typer.Option("--yes", help="Do it: there is no way back.")]


def purge(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The partner that leaves.")],
    *,
    yes: Yes = False,
    canary: Annotated[
        list[str] | None, typer.Option(help="A text that was planted, to look for; repeatable.")
    ] = None,
) -> None:
    """Delete everything of a partner, destroy its key, look for it again, certify that.

    Money lines and audit ids stay, without content. Stop workers first; safe to repeat.
    """
    from router import partners, settings
    from router.domain.errors import UnknownName
    from router.leaving import opening
    from router.leaving.certificate import is_clean, page
    from router.leaving.purge import purge as leave

    said = console(context)
    here = settings.read(said.home)
    known = partners.load(*here.partner_folders)
    if name not in known:
        raise UnknownName("partner", name, known)
    if not yes:
        _only_say(said, here, name)
        return
    with opening.site(here, known) as site:
        body = leave(site, name, BY, lambda step: said.tell(f"done: {step}"), tuple(canary or ()))
    said.answer(body, "\n".join(page(body)))
    if not is_clean(body):
        raise bad_news()


def retention(
    context: typer.Context,
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Purge those whose time is over; no way back.")
    ] = False,
) -> None:
    """Say until when each partner's things are kept, and with --apply let go what is past that."""
    from router import partners, settings
    from router.clock import SystemClock
    from router.leaving import opening
    from router.leaving.certificate import is_clean
    from router.leaving.due import due
    from router.leaving.purge import purge as leave

    said = console(context)
    here = settings.read(said.home)
    known = partners.load(*here.partner_folders)
    told = tuple(due(known.values(), SystemClock().now().date()))
    done: list[dict[str, Any]] = []
    if apply and (past := [one.partner for one in told if one.is_past]):
        with opening.site(here, known) as site:
            done = [leave(site, name, "retention", said.tell) for name in past]
    rows = [
        {"partner": d.partner, "kept_until": d.kept_until.isoformat(), "past": d.is_past}
        for d in told
    ]
    lines = [f"{r['partner']:24} until {r['kept_until']}{_past(r['past'], apply)}" for r in rows]
    said.answer({"partners": rows, "applied": apply, "purged": done}, "\n".join(lines))
    if not all(map(is_clean, done)):
        raise bad_news()


def _past(is_past: object, applied: bool) -> str:
    if not is_past:
        return ""
    return "  past: purged" if applied else "  past: --apply lets it go"


def _only_say(said: Console, here: "Settings", name: str) -> None:
    """Say what would go, and do nothing."""
    from router import partners
    from router.leaving import opening
    from router.leaving.purge import inventory_of

    with opening.site(here, partners.load(*here.partner_folders)) as site:
        found = inventory_of(site, name)
    lines = [f"{store:16} {count:8}" for store, count in sorted(found.items()) if count]
    hint = f"nothing was done; `circletake partners purge {name} --yes` deletes all of it"
    said.answer({"partner": name, "would_delete": found, "done": False}, "\n".join([*lines, hint]))
