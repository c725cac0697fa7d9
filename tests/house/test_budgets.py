"""The house keeps its proportions."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")
FILES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
IDS = [str(p.relative_to(ROOT)) for p in FILES]


EDGES = {"service.py", "doors.py", "events.py", "proxy.py"}


def body_lines(fn: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    doc = fn.body[0] if ast.get_docstring(fn) else None
    doc_lines = (doc.end_lineno or 0) - doc.lineno + 1 if doc else 0
    return (fn.end_lineno or 0) - fn.lineno + 1 - doc_lines


def code_lines(paths) -> int:
    lines = (line.strip() for p in paths for line in p.read_text(encoding="utf-8").splitlines())
    return sum(1 for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_file_fits_on_a_table_and_a_function_on_a_screen(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    long = [
        f"{fn.name}: {body_lines(fn)}"
        for fn in ast.walk(ast.parse(text))
        if isinstance(fn, functions) and body_lines(fn) > 60
    ]
    assert not long


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_no_coroutine_outside_the_wire(path):
    """One colour of function: only ASGI edges, and the wire's own doubles, may be asynchronous."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    coroutines = [fn.name for fn in ast.walk(tree) if isinstance(fn, ast.AsyncFunctionDef)]
    allowed = path.is_relative_to(ROOT / "router/emulator") or path.name in EDGES
    assert allowed or not coroutines


def test_type_ignores_are_rare():
    count = sum(p.read_text(encoding="utf-8").count("type: ignore") for p in FILES)
    assert count <= code_lines(FILES) / 500


def test_libav_is_imported_only_where_it_runs_as_a_child_process():
    """The wheel bundles x264/x265; nothing that we import in-process may link it."""
    names = ("blind", "child", "grade", "proxy", "review")
    jailed = {f"router/decoding/{name}.py" for name in names}
    children = {*jailed, "router/emulator/painter/film.py"}
    found = {
        str(p.relative_to(ROOT))
        for p in FILES
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "av" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "av")
    }
    assert found <= children


def test_nothing_unpickles():
    banned = ("import pickle", "torch.load(", "joblib", "allow_pickle=True", "yaml.load(")
    hits = [(p, b) for p in FILES for b in banned if b in p.read_text(encoding="utf-8")]
    assert hits == []
