"""A partner leaves: every store is known, every one is emptied, and nothing is left anywhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Integer, MetaData, insert, select, text
from sqlalchemy.exc import DBAPIError

from benchmarks.store.store import MIGRATIONS as OURS
from evaluators.cache import Cache
from router.domain.errors import Busy, Conflict, StoreCorrupt
from router.leaving import certificate, freeze, inventory, rows, search
from router.leaving.bucket import Bucket
from router.leaving.due import due
from router.leaving.inventory import NotRegistered
from router.leaving.opening import site
from router.leaving.purge import STEPS, purge
from router.store import database
from router.testing import doubles
from router.testing.doubles import FakeClock
from router.vault.columns import attach, opened, shut
from router.vault.opening import vault_of

TENANTS = ("lantern", "neighbour")
MARK = "aaaabbbbccccdddd"


def canary(tenant, place):
    return f"CANARY-{tenant}-{place} planted among words"


def planted(path, url=None):
    """Give a home in which two tenants have something in every table and every folder."""
    here = replace(doubles.settings(path), database_url=url)
    engine = database.connect(here.records)
    if url is None:
        database.migrate(engine, (database.MIGRATIONS, OURS))
    attach(engine, vault := vault_of(here, FakeClock()))
    found = MetaData()
    found.reflect(engine)
    for tenant in TENANTS:
        with database.writing(engine, tenant) as connection:
            for name in ("budgets", *reversed(inventory.GOES)):
                table = found.tables[name]
                row = {c.name: value_of(c, table, tenant) for c in table.columns}
                connection.execute(insert(table), shut(connection, table, row))
        for name in inventory.BY_PARTNER:
            folder = path / name / tenant / "0a"
            folder.mkdir(parents=True)
            (folder / "file").write_bytes(canary(tenant, name).encode() + os.urandom(200))
        faces = Cache(path / "scores" / tenant, vault.lock(tenant))
        faces.put_bytes("ab12", f"face of {tenant}".encode())
        for name in inventory.BY_MARK:
            folder = path / name / "some" / tenant
            folder.mkdir(parents=True)
            said = {"account": f"{MARK}-{tenant}", "prompt": canary(tenant, name)}
            (folder / "0123").write_text(json.dumps(said))
    (path / "circletake.log").write_text("2030-01-01 attempt aaaa sent\n")
    engine.dispose()
    return here


def value_of(column, table, tenant):
    keys = {c.name for c in table.primary_key} | {
        c.parent.name for f in table.foreign_key_constraints for c in f.elements
    }
    place = f"{table.name}.{column.name}"
    if place in FIXED:
        return FIXED[place]
    if column.name in {"partner", "holder"}:
        return tenant
    if column.name in keys or place == "budgets.account":
        return 1 if isinstance(column.type, Integer) else f"{MARK}-{tenant}"[: room(column)]
    return content_of(column, canary(tenant, place))


FIXED = {"attempts.state": "settled", "budgets.level": "campaign", "budgets.cap_musd": 100}
PLAIN = {
    datetime: datetime(2030, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    bool: False,
    int: 0,
    float: 0.0,
}


def content_of(column, word):
    kind = column.type.python_type
    if kind is datetime and column.type.timezone:
        return datetime(2030, 1, 1, tzinfo=UTC)
    if kind in PLAIN:
        return PLAIN[kind]
    if kind is dict:
        return {"note": word}
    said = json.dumps({"note": word}) if column.name == "body" else word
    return said[: room(column)]


def room(column):
    return getattr(column.type, "length", None) or 1000


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "home"
    planted(path)
    return path


@pytest.fixture
def here(home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    return doubles.settings(tmp_path / "home")


def files_with(folder, needle):
    return [
        str(p.relative_to(folder))
        for p in sorted(folder.rglob("*"))
        if p.is_file() and needle in p.read_bytes()
    ]


def left(here, **kept):
    with site(here, TENANTS, FakeClock()) as found:
        return purge(found, "lantern", "lead", **kept)


def test_every_table_that_could_hold_a_partners_bytes_is_in_the_inventory(tmp_path):
    engine = database.connect(tmp_path / "all.db")
    database.migrate(engine, (database.MIGRATIONS, OURS))
    known = rows.tables(engine)
    assert set(inventory.GOES) | set(inventory.STAYS) <= set(known)
    assert set(known) <= {*inventory.GOES, *inventory.STAYS, *inventory.NOBODYS}
    engine.dispose()


def test_a_table_that_nobody_registered_stops_the_purge_before_it_begins(here):
    engine = database.connect(here.database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE secrets (partner TEXT, said TEXT)"))
    engine.dispose()
    with pytest.raises(NotRegistered, match="secrets"):
        left(here)
    assert files_with(here.media, b"CANARY-lantern")


HOME_NAMES = re.compile(r'home / "([a-z.]+)"')


def test_every_folder_that_the_code_makes_in_a_home_is_in_the_inventory():
    root = Path(__file__).parents[2]
    named = {
        name
        for room in ("router", "evaluators", "benchmarks", "dashboard")
        for path in (root / room).rglob("*.py")
        if "testing" not in path.relative_to(root).parts
        and path.name not in {"season.py", "demo.py"}
        for name in HOME_NAMES.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert inventory.strangers(named) == []


# Bodies that stay readable by the database: numbers, ids, codes and rulings; they are deleted.
READABLE = {
    "prices", "scores", "verdicts", "repairs", "studies", "slots", "votes", "commissions",
    "answers", "departures",
}  # fmt: skip


def test_a_new_table_with_a_body_is_sealed_or_says_here_that_it_is_not(tmp_path):
    engine = database.connect(tmp_path / "all.db")
    database.migrate(engine, (database.MIGRATIONS, OURS))
    bodies = {name for name, table in rows.tables(engine).items() if "body" in table.c}
    engine.dispose()
    assert bodies - READABLE == {name for name in rows.SEALED if "body" in rows.SEALED[name]}


@pytest.mark.parametrize("name", ["notes", "signoffs", "exit_forms", "tracked", "asides"])
def test_what_people_said_does_not_open_in_another_partners_place(here, name):
    with site(here, TENANTS, FakeClock()) as found:
        engine = found.audit.engine
        table = rows.tables(engine)[name]
        with engine.begin() as connection:
            one = select(table).where(table.c.partner == "neighbour")
            row = dict(connection.execute(one).mappings().one())
            assert "CANARY" in opened(connection, table, row)["body"]
            with pytest.raises(StoreCorrupt):
                opened(connection, table, row | {"partner": "lantern"})


def test_what_is_sealed_is_nowhere_in_the_files_before_anybody_leaves(home):
    for name, columns in rows.SEALED.items():
        for column in columns:
            place = f"CANARY-lantern-{name}.{column}".encode()
            assert files_with(home, place) == [], place
    assert files_with(home, b"face of lantern") == []


def test_a_neighbours_row_does_not_open_in_another_partners_place(here):
    with site(here, TENANTS, FakeClock()) as found:
        engine = found.audit.engine
        table = rows.tables(engine)["takes"]
        with engine.begin() as connection:
            one = select(table).where(table.c.partner == "neighbour")
            row = dict(connection.execute(one).mappings().one())
            with pytest.raises(StoreCorrupt):
                opened(connection, table, row | {"partner": "lantern"})


def test_after_a_purge_not_a_byte_is_left_and_the_neighbour_has_everything(here):
    kept = files_with(here.home, b"CANARY-neighbour")
    body = left(here, canaries=("CANARY-lantern",))
    assert certificate.is_clean(body), body["search"]
    assert files_with(here.home, b"CANARY-lantern") == []
    assert files_with(here.home, b"face of lantern") == []
    assert set(kept) == set(files_with(here.home, b"CANARY-neighbour"))
    with site(here, TENANTS, FakeClock()) as found:
        counts = rows.counts(found.audit.engine, "neighbour", inventory.GOES)
        assert counts == dict.fromkeys(inventory.GOES, 1)
        words = list(search.prose(rows.words(found.audit.engine, "neighbour")))
        assert canary("neighbour", "takes.prompt") in words
        assert found.audit.verify().ok


def test_the_certificate_says_what_there_was_and_is_and_bears_our_seal(here):
    body = left(here)
    assert {name: body["before"][name] for name in inventory.GOES} == dict.fromkeys(
        inventory.GOES, 1
    )
    assert sum(body["after"].values()) == 0
    assert body["key"]["state"] == "destroyed"
    assert body["search"]["patterns"] > 20
    assert {name for name, _, _ in body["kept"]} == set(inventory.STAYS)
    (page,) = here.certificates.glob("*.txt")
    assert "NOTHING WAS LEFT" in page.read_text()
    with site(here, TENANTS, FakeClock()) as found:
        assert certificate.is_ours(body, found.audit.key)
        assert not certificate.is_ours({**body, "partner": "neighbour"}, found.audit.key)
        heads = found.audit.head("lantern")
    assert (body["audit"]["number"], body["audit"]["hash"]) == heads


def test_the_page_names_what_was_full_what_was_not_searched_and_what_it_cannot_speak_of(here):
    left(here)
    (page,) = here.certificates.glob("*.txt")
    told = page.read_text()
    assert "  answers that were kept for repeated requests" in told
    assert "not searched, in the home: certificates, keys" in told
    assert "not certified:" in told
    assert "homes of other machines that share the database" in told


def test_a_text_named_after_a_partner_left_is_refused_and_not_covered_by_the_old_certificate(here):
    left(here)
    with pytest.raises(Conflict, match="--canary"):
        left(here, canaries=("Harbour",))


def test_what_somebody_copied_into_the_home_is_found_and_said(here):
    (here.home / "notes.txt").write_bytes(b"x" * 9000 + canary("lantern", "takes.prompt").encode())
    body = left(here)
    assert body["search"]["hits"] == ["notes.txt"]
    assert body["unknown_to_inventory"] == ["notes.txt"]
    assert not certificate.is_clean(body)
    assert any("purge lantern --yes` again" in line for line in certificate.page(body))
    (here.home / "notes.txt").unlink()
    assert certificate.is_clean(left(here))


def test_words_that_stand_within_a_neighbours_are_no_sign_of_who_left(here):
    said = {"lantern": "bottle green coat", "neighbour": "her bottle green coat stays green"}
    engine = database.connect(here.database)
    table = rows.tables(engine)["verdicts"]
    for tenant, words in said.items():
        with database.writing(engine, tenant) as connection:
            body = json.dumps({"note": words})
            connection.execute(table.update().where(table.c.partner == tenant).values(body=body))
    engine.dispose()
    body = left(here)
    assert body["search"]["hits"] == []
    assert certificate.is_clean(body)


def test_a_partner_that_left_is_taken_in_no_more_and_leaves_once(here):
    first = left(here)
    assert left(here) == first
    engine = database.connect(here.database)
    with engine.begin() as connection:
        with pytest.raises(freeze.Leaving):
            freeze.refuse(connection, "lantern")
        freeze.refuse(connection, "neighbour")
    engine.dispose()


def test_calls_under_way_are_waited_for(here):
    engine = database.connect(here.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE attempts SET state = 'sent' WHERE partner = 'lantern'"))
    with pytest.raises(Busy, match="under way"):
        left(here)
    assert files_with(here.media, b"CANARY-lantern")
    with engine.begin() as connection:
        connection.execute(text("UPDATE attempts SET state = 'settled'"))
    engine.dispose()
    assert certificate.is_clean(left(here))


CHILD = """
import os, signal, sys
from pathlib import Path
from router.testing import doubles
from router.leaving.opening import site
from router.leaving.purge import purge
from router.testing.doubles import FakeClock
home, step = sys.argv[1:]
def die(done):
    if done == step:
        os.kill(os.getpid(), signal.SIGKILL)
with site(doubles.settings(Path(home)), ("lantern", "neighbour"), FakeClock()) as found:
    purge(found, "lantern", "lead", die)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_purge_that_was_killed_goes_on_where_the_next_one_starts(here, step):
    words = [sys.executable, "-c", CHILD, str(here.home), step]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    body = left(here)
    assert certificate.is_clean(body)
    assert {name: body["before"][name] for name in inventory.GOES} == dict.fromkeys(
        inventory.GOES, 1
    )
    assert body["search"]["patterns"] > 20
    assert files_with(here.home, b"CANARY-lantern") == []
    assert not (here.home / "leaving" / "lantern.json").exists()
    assert files_with(here.home, b"CANARY-neighbour")


@pytest.mark.slow
def test_every_version_of_an_object_goes_and_unfinished_uploads_too(here):
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )
    try:
        client.create_bucket(Bucket="partners")
        on = {"Status": "Enabled"}
        client.put_bucket_versioning(Bucket="partners", VersioningConfiguration=on)
        for tenant in TENANTS:
            for turn in range(2):
                data = canary(tenant, "s3").encode() + bytes([turn])
                client.put_object(Bucket="partners", Key=f"media/{tenant}/0a/x", Body=data)
            client.create_multipart_upload(Bucket="partners", Key=f"media/{tenant}/0a/y")
        client.delete_object(Bucket="partners", Key="media/lantern/0a/x")
        bucket = Bucket(client=client, name="partners", prefixes=("media/",))
        assert bucket.count("lantern") == 4
        with site(here, TENANTS, FakeClock()) as found:
            body = purge(replace(found, bucket=bucket), "lantern", "lead")
        assert (body["before"]["bucket"], body["after"]["bucket"]) == (4, 0)
        assert certificate.is_clean(body)
        assert bucket.count("neighbour") == 3
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("today", "is_past"), [(date(2027, 6, 30), False), (date(2027, 7, 1), True)], ids=str
)
def test_things_are_kept_for_the_agreed_days_after_the_findings_were_due(today, is_past):
    (one,) = due([doubles.partner("lantern")], today)
    assert one.kept_until == date(2027, 6, 30)
    assert one.is_past is is_past


@pytest.mark.parametrize("at", [0, 1, 7, 8, 9, (1 << 24) - 5, (1 << 24) - 1, 1 << 24])
def test_a_pattern_is_found_wherever_it_stands(tmp_path, at):
    path = tmp_path / "f"
    path.write_bytes(b"\0" * at + b"needle-in-a-stack" + b"\0" * 3)
    assert search.search([path], [b"needle-in-a-stack"]).hits == (str(path),)
    assert search.search([path], [b"needle-in-a-stick"]).hits == ()


@pytest.mark.parametrize("before", [b"", b"a", b"ab"])
def test_words_are_found_in_base64_too(tmp_path, before):
    import base64

    path = tmp_path / "f"
    path.write_bytes(base64.b64encode(before + b"a keeper of lights, and more" + before))
    patterns = list(search.variants("a keeper of lights, and more"))
    assert search.search([path], patterns).hits == (str(path),)


@pytest.mark.slow
def test_a_partner_leaves_a_shared_database_and_the_words_that_its_log_keeps_are_sealed(
    tmp_path, postgres
):
    here = planted(tmp_path / "home", postgres.url)
    body = left(here)
    assert certificate.is_clean(body), body["search"]
    assert {name: body["before"][name] for name in inventory.GOES} == dict.fromkeys(
        inventory.GOES, 1
    )
    assert "the key is destroyed" in body["wiped"]
    assert files_with(here.home, b"CANARY-lantern") == []
    with site(here, TENANTS, FakeClock()) as found:
        counts = rows.counts(found.audit.engine, "neighbour", inventory.GOES)
        assert counts == dict.fromkeys(inventory.GOES, 1)
        assert found.audit.verify().ok
        engine = found.audit.engine
        for wish in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
            with pytest.raises(DBAPIError), database.writing(engine, "lantern") as connection:
                connection.execute(text(wish))
    assert left(here) == body
