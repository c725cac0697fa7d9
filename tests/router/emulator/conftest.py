"""One emulator for a whole file of tests, and pictures to send to it."""

import base64
import io
import json

import pytest
from PIL import Image

from router.testing.emulator import running_emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("emulator"), instant=True) as it:
        yield it


@pytest.fixture(scope="module")
def bedrock(emulator):
    return emulator.client("bedrock-runtime")


@pytest.fixture(scope="module")
def s3(emulator):
    return emulator.client("s3")


@pytest.fixture(scope="session")
def picture():
    """Make base64 text of a picture."""

    def make(width=640, height=640, kind="PNG", mode="RGB"):
        out = io.BytesIO()
        Image.new(mode, (width, height), (90, 40, 20, 128)[: len(mode)]).save(out, kind)
        return base64.b64encode(out.getvalue()).decode()

    return make


@pytest.fixture(scope="session")
def opened():
    """Decode the one picture of an InvokeModel response."""

    def read(response):
        body = json.loads(response["body"].read())
        return Image.open(io.BytesIO(base64.b64decode(body["images"][0])))

    return read
