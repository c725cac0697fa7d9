"""What runs foreign code, hands bytes to a browser or fetches for others is written nowhere."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("router", "evaluators", "benchmarks", "dashboard")
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]
IDS = [str(p.relative_to(ROOT)) for p in FILES]
CODE = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
FETCH = {"requests", "httpx", "urllib.request", "aiohttp", "urllib3", "http.client", "socket"}
SHOWN = {"image", "video", "audio", "logo", "pdf"}  # Streamlit's, which take bytes or an address
NEVER_SHOWN = {"html", "iframe", "download_button", "components", "write_stream"}
# Components that are ours: script and style are files beside them, what people wrote is data.
PIECES, OURS = "dashboard/pieces/", "st.components.v2.component"
# Who speaks HTTP for a door: the identity provider's keys, at an address that an operator wrote.
DOORS = (
    "router/api/",
    "benchmarks/api/",
    "evaluators/api/",
    "router/uploads/",
    "benchmarks/packs/",
)


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def calls(tree):
    """Give every call: its name as it is written, its node, and its keywords."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node, {k.arg: ast.unparse(k.value) for k in node.keywords}


def banned(tree, place):
    """Say what a file has that it may not have."""
    names = list(imported(tree))
    yield from (name for name in names if name.partition(".")[0] in CODE)
    if place.startswith(DOORS):
        yield from (
            f"{n} in a door" for n in names if any(n == f or n.startswith(f"{f}.") for f in FETCH)
        )
    for name, node, said in calls(tree):
        if name in {"np.load", "numpy.load"} and said.get("allow_pickle") != "False":
            yield f"{name} that may unpickle"
        if name in {
            "torch.load",
            "yaml.load",
            "yaml.unsafe_load",
            "yaml.full_load",
            "eval",
            "exec",
        }:
            yield name
        if said.get("verify") == "False" or said.get("shell") == "True":
            yield f"{name} without a wall"
        if said.get("unsafe_allow_html", "False") != "False":
            yield f"{name} with markup"
        if not (name == OURS and place.startswith(PIECES)):
            yield from shown(name, node)


def shown(name, node):
    """Say what is given to Streamlit that is no address of the service."""
    door, _, what = name.rpartition(".")
    if door != "st" and not door.startswith(("st.", "streamlit")):
        return
    if what in NEVER_SHOWN or "components" in door:
        yield name
    given = node.args[0] if node.args else None
    if what in SHOWN and not (given and ast.unparse(given).startswith("service.url(")):
        yield f"{name} of something else than an address"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_row50_row62_nothing_runs_foreign_code_or_hands_bytes_to_a_browser(path):
    place = str(path.relative_to(ROOT))
    assert list(banned(ast.parse(path.read_text(encoding="utf-8")), place)) == []


BAD = {
    "row62-pickle": ("import pickle", "router/a.py"),
    "row62-pickle by another name": ("from joblib import load", "router/a.py"),
    "row62-an array": ("np.load(path)", "router/a.py"),
    "row62-an array of objects": ("np.load(path, allow_pickle=True)", "router/a.py"),
    "row62-weights": ("torch.load(path)", "router/a.py"),
    "row22-yaml": ("yaml.load(text)", "router/a.py"),
    "row47-a door that fetches": ("import requests", "router/api/a.py"),
    "row47-a client without a certificate": ("client(verify=False)", "router/a.py"),
    "row48-markup": ("st.markdown(x, unsafe_allow_html=True)", "dashboard/screens/a.py"),
    "row48-html": ("st.html(x)", "dashboard/screens/a.py"),
    "row48-our components elsewhere": (f"{OURS}('x', js=y)", "dashboard/screens/a.py"),
    "row48-components": ("st.components.v1.html(x)", "dashboard/screens/a.py"),
    "row50-bytes": ("st.image(data)", "dashboard/screens/a.py"),
    "row50-a file": ("st.video(open(path).read())", "dashboard/screens/a.py"),
    "row50-a download": ("st.download_button('x', data)", "dashboard/screens/a.py"),
}


@pytest.mark.parametrize(("text", "place"), BAD.values(), ids=BAD)
def test_the_ban_sees_what_is_banned(text, place):
    assert list(banned(ast.parse(text), place))
