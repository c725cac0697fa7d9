"""The vault: what is sealed opens at its own place under its own key, and nowhere else."""

import json
import pickle
import socket
import threading

import pytest
from sqlalchemy import insert, select, update

from router.domain.errors import Broken, StoreCorrupt
from router.store import database
from router.store.tables import takes
from router.testing.doubles import FakeClock
from router.vault.columns import attach, opened, shut
from router.vault.keyring import KeyBucket, KeyFolder, KeyState
from router.vault.lock import BYTES, is_sealed
from router.vault.vault import Vault
from router.vault.wrapping import Kms, MasterFile

CANARY = "canary-lighthouse-keeper"


def vault_in(folder):
    return Vault(KeyFolder(folder / "partners"), MasterFile(folder), FakeClock())


@pytest.fixture
def vault(tmp_path):
    return vault_in(tmp_path / "keys")


def test_a_text_comes_back_and_its_words_are_nowhere(vault):
    sealed = vault.seal("lantern", "takes|prompt|t1", CANARY)
    assert is_sealed(sealed)
    assert CANARY not in sealed
    assert vault.open("lantern", "takes|prompt|t1", sealed) == CANARY


def test_the_same_text_twice_does_not_look_the_same(vault):
    assert vault.seal("lantern", "x", CANARY) != vault.seal("lantern", "x", CANARY)


def test_what_was_kept_before_there_was_a_vault_stays_readable(vault):
    assert vault.open("lantern", "takes|prompt|t1", "plain words") == "plain words"
    assert vault.lock("lantern").open_bytes("x", b"plain bytes") == b"plain bytes"


@pytest.mark.parametrize(
    "place",
    ["takes|prompt|t2", "takes|reason|t1", "requests|prompt|t1"],
    ids=["row", "col", "table"],
)
def test_a_text_that_was_moved_does_not_open(vault, place):
    sealed = vault.seal("lantern", "takes|prompt|t1", CANARY)
    with pytest.raises(StoreCorrupt):
        vault.open("lantern", place, sealed)


def test_a_neighbours_text_does_not_open(vault):
    sealed = vault.seal("lantern", "takes|prompt|t1", CANARY)
    with pytest.raises(StoreCorrupt):
        vault.open("neighbour", "takes|prompt|t1", sealed)


def test_every_changed_byte_is_seen(vault):
    lock = vault.lock("lantern")
    sealed = lock.seal_bytes("x", b"face")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        if changed.startswith(BYTES):
            with pytest.raises(StoreCorrupt):
                lock.open_bytes("x", changed)
        else:
            assert lock.open_bytes("x", changed) != b"face"


def test_another_process_opens_what_this_one_sealed(tmp_path, vault):
    sealed = vault.seal("lantern", "x", CANARY)
    assert vault_in(tmp_path / "keys").open("lantern", "x", sealed) == CANARY


def test_two_processes_that_begin_at_once_make_one_key(tmp_path):
    vaults = [vault_in(tmp_path / "keys") for _ in range(8)]
    sealed = []
    threads = [
        threading.Thread(target=lambda v=v: sealed.append(v.seal("lantern", "x", CANARY)))
        for v in vaults
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [vaults[0].open("lantern", "x", s) for s in sealed] == [CANARY] * 8


def test_keys_are_readable_by_their_owner_only(tmp_path, vault):
    vault.seal("lantern", "x", CANARY)
    files = [p for p in (tmp_path / "keys").rglob("*") if p.is_file()]
    assert len(files) == 2
    assert {p.stat().st_mode & 0o777 for p in files} == {0o600}


def test_a_destroyed_key_opens_nothing_and_is_never_made_again(tmp_path, vault):
    sealed = vault.seal("lantern", "x", CANARY)
    kept = (tmp_path / "keys" / "partners" / "lantern.key").read_text()
    id_ = vault.destroy("lantern", vault.clock.now())
    assert vault.state("lantern") == (KeyState.DESTROYED, id_)
    assert (
        json.loads(kept)["secret"]
        not in (tmp_path / "keys" / "partners" / "lantern.key").read_text()
    )
    for later in (vault, vault_in(tmp_path / "keys")):
        with pytest.raises(StoreCorrupt, match="destroyed"):
            later.open("lantern", "x", sealed)
        with pytest.raises(StoreCorrupt, match="destroyed"):
            later.seal("lantern", "x", CANARY)
    assert vault.destroy("lantern", vault.clock.now()) == id_


def test_without_the_master_key_a_wrapped_key_is_worth_nothing(tmp_path, vault):
    sealed = vault.seal("lantern", "x", CANARY)
    (tmp_path / "keys" / "master.key").write_bytes(b"0" * 32)
    with pytest.raises(Broken):
        vault_in(tmp_path / "keys").open("lantern", "x", sealed)


def test_a_wrapped_key_does_not_open_under_another_partners_name(tmp_path, vault):
    vault.seal("lantern", "x", CANARY)
    folder = tmp_path / "keys" / "partners"
    (folder / "neighbour.key").write_bytes((folder / "lantern.key").read_bytes())
    with pytest.raises(Broken):
        vault.lock("neighbour")


def test_a_lock_travels_to_measuring_processes(vault):
    lock = vault.lock("lantern")
    sealed = lock.seal_bytes("x", b"face")
    assert pickle.loads(pickle.dumps(lock)).open_bytes("x", sealed) == b"face"
    assert lock.secret.hex() not in repr(lock)


def test_a_row_is_shut_and_opened_and_its_neighbours_word_does_not_fit(tmp_path, vault):
    engine = database.connect(tmp_path / "circletake.db")
    attach(engine, vault)
    table = takes
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE takes (partner TEXT, id TEXT, prompt TEXT)")
        for id_ in ("t1", "t2"):
            row = {"partner": "lantern", "id": id_, "prompt": f"{CANARY} {id_}"}
            connection.execute(insert(table), shut(connection, table, row))
        query = select(table.c.partner, table.c.id, table.c.prompt)
        rows = [opened(connection, table, row._mapping) for row in connection.execute(query)]
        assert [row["prompt"] for row in rows] == [f"{CANARY} t1", f"{CANARY} t2"]
        first = connection.scalar(select(table.c.prompt).where(table.c.id == "t1"))
        connection.execute(update(table).where(table.c.id == "t2").values(prompt=first))
        with pytest.raises(StoreCorrupt):
            [opened(connection, table, row._mapping) for row in connection.execute(query)]
    engine.dispose()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def aws():
    import boto3
    from moto.server import ThreadedMotoServer

    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()

    def client(service):
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="secret",
        )

    yield client
    server.stop()


@pytest.mark.slow
def test_kms_wraps_keys_under_the_partners_name(tmp_path, aws):
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    keyring = KeyFolder(tmp_path)
    one = Vault(keyring, Kms(lambda: kms, key), FakeClock())
    sealed = one.seal("lantern", "x", CANARY)
    assert Vault(keyring, Kms(lambda: kms, key), FakeClock()).open("lantern", "x", sealed) == CANARY
    (tmp_path / "neighbour.key").write_bytes((tmp_path / "lantern.key").read_bytes())
    with pytest.raises(Broken):
        one.lock("neighbour")


@pytest.mark.slow
@pytest.mark.parametrize("versioned", [True, False])
def test_a_key_in_a_bucket_is_destroyed_with_all_its_versions(aws, versioned):
    s3, bucket = aws("s3"), f"keys-{str(versioned).lower()}"
    s3.create_bucket(Bucket=bucket)
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kms = aws("kms")
    wrap = Kms(lambda: kms, kms.create_key()["KeyMetadata"]["KeyId"])
    keyring = KeyBucket(lambda: s3, bucket)
    vault = Vault(keyring, wrap, FakeClock())
    vault.seal("lantern", "x", CANARY)
    secret = keyring.get("lantern").secret
    vault.destroy("lantern", vault.clock.now())
    assert vault.state("lantern")[0] is KeyState.DESTROYED
    left = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert len(left) == 1
    assert keyring.get("lantern").secret == b"" != secret
