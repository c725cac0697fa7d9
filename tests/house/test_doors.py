"""Doors open fast, and light doors stay light."""

import json
import resource
import subprocess
import sys

import pytest

HEAVY = {
    *("torch", "litellm", "boto3", "botocore", "dbos", "sqlalchemy", "numpy", "pandas", "cv2"),
    *("skimage", "scipy", "streamlit", "fastapi", "av", "dlib", "matplotlib"),
}
SCREEN_FORBIDDEN = {"torch", "litellm", "boto3", "sqlalchemy", "router", "evaluators", "benchmarks"}


def loaded_after(code: str) -> set[str]:
    told = "import sys, json; print(); print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    words = [sys.executable, "-c", f"{code}\n{told}"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_help_loads_nothing_heavy():
    code = "from dashboard import console\nassert console.run(['--help']) == 0"
    assert loaded_after(code) & HEAVY == set()


def test_help_answers_in_half_a_second():
    """Seconds of a core, the best of three: not what else the machine was doing."""
    words = [sys.executable, "-m", "dashboard.console", "--help"]
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) <= 0.5


@pytest.mark.parametrize("command", [["models"], ["campaign", "run"], ["score"], ["pack", "check"]])
def test_every_command_explains_itself(command):
    words = [sys.executable, "-m", "dashboard.console", *command, "--help"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Usage" in said


SCREENS = (
    "import importlib, pkgutil, dashboard.screens as screens\n"
    "for found in pkgutil.iter_modules(screens.__path__):\n"
    "    importlib.import_module('dashboard.screens.' + found.name)"
)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["import dashboard.client", SCREENS], ids=["client", "screens"])
def test_a_screen_sees_http_only(code):
    assert loaded_after(code) & SCREEN_FORBIDDEN == set()


def test_a_wrong_option_answers_in_json_with_exit_code_2():
    words = [sys.executable, "-m", "dashboard.console", "models", "--wrong", "--json"]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    error = json.loads(run.stdout)["error"]
    assert run.returncode == 2
    assert set(error) == {"code", "field", "found", "expected"}
    assert "--wrong" in error["found"]


def test_without_a_command_the_help_is_all_that_is_said():
    run = subprocess.run(
        [sys.executable, "-m", "dashboard.console"], capture_output=True, text=True, check=False
    )
    assert "Usage" in run.stdout
    assert run.stderr == ""
    assert run.returncode == 2
