"""`circletake`: every command of the house behind one door."""

import json
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.commands import (
    agree,
    calibrate,
    campaign,
    copies,
    database,
    grading,
    judge,
    match,
    money,
    notes,
    observe,
    omc,
    pack,
    repair,
    review,
    season,
    signoff,
    smoke,
    study,
    suite,
    takes,
    time,
    timeline,
    verdicts,
    votes,
)
from dashboard.commands import alive, apps, demo, folder, house, report, tracking
from evaluators.commands import colour, score, validate, weights
from router import afar, console, settings
from router.commands import (
    audit,
    aws,
    emulate,
    ledger,
    models,
    partners,
    people,
    provenance,
    quotas,
    refresh,
    whoami,
)
from router.domain.errors import BadInput, PlatformError

ASKED_WRONGLY = 2
BROKE = 3
INTERRUPTED = 130
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")
WHOLE = (
    "--server URL, for the light installation speaks to services only; or "
    "pip install 'circletake[server,evaluators,dashboard]'"
)
UNREADABLE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
GROUPS = (
    demo, pack, suite, partners, people, models, match, campaign, season, score, colour, grading,
    verdicts, judge, repair, takes, time, timeline, review, observe, signoff, votes, study, agree,
    calibrate, report, ledger, money, refresh, quotas, aws, smoke, audit, provenance, copies,
    database, weights, notes, omc, validate, emulate, house, alive, whoami, folder, apps, tracking,
)  # fmt: skip

app = typer.Typer(
    name="circletake",
    help="Try generative models on your own test shots, and know which take kept which promise.",
    epilog="Every command takes --home DIR or --server URL, and --json, before or after its name. "
    "New here? Try: circletake demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def front(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of all state.  [default: $CIRCLETAKE_HOME or ./.circletake]"),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="A service that does it instead; the key: $CIRCLETAKE_KEY or the file "
            "~/.config/circletake/key.  [default: $CIRCLETAKE_SERVER]",
            metavar="URL",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Keep what was said before the sub-command."""
    if home is not None and server is not None:
        raise BadInput(field="--server", found="--home, too", expected="a home, or a service")
    elsewhere = server or (settings.server() if home is None else None)
    context.obj = console.Console(home=home, json=as_json, server=elsewhere)


for group in GROUPS:
    group.register(app)
afar.bound(app)


def main(words: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if words is None else words))


def run(words: Sequence[str]) -> int:
    """Run a command; this is the outermost door, so every error becomes one line here."""
    arranged = console.arranged(words)
    as_json = "--json" in arranged
    try:
        code = app(arranged, prog_name="circletake", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted; what was done is kept\n")
        code = INTERRUPTED
    except typer.Exit as leaving:
        code = leaving.exit_code
    except typer.TyperException as wrong:
        code = _usage(wrong, as_json=as_json)
    except PlatformError as error:
        code = _failed(error.as_dict(), str(error), error.exit_code, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the outermost door: logged once, told in one line
        code = _broke(error, arranged, as_json=as_json)
    return code if isinstance(code, int) else 0


def _usage(wrong: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context else "circletake"
    said = wrong.format_message() if hasattr(wrong, "format_message") else str(wrong)
    if not said.strip() and not as_json:
        return ASKED_WRONGLY  # no command was named, and the help was shown
    field = getattr(wrong, "option_name", None) or getattr(wrong, "param_hint", None) or path
    hint = f"see `{path} --help`"
    body = {"code": "usage", "field": str(field), "found": said, "expected": hint}
    return _failed(body, f"{said} ({hint})", ASKED_WRONGLY, as_json=as_json)


def _failed(body: dict[str, Any], line: str, code: int, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"error": body}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"circletake: {line}\n")
    return code


def _broke(error: Exception, words: Sequence[str], *, as_json: bool) -> int:
    if isinstance(error, UNREADABLE) and error.filename in words:
        named = {"field": str(error.filename), "found": str(error.strerror)}
        wrong = BadInput(**named, expected="a file that can be read")
        return _failed(wrong.as_dict(), str(wrong), wrong.exit_code, as_json=as_json)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] not in ROOMS:
        missing = BadInput(field="installation", found=f"no {error.name}", expected=WHOLE)
        return _failed(missing.as_dict(), str(missing), missing.exit_code, as_json=as_json)
    home = Path(words[words.index("--home") + 1]) if "--home" in words[:-1] else None
    log = settings.read(home).log
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _logged(error, log)
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    body = {"code": "broken", "field": "circletake", "found": said, "expected": f"see {log}"}
    return _failed(body, f"it broke: {said} (details in {log})", BROKE, as_json=as_json)


def _logged(error: Exception, log: Path) -> None:
    try:
        from router.telling import log as telling

        telling.open_log(log)
    except ModuleNotFoundError:  # the light installation writes no structured log
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
        return
    logging.getLogger("circletake").error("a command broke", exc_info=error)
    telling.flush()


if __name__ == "__main__":
    main()
