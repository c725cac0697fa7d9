"""Media in a bucket keeps the same promises as media in a folder."""

import pytest

from router.domain.errors import StoreCorrupt
from router.media_s3 import MediaBucket
from router.testing import small_png
from router.testing_emulator import running_emulator

P = "north_light"


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("s3"), instant=True) as emulator:
        yield MediaBucket(client=emulator.client("s3"), bucket=emulator.bucket)


@pytest.mark.slow
def test_what_is_put_comes_back_and_twice_is_once(media):
    first = media.put(P, small_png(1), "image/png")
    assert media.put(P, small_png(1), "image/png") == first
    assert media.get(P, first.sha256) == small_png(1)
    listed = media.client.list_objects_v2(Bucket=media.bucket, Prefix=f"media/{P}/")
    assert [o["Key"].rpartition("/")[2] for o in listed["Contents"]] == [first.sha256]


@pytest.mark.slow
def test_partners_never_share_an_object(media):
    ref = media.put(P, small_png(2), "image/png")
    assert media.has(P, ref.sha256)
    assert not media.has("other_house", ref.sha256)
    with pytest.raises(StoreCorrupt):
        media.get("other_house", ref.sha256)


@pytest.mark.slow
def test_rotten_bytes_are_noticed(media):
    ref = media.put(P, small_png(3), "image/png")
    key = f"media/{P}/{ref.sha256[:2]}/{ref.sha256}"
    media.client.put_object(Bucket=media.bucket, Key=key, Body=b"rotten")
    with pytest.raises(StoreCorrupt):
        media.get(P, ref.sha256)
