"""The audit log: nothing is changed, removed or cut without being seen."""

import json
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from router.audit.anchor import AnchorFile, anchor_at
from router.audit.chain import HOUSE, Key
from router.audit.log import AuditDown, AuditLog, key_in
from router.audit.paid import take_over
from router.domain.errors import BadInput
from router.store import database, ledger
from router.store.ledger import Posting
from router.testing.doubles import FakeClock

KEY = Key(secret=b"k" * 32)


@pytest.fixture
def log(tmp_path):
    engine = database.connect(tmp_path / "circletake.db")
    database.migrate(engine)
    yield AuditLog(
        engine=engine,
        key=KEY,
        clock=FakeClock(),
        partners=frozenset({"lantern"}),
        anchor=AnchorFile(tmp_path / "else" / "heads"),
    )
    engine.dispose()


def written(log, count=5, partner="lantern"):
    return [log.note("k1", partner, "look", take=f"t{n}") for n in range(count)]


def behind_the_triggers(log, *statements):
    with log.engine.begin() as connection:
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS audit_no_{verb}"))
        for statement in statements:
            connection.execute(text(statement))


def codes(log, **named):
    return {(f.chain, f.code) for f in log.verify(**named).flaws}


def test_what_was_written_verifies_chain_by_chain(log):
    written(log)
    log.note("lead", None, "price_change", version="v2")
    found = log.verify()
    assert found.ok
    assert found.records == {HOUSE: 1, "lantern": 5}


@pytest.mark.parametrize("verb", ["UPDATE audit SET actor = 'me'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_a_record(log, verb):
    written(log)
    with pytest.raises(DatabaseError, match="only ever added"), log.engine.begin() as connection:
        connection.execute(text(verb))
    assert log.verify().ok


COLUMNS = {
    "at": "'2031-01-01 00:00:00.000000'",
    "actor": "'k2'",
    "event": "'login'",
    "ids": """'{"take": "t9"}'""",
    "previous": f"'{'1' * 64}'",
    "hash": f"'{'1' * 64}'",
    "seal": "'00000000:00'",
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_field_is_found_wherever_it_stands(log, column, number):
    written(log)
    value = COLUMNS[column]
    behind_the_triggers(log, f"UPDATE audit SET {column} = {value} WHERE number = {number}")
    assert not log.verify().ok


def test_every_single_flipped_byte_of_a_record_is_found(log):
    (record,) = written(log, 1)
    whole = json.dumps(dict(record.ids))
    for place in range(len(whole)):
        flipped = whole[:place] + chr(ord(whole[place]) ^ 1) + whole[place + 1 :]
        try:
            json.loads(flipped)
        except ValueError:
            continue  # no record at all: the database gives nothing to verify
        quoted = flipped.replace("'", "''").replace(":", "\\:")
        behind_the_triggers(log, f"UPDATE audit SET ids = '{quoted}'")
        assert not log.verify().ok, flipped


def test_a_deleted_record_is_found(log):
    written(log)
    behind_the_triggers(log, "DELETE FROM audit WHERE number = 3")
    assert ("lantern", "missing") in codes(log)


def test_two_records_that_changed_places_are_found(log):
    written(log)
    behind_the_triggers(
        log,
        "UPDATE audit SET number = 99 WHERE number = 2",
        "UPDATE audit SET number = 2 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 99",
    )
    assert ("lantern", "changed") in codes(log)


def test_history_rewritten_with_right_hashes_is_not_sealed_by_us(log):
    written(log)
    forger = AuditLog(engine=log.engine, key=Key(secret=b"f" * 32), clock=log.clock)
    behind_the_triggers(log, "DELETE FROM audit WHERE number > 2")
    written(forger, 3)
    assert ("lantern", "not_sealed_by_us") in codes(log)


def test_a_chain_that_was_cut_short_is_found_through_the_anchor_only(log, tmp_path):
    written(log)
    log.export()
    behind_the_triggers(log, "DELETE FROM audit WHERE number > 3")
    alone = AuditLog(engine=log.engine, key=KEY, clock=log.clock, partners=log.partners)
    assert alone.verify().ok
    assert codes(log) == {("lantern", "cut_off")}
    assert codes(alone, anchor=AnchorFile(tmp_path / "else" / "heads")) == {("lantern", "cut_off")}


def test_a_chain_that_vanished_whole_is_found(log):
    written(log)
    log.export()
    behind_the_triggers(log, "DELETE FROM audit")
    assert codes(log) == {("lantern", "cut_off")}


def test_a_cut_that_was_filled_up_again_is_found(log):
    written(log)
    log.export()
    behind_the_triggers(log, "DELETE FROM audit WHERE number > 3")
    written(log, 4)
    assert codes(log) == {("lantern", "other_than_anchored")}


def test_writers_in_many_threads_make_one_chain(log):
    threads = [threading.Thread(target=written, args=(log, 10)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = log.verify()
    assert found.ok
    assert found.records["lantern"] == 60


def test_heads_leave_for_the_anchor_each_hour(log):
    written(log, 2)
    log.clock.sleep(3500)
    written(log, 2)
    kept = log.anchor.path.read_text().splitlines()
    assert len(kept) == 1  # at the first record of this process
    log.clock.sleep(200)
    written(log, 1)
    assert [json.loads(line)["heads"] for line in log.anchor.path.read_text().splitlines()][-1][
        "lantern"
    ][0] == 4


def test_what_could_be_content_is_refused_and_not_repeated(log):
    prompt = "a lighthouse keeper " * 20
    with pytest.raises(BadInput) as refused:
        log.note("k1", "lantern", "look", take=prompt)
    assert "lighthouse" not in str(refused.value)
    assert log.verify().records == {}


def test_a_log_that_cannot_be_written_stops_what_it_was_to_record(log):
    with log.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit RENAME TO gone"))
    with pytest.raises(AuditDown) as stopped:
        log.note("lead", "lantern", "grant", to="p2")
    assert stopped.value.http_status == 503


def test_an_anchor_that_takes_no_heads_stops_it_too(log, tmp_path):
    (tmp_path / "else").write_text("a file where a folder should be")
    with pytest.raises(AuditDown):
        log.note("lead", "lantern", "grant", to="p2")


def test_a_look_names_who_and_what(log):
    log.saw("p7", "lantern", "media/abc")
    (record,) = log.records("lantern")
    assert (record.actor, record.event) == ("p7", "look")
    assert record.ids == {"what": "media/abc"}


def test_every_bill_of_the_ledger_is_recorded_once(log):
    def pay(connection, number):
        post = Posting(
            partner="lantern", account="c1", attempt=f"a{number}", cycle=1, at=log.clock.now()
        )
        ledger.reserve(connection, post, 80_000)
        ledger.settle(connection, post, 80_000, 40_000 + number)

    with log.engine.begin() as connection:
        ledger.open_account(connection, "lantern", "c1", 10**12)
        for number in range(250):
            pay(connection, number)
    assert take_over(log, "lantern") == 0  # what is fresh could still be overtaken
    log.clock.sleep(180)
    assert take_over(log, "lantern") == 250
    assert take_over(log, "lantern") == 0
    bills = [bill for r in log.records("lantern") for bill in r.ids["paid"]]
    assert sorted(bills) == sorted([f"a{n}", 40_000 + n] for n in range(250))
    assert log.verify().ok


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = key_in(tmp_path / "keys")
    assert key_in(tmp_path / "keys") == first
    assert (tmp_path / "keys" / "audit.key").stat().st_mode & 0o777 == 0o600


def test_an_anchor_of_another_kind_is_refused():
    with pytest.raises(BadInput):
        anchor_at("https://example.org/heads", lambda: None)
