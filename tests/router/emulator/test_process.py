"""The emulator as a command."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from router.testing.emulator import running_emulator, start

HOUSE = Path(__file__).parents[3]


def run(*words):
    command = [sys.executable, "-m", "router.emulator", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=HOUSE, check=False)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_one_json_line_when_ready_and_a_clean_stop(tmp_path, sign):
    process = start(tmp_path / "state", instant=True)
    facts = json.loads(process.stdout.readline())
    assert list(facts) == [
        "endpoint",
        "region",
        "access_key",
        "secret_key",
        "s3_endpoint",
        "bucket",
    ]
    assert facts["access_key"].startswith("CTEMU")
    process.send_signal(sign)
    assert process.wait(timeout=10) == 0
    assert process.stdout.read() == ""
    process.stdout.close()


def test_the_keys_belong_to_the_state_folder(tmp_path):
    with running_emulator(tmp_path / "one", instant=True) as first:
        pass
    with running_emulator(tmp_path / "one", instant=True) as again:
        assert (again.access_key, again.secret_key) == (first.access_key, first.secret_key)
    assert (tmp_path / "one" / "keys.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--host", "0.0.0.0"], "is not loopback"),
        (["--speed", "0"], "--speed"),
        (["--port", "70000"], "--port: found 70000, expected 0 to 65535"),
        (["--faults", "missing.json"], "missing.json"),
        (["--profiles", "missing.json"], "missing.json"),
    ],
)
def test_what_cannot_be_is_refused_with_exit_2(words, text):
    found = run(*words)
    assert found.returncode == 2
    assert text in found.stderr
    assert "Traceback" not in found.stderr


def test_objects_and_bills_outlive_the_process(tmp_path):
    with running_emulator(tmp_path, instant=True) as first:
        first.client("s3").put_object(Bucket=first.bucket, Key="kept", Body=b"data")
        first.process.kill()
        first.process.wait()
    with running_emulator(tmp_path, instant=True) as again:
        found = again.client("s3").get_object(Bucket=again.bucket, Key="kept")
        assert found["Body"].read() == b"data"


def test_a_request_rate_is_held(tmp_path):
    with running_emulator(tmp_path, instant=True, rpm=2) as emulator:
        client = emulator.client("bedrock-runtime")
        asked = {"modelId": "stability.sd3-5-large-v1:0", "body": '{"prompt": "a"}'}
        client.invoke_model(**asked)
        client.invoke_model(**asked)
        with pytest.raises(client.exceptions.ThrottlingException):
            client.invoke_model(**asked)
        assert len(emulator.billed()) == 2


@pytest.mark.slow
def test_painted_pictures_repeat_themselves_and_differ_by_seed(tmp_path, opened):
    with running_emulator(tmp_path, speed=1000) as emulator:
        client = emulator.client("bedrock-runtime")

        def paint(seed):
            body = json.dumps({"prompt": "a lamp at dusk", "seed": seed})
            return opened(client.invoke_model(modelId="stability.sd3-5-large-v1:0", body=body))

        assert paint(7).tobytes() == paint(7).tobytes()
        assert paint(7).tobytes() != paint(8).tobytes()
