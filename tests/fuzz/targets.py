"""Parsers of foreign bytes, each as one function: it refuses in words, or it has a fault."""

import base64
import io
import json
import tempfile
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

from benchmarks.packs.archive import unpack
from benchmarks.packs.check import FILE, check
from benchmarks.testing.pack import GOOD, png
from router.backends import bedrock_invoke
from router.domain.errors import Refused
from router.domain.mistake import BadFile
from router.files import yaml_file
from router.llm.language import fitted
from router.ports import Call, Delivered, Setback
from router.testing.doubles import model, request
from router.uploads.kinds import NotTaken, kind_of
from router.uploads.structure import walk

CALL = Call(
    request=request(),
    model=model(dialect="bedrock_invoke"),
    region="us-west-2",
    attempt="a1",
    token="t1",
    pictures={},
)
SCHEMA = {
    "type": "object",
    "properties": {"winner": {"enum": ["left", "right", "tie"]}, "why": {"type": "string"}},
    "required": ["winner"],
}


def read_yaml(data):
    with suppress(BadFile):
        yaml_file.parse(data.decode("utf-8", "replace"), FILE)


def check_pack(data):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, FILE).write_bytes(data)
        found = check(Path(folder), today=date(2027, 4, 1))
        assert found.ok == (found.pack is not None)


def unpack_zip(data):
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "out")
        into.mkdir()
        Path(folder, "in.zip").write_bytes(data)
        unpack(Path(folder, "in.zip"), into)
        assert {p.name for p in Path(folder).iterdir()} == {"in.zip", "out"}


def read_provider(data):
    outcome = bedrock_invoke.read(CALL, data, "ref", simulated=True)
    assert isinstance(outcome, Delivered | Setback)
    fitted(data.decode("utf-8", "replace"), SCHEMA)


def walk_picture(data):
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with suppress(NotTaken, Refused):
            walk(Path(file.name), kind_of(data[:4096]))


def _zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("shotpack.yaml", GOOD)
        archive.writestr("refs/a.png", png(8, 8))
    return out.getvalue()


_ANSWER = {"images": [base64.b64encode(png(8, 8)).decode()], "seeds": [1], "finish_reasons": [None]}
# Name → the parser, and golden examples to begin with.
TARGETS = {
    "yaml": (read_yaml, [GOOD.encode(), b"a: &a [1]\nb: *a\n", b"- {x: 1.5, y: ~}\n"]),
    "pack": (check_pack, [GOOD.encode()]),
    "zip": (unpack_zip, [_zip()]),
    "provider": (read_provider, [json.dumps(_ANSWER).encode(), b'{"winner": "left"}']),
    "picture": (
        walk_picture,
        [png(8, 8), b"\xff\xd8\xff\xd9", b"RIFF\x04\0\0\0WEBP", b"II*\0\x08\0\0\0"],
    ),
}
