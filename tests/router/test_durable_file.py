"""Files written durably: whole or absent, and nothing half-written stays for ever."""

import os
import time

from router.files.durable_file import ABANDONED_S, is_temporary, write_durably


def test_what_a_killed_writer_left_is_swept_by_a_later_write_and_a_live_one_is_not(tmp_path):
    dead, alive = (tmp_path / f".answer.{name}" for name in ("0123456789ab", "ba9876543210"))
    for path in (dead, alive):
        path.write_bytes(b"half")
    long_ago = time.time() - ABANDONED_S - 60
    os.utime(dead, (long_ago, long_ago))
    spare = tmp_path / ".spare"
    spare.write_bytes(b"room")
    os.utime(spare, (long_ago, long_ago))
    write_durably(tmp_path / "answer", b"whole")
    assert {p.name for p in tmp_path.iterdir()} == {"answer", alive.name, ".spare"}
    assert is_temporary(alive)
