"""What a worker does once a day beside its work."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.bootstrap import studio as opened
from benchmarks.crew.daily import Daily
from benchmarks.hatch import intake_of
from benchmarks.testing.home import with_partners
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.domain.upload import UploadKind
from router.testing.doubles import FakeClock
from router.uploads.intake import Promise

P = "lantern"
MINE = Reach(frozenset({P}))
ROLE = Role.PARTNER_MEMBER
ANA = Caller(id="k", name="Ana", role=ROLE, scopes=GRANTED[ROLE], reads=MINE, looks=MINE)


@pytest.mark.slow
def test_uploads_that_were_begun_and_left_go_with_the_day(tmp_path):
    with_partners(tmp_path)
    with opened(tmp_path) as studio:
        here = intake_of(studio)
        ages = {"left": timedelta(hours=24.5), "under way": timedelta(hours=1)}
        ids = {}
        for name, age in ages.items():
            then = replace(here, clock=FakeClock(time=studio.clock.now() - age))
            promise = Promise(partner=P, name=name, bytes=3, kind=UploadKind.FILE)
            ids[name] = then.begin(ANA, promise).upload.id
            digest = hashlib.sha256(b"one").hexdigest()
            then.part(MINE, P, ids[name], 0, b"one", digest)
        daily = Daily(studio)
        assert list(daily.look()) == [f"{P}: 1 uploads were left behind and are gone"]
        assert list(daily.look()) == []
        assert here.standing(MINE, P, ids["under way"]).received == (0,)
        folders = {p.name for p in (tmp_path / "quarantine" / P).iterdir()}
        assert folders == {ids["under way"]}
