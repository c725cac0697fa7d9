"""Each row of the doctor: a sound part is ok, a planted fault is named with its remedy."""

import fcntl
import os
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.testing.home import with_partners
from dashboard import abroad, vitals
from dashboard.doctor import look
from dashboard.vitals import Ailing
from router import catalog, settings
from router.clock import SystemClock
from router.cloud import aws
from router.cloud.account import Account
from router.workers import hold_name

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def here(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return settings.read(home)


def test_a_clock_behind_what_was_written_is_a_fault(here):
    (here.home / "circletake.db").write_bytes(b"")
    assert "not behind" in vitals.clock(here.home)
    with pytest.raises(Ailing, match="behind the newest") as fault:
        vitals.clock(here.home, wall_s=time.time() - 3600)
    assert "set-ntp" in fault.value.expected


def test_a_home_that_the_doctor_makes_is_for_its_owner_only(tmp_path):
    fresh = settings.read(tmp_path / "new" / "home")
    vitals.media(fresh)
    assert fresh.home.stat().st_mode & 0o077 == 0
    assert vitals.keys(fresh) == "0 key files, for their owner only"


def test_machines_that_share_a_database_are_told_how_to_make_the_pepper(here):
    url = "postgresql+psycopg://nobody@/nowhere?host=/nowhere"
    parts = {part.name: part for part in look(replace(here, database_url=url), with_aws=False)}
    assert not parts["pepper"].ok
    assert "CIRCLETAKE_PEPPER_FILE" in parts["pepper"].todo
    assert not parts["database"].ok
    assert "database migrate" in parts["database"].todo
    assert "CIRCLETAKE_KEYS" in parts["partners' keys"].todo


@pytest.mark.parametrize("walls", ["namespace+seccomp", "seccomp", "namespace"])
def test_namespace_or_filter_is_a_jail(walls):
    assert walls in vitals.judged(walls)


def test_resource_limits_alone_are_flagged():
    with pytest.raises(Ailing, match="resource limits only"):
        vitals.judged("open: neither namespaces nor seccomp are to be had")


@pytest.mark.parametrize("name", ["signing.key", "keys/pepper.key", "keys/partners/a/1.key"])
def test_a_key_that_others_may_read_is_a_fault(here, name):
    file = here.home / name
    for folder in reversed(file.relative_to(here.home).parents):
        (here.home / folder).mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    assert vitals.keys(here) == "1 key files, for their owner only"
    file.chmod(0o640)
    with pytest.raises(Ailing) as fault:
        vitals.keys(here)
    assert f"chmod go-rwx {file}" in fault.value.expected


def test_a_home_that_others_may_enter_is_a_fault(here):
    here.home.chmod(0o755)
    with pytest.raises(Ailing):
        vitals.keys(here)


def test_media_that_cannot_be_written_are_a_fault(here):
    assert "writable" in vitals.media(here)
    blocked = replace(here, home=here.home / "circletake.db")
    blocked.home.write_bytes(b"")
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        vitals.media(blocked)


@pytest.mark.slow
def test_a_bucket_that_is_there_answers_and_another_does_not(here, s3, monkeypatch):
    from router.domain.errors import Unreachable

    for name, value in s3.environment(s3.bucket()).items():
        monkeypatch.setenv(name, value)
    assert "answers" in vitals.media(settings.read(here.home))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        vitals.media(settings.read(here.home))


def test_a_disk_that_is_not_seen_to_be_encrypted_is_a_hint_and_no_fault(here, tmp_path):
    found, hint = vitals.encryption(here.home, mounts=tmp_path / "none")
    assert found == "not seen to be"
    assert "LUKS" in hint


def test_an_emulator_that_nobody_uses_is_a_fault(here):
    folder = here.home / "emulator"
    assert vitals.emulators(here.home) == "none left behind"
    folder.mkdir()
    for name in ("lock", "guests"):
        (folder / name).touch()
    with (folder / "lock").open("r") as lock, (folder / "guests").open("r") as guest:
        assert vitals.emulators(here.home) == "none left behind"
        fcntl.flock(lock, fcntl.LOCK_EX)
        fcntl.flock(guest, fcntl.LOCK_SH)
        assert vitals.emulators(here.home) == "in use"
        fcntl.flock(guest, fcntl.LOCK_UN)
        with pytest.raises(Ailing, match="nobody uses it") as fault:
            vitals.emulators(here.home)
    assert "fuser" in fault.value.expected


def test_a_worker_that_died_without_a_farewell_is_a_fault(here):
    folder = here.home / "workers"
    worker = hold_name(folder)
    (folder / "worker-0.pulse").touch()
    assert vitals.workers(here.home) == "1 names, none left behind"
    worker.release()
    with pytest.raises(Ailing, match="worker-0 died") as fault:
        vitals.workers(here.home)
    assert "circletake worker" in fault.value.expected


def test_a_worker_among_many_is_missed_once_its_sign_is_old(here):
    (here.home / "workers").mkdir()
    sign = here.home / "workers" / "host_4711-ab.pulse"
    sign.touch()
    assert "none left behind" in vitals.workers(here.home)
    old = time.time() - 3600
    os.utime(sign, (old, old))
    with pytest.raises(Ailing, match="host_4711-ab died"):
        vitals.workers(here.home)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "remedy"), [("unknown", "reconcile"), ("parked", "resume")])
def test_what_waits_for_a_person_is_named_with_its_remedy(here, state, remedy):
    import sqlite3

    with_partners(here.home)
    assert "none in" in vitals.problems(here)
    with sqlite3.connect(here.database) as records:
        records.execute("PRAGMA foreign_keys=OFF")
        columns = "partner,id,request,number,account,model,region,state,token,reserved_musd,"
        columns += "spent_musd,code,reason,provider_ref,created_at,cycle,tries,round,owner"
        marks = ",".join("?" * 19)
        row = ["lantern", "a", "r", 0, "c", "m", "us", state, "t", 1, 0, "", "", "", "2026-11-21"]
        records.execute(f"INSERT INTO attempts ({columns}) VALUES ({marks})", [*row, 1, 0, 0, ""])
    records.close()
    with pytest.raises(Ailing, match=f"1 {state}") as fault:
        vitals.problems(here)
    assert remedy in fault.value.expected


def test_the_offset_of_the_clock_is_read_from_the_date_of_an_answer():
    said = {"ResponseMetadata": {"HTTPHeaders": {"date": "Sat, 21 Nov 2026 12:00:00 GMT"}}}
    assert abroad.offset_s(said, NOW + timedelta(seconds=90)) == 90
    assert abroad.offset_s({}, NOW) is None


class Ahead(SystemClock):
    def now(self):
        return super().now() + timedelta(minutes=4)


@pytest.mark.slow
def test_who_we_are_is_asked_and_a_clock_that_is_off_is_a_fault(s3, monkeypatch):
    for name, value in s3.environment("any").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", s3.endpoint)
    clients = aws.Clients()
    said = abroad.identity(clients, SystemClock(), "us-east-1")
    assert said.startswith("arn:aws:")
    assert re.search(r"clock [+-][0-5] s", said)
    with pytest.raises(Ailing, match=r"\+2[34]\d s off"):
        abroad.identity(clients, Ahead(), "us-east-1")


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    from router.testing.emulator import running_emulator

    with running_emulator(tmp_path_factory.mktemp("emulator"), instant=True) as found:
        yield (
            found,
            aws.Clients(
                aws.Endpoint(
                    bedrock_url=found.endpoint,
                    s3_url=found.endpoint,
                    access_key=found.access_key,
                    secret_key=found.secret_key,
                    bucket=found.bucket,
                )
            ),
        )


@pytest.mark.slow
def test_every_model_of_the_catalogue_and_every_region_is_a_row(account):
    _, clients = account
    live = {m.key: m for m in catalog.load().values()}
    rows = {name for name, _, _ in abroad.checks(clients, SystemClock(), live, "us-east-1")}
    assert "AWS identity" in rows
    assert any(name.startswith("model ") for name in rows)
    assert any(name.startswith("kept in ") for name in rows)


@pytest.mark.slow
def test_a_mode_under_which_others_see_what_is_sent_is_a_fault(account):
    found, clients = account
    control, region = found.client("bedrock"), found.region
    assert abroad.kept(Account(clients=clients, clock=SystemClock()), region).startswith("mode ")
    control.put_account_data_retention(mode="provider_data_share")
    with pytest.raises(Ailing, match="others may see"):
        abroad.kept(Account(clients=clients, clock=SystemClock()), region)


@pytest.mark.slow
def test_the_rows_are_said_together_and_a_planted_fault_is_one_of_them(here):
    with_partners(here.home)
    (here.home / "signing.key").touch(mode=0o644)
    parts = {p.name: p for p in look(here, with_aws=False)}
    assert {n for n, p in parts.items() if not p.ok} == {"keys"}
    assert all(p.todo for p in parts.values() if not p.ok)
