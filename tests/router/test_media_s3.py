"""Media in a bucket keeps the same promises as media in a folder."""

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from router.domain.errors import BadInput, StoreCorrupt, Unreachable
from router.media_s3 import MediaBucket, Place, place_of
from router.testing.doubles import small_png
from router.testing.emulator import running_emulator

P = "north_light"


@pytest.fixture(scope="module", params=["the emulator's S3", "another S3"])
def media(request, tmp_path_factory):
    copies = tmp_path_factory.mktemp("copies")
    if request.param == "another S3":
        s3 = request.getfixturevalue("s3")
        yield MediaBucket(client=s3.client(), bucket=s3.bucket(), copies=copies)
        return
    with running_emulator(tmp_path_factory.mktemp("s3"), instant=True) as emulator:
        client = emulator.client("s3")
        yield MediaBucket(client=client, bucket=emulator.bucket, copies=copies)


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


@pytest.mark.slow
def test_an_object_is_written_once_whoever_writes_it_at_the_same_time(media):
    with ThreadPoolExecutor(8) as writers:
        refs = set(writers.map(lambda _: media.put(P, small_png(4), "image/png"), range(16)))
    (ref,) = refs
    key = f"media/{P}/{ref.sha256[:2]}/{ref.sha256}"
    with pytest.raises(media.client.exceptions.ClientError, match="Precondition"):
        media.client.put_object(Bucket=media.bucket, Key=key, Body=b"other", IfNoneMatch="*")
    assert media.get(P, ref.sha256) == small_png(4)


@pytest.mark.slow
def test_readers_of_files_get_a_copy_that_is_checked_and_fetched_once(media):
    ref = media.put(P, small_png(5), "image/png")
    copy = media.path(P, ref.sha256)
    assert copy.read_bytes() == small_png(5)
    before = copy.stat().st_mtime_ns
    assert media.path(P, ref.sha256).stat().st_mtime_ns == before
    with pytest.raises(StoreCorrupt):
        media.path("other_house", ref.sha256)


@pytest.mark.slow
def test_with_a_key_of_the_house_objects_are_encrypted_with_it(s3, tmp_path):
    key = f"arn:aws:kms:eu-central-1:123456789012:key/{'0' * 8}-0000-0000-0000-{'0' * 12}"
    media = MediaBucket(client=s3.client(), bucket=s3.bucket(), copies=tmp_path, kms_key=key)
    ref = media.put(P, small_png(6), "image/png")
    name = f"media/{P}/{ref.sha256[:2]}/{ref.sha256}"
    head = media.client.head_object(Bucket=media.bucket, Key=name)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert media.get(P, ref.sha256) == small_png(6)


@pytest.mark.slow
def test_a_bucket_that_does_not_answer_is_no_lost_picture(s3, tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = replace(s3, endpoint=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        media = MediaBucket(client=dead.client(), bucket="gone", copies=tmp_path)
        with pytest.raises(Unreachable):
            media.get(P, "0" * 64)
        with pytest.raises(Unreachable):
            media.has(P, "0" * 64)
        with pytest.raises(OSError, match="did not take it"):
            media.put(P, small_png(7), "image/png")


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_told_from_one_that_is_empty(media, tmp_path):
    media.answers()
    gone = MediaBucket(client=media.client, bucket="no-such-bucket", copies=tmp_path)
    with pytest.raises(Unreachable, match="no-such-bucket"):
        gone.answers()


def test_the_place_of_media_is_a_bucket_and_a_prefix():
    assert place_of("s3://studio-media") == Place(bucket="studio-media", prefix="")
    assert place_of("s3://studio-media/a/b/") == Place(bucket="studio-media", prefix="a/b/")


@pytest.mark.parametrize("wrong", ["/media", "s3:///x", "https://a/b", "s3://k:s@b", "s3://b?x=1"])
def test_any_other_place_of_media_is_refused(wrong):
    with pytest.raises(BadInput, match="CIRCLETAKE_MEDIA"):
        place_of(wrong)
