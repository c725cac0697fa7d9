"""What every sub-command shares: global options, one way to answer, errors as exit codes.

Exit codes: 0 done · 1 the answer is bad news · 2 asked wrongly · 3 it broke, or the outside world
is down · 130 interrupted.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

BAD_NEWS = 1

# Options that take several words: `--refs a b` means `--refs a --refs b`.
LISTS = ("--refs", "--recipes", "--lines", "--costume-refs", "--metrics", "--judges", "--scopes")
# The same, but only where the command before it is this one.
LISTS_OF = {"--campaign": ("report", "study"), "--raters": ("study",), "--queues": ("worker",)}
# Options of one value that may be written as several numbers: `--region 0 0 1 1` is `0,0,1,1`.
BOXES = ("--region",)
# Options with a value that every command takes, before or after its name.
GLOBALS = ("--home", "--server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the person said before and beside the sub-command."""

    home: Path | None = None
    json: bool = False
    server: str | None = None  # a service that does it, instead of a home here

    def answer(self, document: Any, text: str | None = None) -> None:
        """Print the answer: one JSON document with `--json`, else the text for a person."""
        if self.json:
            sys.stdout.write(json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n")
        elif text is not None:
            sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()

    def tell(self, text: str) -> None:
        """Say something that is not the answer: progress, warnings, what to do next."""
        sys.stderr.write(text.rstrip("\n") + "\n")
        sys.stderr.flush()


def console(context: typer.Context) -> Console:
    """Give the console of a running sub-command."""
    found = context.find_object(Console)
    return found or Console()


def bad_news() -> typer.Exit:
    """End with exit code 1: done as asked, and the answer is bad news."""
    return typer.Exit(BAD_NEWS)


def arranged(words: Sequence[str]) -> list[str]:
    """Put global options first and repeat list options before each of their words.

    A word that starts with `-` ends a list. Everything after `--` stays as it is.
    """
    front: list[str] = []
    rest: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, has_value, _ = word.partition("=")
        if word == "--":
            rest += [word, *queue]
            break
        if word == "--json":
            front.append(word)
        elif name in GLOBALS:
            front += [word] if has_value or not queue else [word, queue.pop(0)]
        elif word in LISTS or any(command in rest for command in LISTS_OF.get(word, ())):
            rest += _repeated(word, queue)
        elif word in BOXES:
            rest += [word, *_joined(queue)]
        else:
            rest.append(word)
    return front + rest


def _repeated(option: str, queue: list[str]) -> list[str]:
    taken: list[str] = []
    while queue and not queue[0].startswith("-"):
        taken += [option, queue.pop(0)]
    return taken or [option]


def _joined(queue: list[str]) -> list[str]:
    taken: list[str] = []
    while queue and _is_number(queue[0]):
        taken.append(queue.pop(0))
    return [",".join(taken)] if taken else []


def _is_number(word: str) -> bool:
    return word.rstrip(",").removeprefix("-").replace(".", "", 1).isdigit()
