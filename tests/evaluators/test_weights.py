"""Only what is on the allow-list, with the known hash, is ever loaded or kept."""

import dataclasses
import hashlib
import http.server
import threading
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from dashboard import console
from evaluators import weights, weights_fetch
from evaluators.domain.weights import Presence, WeightsFile
from evaluators.weights import NoWeights
from router.domain.errors import NotEntitled, Unreachable

BYTES = bytes(range(256)) * 5000
SHA, SIZE = hashlib.sha256(BYTES).hexdigest(), len(BYTES)


@pytest.fixture
def served():
    """A server that knows ranges: gives its address and what it was asked for."""
    asked = []

    class Shelf(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            start = int((self.headers["Range"] or "bytes=0-")[6:-1])
            asked.append((self.path, start))
            if self.path == "/none":
                self.send_error(404)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(BYTES) - start))
            self.end_headers()
            self.wfile.write(BYTES[start:])

        def log_message(self, *said):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def one_row(url, *, sha256=SHA, size=SIZE):
    file = WeightsFile(file="deep/net.bin", sha256=sha256, size=size, url=url)
    return dataclasses.replace(weights.row("yunet"), id="net", files=(file,))


def got(row, folder):
    with weights_fetch.client() as client:
        return weights_fetch.fetch(row, folder, client, lambda said: None)


def test_every_row_of_the_list_has_licence_source_and_a_pinned_address():
    for row in weights.allowed():
        assert row.licence == "Apache-2.0"
        assert not row.test_only
        assert all(f.url.startswith("https://") for f in row.files)
        floats = ("/resolve/main/", "/master/", "/main/")
        assert not (row.pinned and any(w in f.url for f in row.files for w in floats))


@pytest.mark.parametrize(
    "change",
    [
        {"test_only": True},
        {"precision": "fp8"},
        {"files": []},
        {"files": [{"file": "../a", "sha256": None, "size": None, "url": "https://a/b"}]},
        {"files": [{"file": "a", "sha256": "A" * 64, "size": 1, "url": "https://a/b"}]},
        {"files": [{"file": "a", "sha256": None, "size": 1, "url": "http://a/b"}]},
    ],
)
def test_a_row_that_is_not_as_it_must_be_is_refused(tmp_path, change):
    whole = yaml.safe_load(weights.LIST.read_text())
    whole["weights"][0] |= change
    path = tmp_path / "weights.yaml"
    path.write_text(yaml.safe_dump(whole))
    with pytest.raises(ValidationError):
        weights.read(path)


def test_an_absent_file_is_named_with_the_command_that_gets_it(tmp_path):
    with pytest.raises(NoWeights, match=r"yunet_n_640_640.onnx is not in .* weights fetch yunet"):
        weights.checked(weights.row("yunet"), tmp_path)


def test_a_file_with_another_hash_is_never_loaded(tmp_path):
    row = weights.row("yunet")
    path = tmp_path / row.files[0].file
    path.write_bytes(bytes(row.files[0].size))
    with pytest.raises(NoWeights, match="another hash"):
        weights.checked(row, tmp_path)
    assert weights.presence(row, tmp_path) is Presence.WRONG


def test_a_file_that_changes_is_hashed_again(tmp_path, served):
    row = one_row(f"{served[0]}/net")
    got(row, tmp_path)
    assert weights.checked(row, tmp_path) == tmp_path / "deep/net.bin"
    (tmp_path / "deep/net.bin").write_bytes(bytes(len(BYTES)))
    with pytest.raises(NoWeights):
        weights.checked(row, tmp_path)


def test_a_row_without_a_hash_is_refused_whatever_lies_there(tmp_path):
    row = one_row("https://a/b", sha256=None)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/net.bin").write_bytes(BYTES)
    with pytest.raises(NoWeights, match="no hash is pinned"):
        weights.checked(row, tmp_path)
    with pytest.raises(NotEntitled):
        got(row, tmp_path)


def test_what_is_fetched_once_is_not_fetched_again(tmp_path, served):
    url, asked = served
    assert got(one_row(f"{url}/net"), tmp_path) == (tmp_path / "deep/net.bin",)
    assert got(one_row(f"{url}/net"), tmp_path) == ()
    assert asked == [("/net", 0)]
    assert not list(tmp_path.rglob("*.part"))


def test_a_broken_download_goes_on_where_it_stopped(tmp_path, served):
    url, asked = served
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/net.bin.part").write_bytes(BYTES[:1000])
    got(one_row(f"{url}/net"), tmp_path)
    assert asked == [("/net", 1000)]
    assert (tmp_path / "deep/net.bin").read_bytes() == BYTES


@pytest.mark.parametrize("size", [len(BYTES), None])
def test_another_file_than_the_known_one_is_not_kept(tmp_path, served, size):
    with pytest.raises(Unreachable, match="sha256"):
        got(one_row(f"{served[0]}/net", sha256="0" * 64, size=size), tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_file_that_does_not_end_is_cut_off(tmp_path, served):
    with pytest.raises(Unreachable, match="larger"):
        got(one_row(f"{served[0]}/net", size=len(BYTES) - 1), tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("url", ["/none", None])
def test_a_server_that_does_not_give_it_is_told(tmp_path, served, url):
    with pytest.raises(Unreachable):
        got(one_row(f"{served[0]}{url}" if url else "http://127.0.0.1:1/net"), tmp_path)


def test_the_folder_is_the_one_of_the_home_unless_the_environment_says_another(
    tmp_path, monkeypatch
):
    from router import settings

    monkeypatch.delenv("CIRCLETAKE_WEIGHTS", raising=False)
    assert settings.read(tmp_path).weights == tmp_path.resolve() / "weights"
    monkeypatch.setenv("CIRCLETAKE_WEIGHTS", "/elsewhere")
    assert settings.read(tmp_path).weights == Path("/elsewhere")
    weights.use(tmp_path)
    assert weights.folder() == tmp_path
    weights.use(None)
    assert weights.folder() == Path("/elsewhere")


def test_the_console_lists_and_verifies(tmp_path, monkeypatch, capsys):
    import json

    monkeypatch.setenv("CIRCLETAKE_WEIGHTS", str(tmp_path))
    assert console.run(["weights", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["weights"]
    assert {r["id"] for r in rows} >= {"mobilenet_v2", "yunet", "dinov2_small", "auraface"}
    assert {r["state"] for r in rows} == {"absent", "unpinned"}
    assert console.run(["weights", "list"]) == 0
    told = capsys.readouterr().out.splitlines()
    unpinned = [line for line in told if "no hash is pinned, so it is never used" in line]
    assert [line.split()[0] for line in unpinned] == ["siglip2_base"]
    assert console.run(["weights", "verify"]) == 0
    assert console.run(["weights", "verify", "yunet"]) == 1
    (tmp_path / "yunet_n_640_640.onnx").write_bytes(b"another")
    assert console.run(["weights", "verify"]) == 1
    assert console.run(["weights", "verify", "unheard"]) == 2
    assert console.run(["weights", "fetch", "siglip2_base"]) == 2
    assert console.run(["weights", "fetch"]) == 2
