"""Every command of the run-book is one that the console takes, word for word."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from dashboard.console import app
from router import console

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "deploy/runbook").glob("*.md"))
OF_AN_INCIDENT = (
    "brown_out",
    "model_end_of_life",
    "paid_twice",
    "purge_request",
    "restore",
    "stuck_campaign",
    "worker_dies",
)
INCIDENTS = [ROOT / f"deploy/runbook/{name}.md" for name in OF_AN_INCIDENT]
PARTS = ("## How you notice", "## First five minutes", "## How you know that it is over")
SPOKEN = re.compile(r"`(circletake [^`]+)`")


def lines():
    """Give every command line: of blocks, and in the text where it names more than a group."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        found = [line for block in blocks for line in block.splitlines()]
        found = [line for line in found if line.startswith("circletake ")]
        for line in dict.fromkeys(
            [*found, *SPOKEN.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))]
        ):
            yield pytest.param(line, id=f"{page.stem}: {line}")


def read(line):
    """Let the console read a line as if it were to carry it out; raises where it would not."""
    left = console.arranged(shlex.split(line)[1:])
    command, name, above = typer.main.get_command(app), "circletake", None
    while True:
        above = command.make_context(name, list(left), parent=above)
        left = [*getattr(above, "_protected_args", ()), *above.args]
        if not hasattr(command, "commands") or (not left and command.invoke_without_command):
            return
        name, *left = left
        command = command.commands[name]


@pytest.mark.parametrize("line", list(lines()))
def test_a_command_of_the_run_book_is_one_that_the_console_takes(line):
    read(line)


@pytest.mark.parametrize(
    "line",
    [
        "circletake ledger recompute CAMPAIGN",
        "circletake campaign resume",
        "circletake database restore BACKUP",
        "circletake campaign resume CAMPAIGN --budgets 3",
    ],
)
def test_the_reader_sees_a_command_that_the_console_does_not_take(line):
    with pytest.raises((KeyError, typer.TyperException)):
        read(line)


@pytest.mark.parametrize("page", INCIDENTS, ids=lambda p: p.stem)
def test_a_page_says_how_to_notice_what_to_do_first_and_when_it_is_over(page):
    text = page.read_text(encoding="utf-8")
    assert [part for part in PARTS if part not in text] == []
    assert "```sh\ncircletake " in text


def test_every_page_stands_in_the_index():
    index = (ROOT / "deploy/runbook/README.md").read_text(encoding="utf-8")
    others = [p.name for p in PAGES if p.name != "README.md"]
    assert [name for name in others if f"({name})" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_link_of_the_run_book_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_an_alert_that_a_page_names_is_one_of_those_that_are_proposed(page):
    proposed = (ROOT / "router/README.md").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    named = {name for said in re.findall(r"alerts? ((?:`[A-Z]\w+`(?:,| and| or)? ?)+)", text)
             for name in re.findall(r"`(\w+)`", said)}  # fmt: skip
    assert [name for name in named if f"alert: {name}," not in proposed] == []
