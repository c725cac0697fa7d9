"""A secret is made once, and is its owner's alone each time that it is read."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from router.domain.errors import Broken, StoreCorrupt
from router.files import secret_file


def test_several_that_start_at_once_have_one_secret_which_nobody_else_can_read(tmp_path):
    path = tmp_path / "keys" / "a.key"
    with ThreadPoolExecutor(8) as starts:
        every = set(starts.map(lambda _: secret_file.kept(path, lost="all"), range(8)))
    assert len(every) == 1
    assert [p.name for p in path.parent.iterdir()] == ["a.key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_others_may_read_is_short_or_is_gone_is_refused_in_words(tmp_path):
    path = tmp_path / "a.key"
    secret_file.kept(path, lost="all")
    path.chmod(0o640)
    with pytest.raises(Broken, match="mode 0640"):
        secret_file.kept(path, lost="all")
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(StoreCorrupt, match=r"5 bytes.*all of it is void"):
        secret_file.kept(path, lost="all of it is void")
    with pytest.raises(Broken, match="No such file"):
        secret_file.given(tmp_path / "none.key", lost="all")
