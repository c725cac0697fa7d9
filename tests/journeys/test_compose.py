"""One host as deploy/compose.yaml describes it, without containers: same words, same variables.

PostgreSQL and the S3 are real servers of the tests; everything of ours is started as Compose would
start it, behind the entry of the image, with only the folders that a container may write.
"""

import json
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from benchmarks.demo import build as demonstration
from dashboard.testing.console import Said
from tests.compose import Place, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # ten processes of ours on two cores
PARTNER = "northlight_pictures"
OURS = ("api", "worker-1", "worker-2", "dashboard")


def free():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


@pytest.fixture(scope="module")
def place(postgres_alone_module, s3, tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    services = read({"CIRCLETAKE_REHEARSE": "--simulate"})
    socket_folder = postgres_alone_module.folder / "socket"
    bucket = s3.bucket()
    stands_in = {
        "@database:5432/circletake": f"@/circletake?host={socket_folder}",
        "@database:5432/postgres": f"@/postgres?host={socket_folder}",
        "http://media:9000": s3.endpoint,
        "s3://circletake/": f"s3://{bucket}/",
        "8400": free(),
        "8501": free(),
    }
    place = Place(folder, services, stands_in)
    secrets = folder / "secrets"
    secrets.mkdir()
    for name in ("database_root_password", "database_owner_password", "database_password"):
        (secrets / name).write_text(f"{name}:\\x\n")  # a colon and a backslash have to survive
    (secrets / "pepper").write_bytes(os.urandom(32))
    (secrets / "audit_key").write_bytes(os.urandom(32))
    (secrets / "aws_credentials").write_text(
        "[default]\naws_access_key_id=testing\naws_secret_access_key=testing\n"
    )
    (secrets / "oidc").write_bytes(b"")
    shutil.copytree(demonstration.partner_folder(), folder / "volumes" / "partners")
    yield place
    for child in place.children.values():
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@pytest.fixture(scope="module")
def postgres_alone_module():
    """A server of its own, on which nobody has made a role or a database of ours."""
    from tests.postgres import running_or_skipped

    with running_or_skipped() as server:
        for role in ("circletake_owner", "circletake_app"):
            server.execute(f"DROP ROLE IF EXISTS {role}")
        yield server


def until_healthy(place, *names):
    began = time.monotonic()
    waiting = list(names)
    while waiting:
        for name in list(waiting):
            assert place.children[name].poll() is None, place.said(name)
            if place.is_healthy(name):
                waiting.remove(name)
        assert time.monotonic() - began < 120, {n: place.said(n) for n in waiting}


def client(place, key, tmp_path):
    """Run a command as a partner's pipeline does: an address and a key, nothing else."""
    import subprocess

    server = f"http://127.0.0.1:{place.stands_in['8400']}"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    env |= {"CIRCLETAKE_SERVER": server, "CIRCLETAKE_KEY": key}

    def run(*said):
        command = [sys.executable, "-W", "ignore", "-m", "dashboard.console", *said, "--json"]
        env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        done = subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        answer = json.loads(done.stdout) if done.stdout.strip() else None
        return Said(code=done.returncode, answer=answer, errors=done.stderr)

    return run


def test_one_host_comes_up_makes_a_campaign_and_leaves_in_good_order(place, tmp_path):
    for job in ("roles", "migrate", "roles"):
        done = place.run(job)
        assert done.returncode == 0, done.stderr
    made = place.run(
        "api",
        "circletake",
        "partners",
        "key",
        "create",
        PARTNER,
        "--role",
        "partner_admin",
        "--json",
    )
    assert made.returncode == 0, made.stderr
    for name in OURS:
        place.start(name)
    until_healthy(place, *OURS)

    run = client(place, json.loads(made.stdout)["key"], tmp_path)
    pack = demonstration.build(tmp_path / "packs", PARTNER)
    ended = run(
        "campaign", "run", str(pack), "--partner", PARTNER, "--budget", "20",
        "--recipes", "erase_matte", "--takes", "1", "--simulate",
    )  # fmt: skip
    assert ended.code == 0, (ended.errors, place.said("worker-1"), place.said("worker-2"))
    assert ended.answer["state"] == "done"
    assert ended.answer["simulated"] is True
    assert ended.answer["trials"]["done"] > 0

    for name in OURS:
        assert place.left_behind(name) == [], "a read-only root takes nothing"
        assert not secrets_in(place, name)
    for name in reversed(OURS):
        place.children[name].send_signal(signal.SIGTERM)
    for name in OURS:
        grace = int(place.services[name]["stop_grace_period"].removesuffix("s"))
        code = place.children[name].wait(grace)
        assert code == 0, (name, place.said(name))
    assert "stopped in" in place.said("worker-1")
    assert not place.is_healthy("worker-1")
    assert not place.is_healthy("api")


def secrets_in(place, name):
    """Name the variables of a running service that hold a secret."""
    child = place.children[name].pid
    held = Path(f"/proc/{child}/environ").read_bytes()
    given = (place.folder / "secrets").iterdir()
    return [one.name for one in given if one.read_bytes() and one.read_bytes().strip() in held]
