"""A real S3 server for tests (moto's), started and stopped by the tests themselves.

    def test_something(s3):                  # one server for all tests of this worker
        bucket = s3.bucket()                 # a fresh, empty one
        media = MediaBucket(client=s3.client(), bucket=bucket, copies=tmp_path)

Child processes get `s3.environment(bucket)`. It listens on loopback, and dies with the tests should
they be killed.
"""

import ctypes
import itertools
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

REGION = "eu-central-1"
KEY, SECRET = "testing", "testing"
_PATIENCE_S = 60.0
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class S3:
    """A running server."""

    endpoint: str
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def client(self):
        """A real boto3 client for it."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def bucket(self):
        """Make an empty bucket and give its name."""
        name = f"circletake-test-{next(self._numbers)}"
        where = {"LocationConstraint": REGION}
        self.client().create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return name

    def environment(self, bucket, prefix="media"):
        """Spell what a process of ours reads from its environment."""
        return {
            "CIRCLETAKE_MEDIA": f"s3://{bucket}/{prefix}",
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }

    def keys(self, bucket):
        """Name all objects of a bucket."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return sorted(row["Key"] for page in pages for row in page.get("Contents", ()))


@contextmanager
def running():
    """Start a server on a free port of loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509  # Linux
    )
    try:
        _until_up(process, port)
        yield S3(endpoint=f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def s3():
    """One server for all tests of this worker."""
    with running() as server:
        yield server


def _until_up(process, port):
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the S3 server of the tests ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the S3 server of the tests was not up in {_PATIENCE_S:.0f} s")
