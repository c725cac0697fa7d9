"""A command says where it can be done, and says so when it cannot."""

import inspect
import json

import pytest
import typer

from dashboard import console
from router import afar, settings
from router.console import arranged
from router.domain.errors import BadInput

NOBODY = "http://127.0.0.1:9"


def commands(app, path=()):
    for one in app.registered_commands:
        yield (*path, one.name or one.callback.__name__), one.callback
    for group in app.registered_groups:
        inner = group.typer_instance
        if inner.registered_callback and inner.registered_callback.callback:
            yield (*path, group.name), inner.registered_callback.callback
        yield from commands(inner, (*path, group.name))


EVERY = dict(commands(console.app))
AFAR = {path: place for path, f in EVERY.items() if (place := getattr(f, afar.MARK, ""))}
PARTNERS_NEED = {
    ("models",), ("pack", "send"), ("campaign", "plan"), ("campaign", "run"),
    ("campaign", "status"), ("campaign", "resume"), ("campaign", "cancel"), ("takes", "list"),
    ("takes", "fetch"), ("circle",), ("verdicts",), ("repair",), ("observe", "add"),
    ("observe", "list"), ("ledger", "show"), ("ledger", "export"), ("report", "build"),
    ("report", "fetch"), ("votes", "cast"), ("study", "status"), ("partners", "key", "create"),
    ("partners", "key", "list"), ("partners", "key", "revoke"), ("audit", "show"),
    ("audit", "verify"), ("whoami",),
}  # fmt: skip


def said(capsys, *words):
    code = console.run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_a_partner_needs_can_be_done_at_a_service():
    assert set(AFAR) >= PARTNERS_NEED


@pytest.mark.parametrize("path", AFAR, ids=" ".join)
def test_both_desks_take_the_same_options(path):
    here = [n for n, p in inspect.signature(EVERY[path]).parameters.items() if n != "context"]
    there = inspect.signature(afar.named(AFAR[path])).parameters
    if any(p.kind is p.VAR_KEYWORD for p in there.values()):
        assert {n for n, p in there.items() if p.kind is p.KEYWORD_ONLY} <= set(here)
    else:
        assert set(there) == {"there", *here}


def test_a_command_without_a_form_for_a_service_says_so(capsys):
    code, told = said(capsys, "people", "list", "--server", NOBODY)
    assert code == 2
    assert "circletake people list" in told["error"]["expected"]


@pytest.mark.parametrize("words", [["whoami"], ["takes", "fetch", "--campaign", "x", "--out", "y"]])
def test_what_only_a_service_can_do_asks_for_one(capsys, words):
    code, told = said(capsys, *words)
    assert (code, told["error"]["field"]) == (2, "--server")


def test_a_service_and_a_home_at_once_is_refused(capsys, tmp_path):
    code, _ = said(capsys, "models", "--server", NOBODY, "--home", str(tmp_path))
    assert code == 2


@pytest.mark.parametrize("words", [["--server", NOBODY, "models"], ["models", "--server", NOBODY]])
def test_the_server_may_be_named_before_and_after(words):
    assert arranged(words) == ["--server", NOBODY, "models"]


def test_what_is_no_address_is_exit_code_2(capsys):
    code, told = said(capsys, "whoami", "--server", "ftp://nowhere")
    assert (code, told["error"]["field"]) == (2, "--server")


def test_a_home_that_was_named_wins_over_the_environment(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLETAKE_SERVER", NOBODY)
    code, told = said(capsys, "models", "--home", str(tmp_path))
    assert code == 0
    assert told["models"]


def test_files_are_read_whatever_the_server(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLETAKE_SERVER", NOBODY)
    assert said(capsys, "pack", "new", str(tmp_path / "pack"))[0] == 0


def test_a_group_does_not_answer_for_its_sub_command():
    app = typer.Typer()
    heard = []

    @afar.afar("nowhere:nobody")
    def group(context: typer.Context) -> None:
        heard.append(context.invoked_subcommand)

    app.callback(invoke_without_command=True)(group)
    app.command("below")(lambda: None)
    app(["below"], standalone_mode=False)
    assert heard == ["below"]


class TestKey:
    @pytest.fixture
    def file(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.delenv("CIRCLETAKE_KEY", raising=False)
        path = tmp_path / "circletake" / "key"
        path.parent.mkdir()
        return path

    def test_it_comes_from_a_file_of_ones_own(self, file):
        file.write_text("ct_key\n")
        file.chmod(0o600)
        assert settings.service_key() == "ct_key"

    def test_the_environment_wins(self, file, monkeypatch):
        file.write_text("ct_key")
        monkeypatch.setenv("CIRCLETAKE_KEY", "ct_other")
        assert settings.service_key() == "ct_other"

    def test_a_file_that_others_may_read_is_refused(self, file):
        file.write_text("ct_key")
        file.chmod(0o640)
        with pytest.raises(BadInput, match="mode 0640"):
            settings.service_key()

    def test_without_one_nothing_is_sent(self, file):
        assert settings.service_key() is None

    def test_it_is_never_an_option(self):
        front = inspect.signature(console.front).parameters
        assert "key" not in front
