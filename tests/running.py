"""Service and worker of one home, run as processes."""

import contextlib
import json
import os
import signal
import subprocess

import httpx

from dashboard.testing.console import Terminal


class House:
    """Service and worker of one home, as an operator starts them and a power cut ends them."""

    def __init__(self, home):
        self.terminal = Terminal(home)
        self.running = {}

    def start(self, name, *words):
        command = self.terminal.command(name, "--simulate", *words)
        self.running[name] = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def said(self, name):
        return json.loads(self.running[name].stdout.readline())

    def serve(self):
        self.start("serve", "--port", "0")
        return httpx.Client(base_url=self.said("serve")["service"], timeout=60)

    def work(self):
        self.start("worker")
        self.said("worker")

    def end(self, name, how=signal.SIGTERM):
        child = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        child.wait(60)
        child.stdout.close()
