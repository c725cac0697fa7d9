"""A campaign in a real Kitsu: pushed while the server breaks and we are killed, and pulled back.

`make kitsu` installs the server; without it these are skipped.
"""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager

import gazu
import httpx
import pytest

from benchmarks.bootstrap import studio
from benchmarks.testing.home import lived_in
from dashboard import console
from router.domain.ids import sha256_of
from tests import kitsu

pytestmark = pytest.mark.slow
PROJECT = "Paper Lantern"
SHOTS, TAKES = 5, 16
# So many writes, then an answer that says 500: done all the same, or not done.
BREAKS = ((3, "lost"), (4, "refused"), (9, "lost"), (17, "refused"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with kitsu.running(tmp_path_factory.mktemp("kitsu")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server):
    client = gazu.client.create_client(server.url)
    gazu.log_in(kitsu.ADMIN, kitsu.PASSWORD, client=client)
    return client


@pytest.fixture(scope="module")
def token(admin):
    project = gazu.project.new_project(PROJECT, client=admin)
    bot = gazu.person.new_bot("circletake", "bot@lantern.example", role="manager", client=admin)
    gazu.project.add_person_to_team(project, bot, client=admin)
    gazu.task.new_task_type("GenAI Take", for_entity="Shot", client=admin)  # a manager may not
    return bot["access_token"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    return folder, lived_in(folder)


@contextmanager
def breaking(url, after, how):
    """Stand before a server, and answer one write with 500: `lost` once it is done."""
    left = [after]

    class Door(http.server.BaseHTTPRequestHandler):
        def pass_on(self):
            size = int(self.headers.get("Content-Length") or 0)
            body, headers = self.rfile.read(size), dict(self.headers)
            breaks = self.command == "POST" and left[0] == 0
            left[0] -= self.command == "POST"
            if not (breaks and how == "refused"):
                headers.pop("Host", None)
                answer = httpx.request(
                    self.command, url + self.path, content=body, headers=headers, timeout=60
                )
            if breaks:
                self.send_response(500)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("content-type", "text/plain"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = pass_on  # noqa: N815  # the library's names

        def log_message(self, *_words):
            """Keep quiet."""

    door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=door.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.server_port}"
    finally:
        door.shutdown()
        thread.join()
        door.server_close()


@pytest.fixture
def track(home, token, server, monkeypatch, capsys):
    folder, campaign = home
    monkeypatch.setenv("CIRCLETAKE_KITSU_TOKEN", token)

    def run(word, *words, site=server.url):
        options = ("--campaign", campaign, "--project", PROJECT, "--site", site, "--json")
        code = console.run(["--home", str(folder), "track", word, *options, *words])
        return code, json.loads(capsys.readouterr().out)

    return run


def stands(admin):
    """Count everything of ours that a person would see."""
    project = gazu.project.get_project_by_name(PROJECT, client=admin)
    shots = gazu.shot.all_shots_for_project(project, client=admin)
    tasks = gazu.task.all_tasks_for_project(project, client=admin)
    said = [c for t in tasks for c in gazu.task.all_comments_for_task(t, client=admin)]
    texts = Counter(c["text"] for c in said)
    return shots, tasks, said, texts


def killed(home, token, url, after):
    """Run the command, and end it with SIGKILL in the middle of its work."""
    folder, campaign = home
    words = ["-m", "dashboard.console", "--home", str(folder), "track", "push"]
    options = ["--campaign", campaign, "--project", PROJECT, "--site", url]
    env = {**os.environ, "CIRCLETAKE_KITSU_TOKEN": token}
    process = subprocess.Popen(
        [sys.executable, *words, *options], env=env, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if line.startswith(f"{after}/"):
            process.kill()
    process.stderr.close()
    return process.wait()


def test_a_campaign_reaches_a_real_kitsu_once_whatever_breaks(home, track, token, server, admin):
    code, planned = track("push", "--dry-run")
    assert code == 0
    assert Counter(s["kind"] for s in planned["steps"])["version"] == TAKES
    assert stands(admin)[0] == []
    for after, how in BREAKS:
        with breaking(server.url, after, how) as site:
            code, told = track("push", site=site)
        # The door has another name than the server: it is another place, found by its marks.
        assert code == 3
        assert "run the same command again" in told["error"]["expected"]
    assert killed(home, token, server.url, 12) == -9
    code, done = track("push")
    assert (code, done["problems"], done["left_out"], done["gone"]) == (0, [], [], [])
    assert done["simulated"] is True
    shots, tasks, said, texts = stands(admin)
    assert (len(shots), len(tasks)) == (SHOTS, SHOTS)
    assert set(texts.values()) == {1}
    takes = [c for c in said if "[circletake:take:" in c["text"]]
    assert len(takes) == TAKES
    assert all("SIMULATED" in c["text"] for c in said)
    assert all(len(c["attachment_files"]) == 1 and len(c["previews"]) == 1 for c in takes)
    assert {p["status"] for c in takes for p in c["previews"]} == {"ready"}
    again = track("push")[1]
    assert (again["written"], again["same"]) == (0, TAKES)
    assert len(stands(admin)[2]) == len(said)


def test_attachments_are_byte_for_byte_what_was_received(home, track, server, admin):
    folder, campaign = home
    assert track("push")[0] == 0
    with studio(folder) as here:
        sums = {t.id: t.media.sha256 for t in here.case(campaign).takes.values()}
    found = {}
    for comment in stands(admin)[2]:
        for file in comment["attachment_files"]:
            path = f"{server.url}/data/attachment-files/{file['id']}/file/{file['name']}"
            data = admin.session.get(path, headers=admin.make_auth_header()).content
            found[comment["text"].rsplit(":", 2)[-2]] = sha256_of(data)
    assert found == sums


def test_words_and_statuses_come_back_and_circle_nothing(home, track, admin):
    folder, campaign = home
    assert track("push")[0] == 0
    ada = gazu.person.new_person("Ada", "Lovelace", "ada@x.example", role="manager", client=admin)
    task = stands(admin)[1][0]
    comment = next(
        c for c in gazu.task.all_comments_for_task(task, client=admin)
        if "[circletake:take:" in c["text"]
    )  # fmt: skip
    gazu.task.reply_to_comment(task, comment, "The scar drifts.", person=ada, client=admin)
    done = gazu.task.get_task_status_by_short_name("done", client=admin)
    gazu.task.add_comment(task, done, "This one.", person=ada, client=admin)
    code, first = track("pull")
    assert (code, first["new"]) == (0, 2)
    assert {(n["text"], n["by"]) for n in first["notes"]} >= {("This one.", "Ada Lovelace")}
    reply = next(n for n in first["notes"] if n["text"] == "The scar drifts.")
    assert reply["take"] in comment["text"]
    (status,) = first["statuses"]
    assert (status["asks_for"], status["by"]) == ("approved", "Ada Lovelace")
    assert "circletake circle" in status["what_now"]
    assert track("pull")[1]["new"] == 0
    with studio(folder) as here:
        case = here.case(campaign)
        assert case.decisions == {}
        assert {o.text for o in case.observations} == {"The scar drifts.", "This one."}
        here.decide(reply["take"], by="Ann Lee", role="director")
    assert track("push")[1]["by_kind"] == {"remark": 1}
    assert track("push")[1]["written"] == 0


def test_another_partners_takes_keep_a_project_shut(track, admin):
    from dashboard.tracking import marks

    assert track("push")[0] == 0
    task = stands(admin)[1][0]
    _, text = marks.marked("take", marks.owner_of("neighbour"), "x1", "theirs")
    status = gazu.task.get_task_status_by_short_name("wfa", client=admin)
    planted = gazu.task.add_comment(task, status, text, client=admin)
    code, told = track("push")
    assert (code, told["error"]["code"]) == (2, "conflict")
    gazu.task.remove_comment(planted, client=admin)
    assert track("push")[0] == 0


def test_a_token_that_opens_nothing_is_told_without_being_shown(track, monkeypatch):
    monkeypatch.setenv("CIRCLETAKE_KITSU_TOKEN", "not-a-token")
    code, told = track("push", "--dry-run")
    assert (code, told["error"]["code"]) == (2, "not_entitled")
    assert "not-a-token" not in json.dumps(told)
