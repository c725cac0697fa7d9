"""An answer that lies on the disk of another machine is waited for, never written off."""

import errno

import pytest

from router.domain.attempt import AttemptState
from router.media_folder import MediaFolder
from router.testing.doubles import ScriptedBackend, request
from router.testing.routing import open_router

pytestmark = pytest.mark.slow
P = "north_light"


class FullMedia(MediaFolder):
    """Media on a disk that is full."""

    __slots__ = ()

    def put(self, partner, data, mime):
        raise OSError(errno.ENOSPC, "no space left on device")


@pytest.fixture
def backend():
    return ScriptedBackend()


@pytest.fixture
def machine(postgres, tmp_path, backend):
    """Open a router on a home of its own, among those that share a database and their media."""
    opened = []

    def open_one(name, media=MediaFolder):
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        store = media(root=tmp_path / "media")
        opened.append(
            open_router(
                home, {"scripted": backend}, media=store, cap_musd=10**8, records=postgres.url
            )
        )
        return opened[-1]

    yield open_one
    for router in opened:
        router._world().worker.release()
        router._engine.dispose()


def test_what_a_dead_machine_had_staged_ends_unknown_and_settles_when_it_is_back(machine, backend):
    first = machine("first", FullMedia)
    (one,) = first.submit([request()])
    assert first.advance(P, one.id).state is AttemptState.RESPONDED
    first._world().worker.release()  # the machine dies; its disk keeps the answer
    other = machine("other")
    assert other.advance(P, one.id).state is AttemptState.UNKNOWN
    assert other.balance(P, "c1").reserved_musd == 80_000
    assert other.reconcile(P).unknown == 1
    back = machine("first")
    assert back.reconcile(P).settled == 1
    assert back.balance(P, "c1").spent_musd == 80_000
    assert len(backend.sends) == 1, "paid once"
