"""The small S3, with a real boto3 client on a real socket."""

import httpx
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def bucket(emulator):
    return emulator.bucket


def code(call, **asked):
    with pytest.raises(ClientError) as caught:
        call(**asked)
    return caught.value.response["Error"]["Code"]


def test_an_object_comes_back_as_it_was_put(s3, bucket):
    key = "a b/ü+%2B~.bin"
    s3.put_object(Bucket=bucket, Key=key, Body=b"\0data", ContentType="x/y", Metadata={"who": "me"})
    found = s3.get_object(Bucket=bucket, Key=key)
    assert found["Body"].read() == b"\0data"
    assert (found["ContentType"], found["Metadata"]) == ("x/y", {"who": "me"})
    assert s3.head_object(Bucket=bucket, Key=key)["ETag"] == found["ETag"]


def test_a_range_is_a_part(s3, bucket):
    s3.put_object(Bucket=bucket, Key="range", Body=b"0123456789")
    for said, part in (("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-2", b"89")):
        found = s3.get_object(Bucket=bucket, Key="range", Range=said)
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert found["Body"].read() == part
    assert found["ContentRange"] == "bytes 8-9/10"
    assert code(s3.get_object, Bucket=bucket, Key="range", Range="bytes=10-") == "InvalidRange"


def test_a_new_object_never_overwrites_where_that_is_asked(s3, bucket):
    s3.put_object(Bucket=bucket, Key="once", Body=b"first", IfNoneMatch="*")
    again = {"Bucket": bucket, "Key": "once", "Body": b"second", "IfNoneMatch": "*"}
    assert code(s3.put_object, **again) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == b"first"


def test_a_presigned_url_needs_no_keys_and_may_rename_the_type(s3, bucket):
    s3.put_object(Bucket=bucket, Key="film dir/output.mp4", Body=b"film")
    asked = {"Bucket": bucket, "Key": "film dir/output.mp4", "ResponseContentType": "video/mp4"}
    url = s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=60)
    answer = httpx.get(url)
    assert (answer.content, answer.headers["content-type"]) == (b"film", "video/mp4")
    assert answer.headers["x-circletake-simulated"] == "1"
    forged = httpx.get(url.replace("video", "audio"))
    assert forged.status_code == 403
    assert "SignatureDoesNotMatch" in forged.text


def test_the_signature_of_old_is_refused_in_words(emulator, bucket):
    old = emulator.client("s3", signature_version="s3")
    url = old.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "once"})
    assert "Use AWS4-HMAC-SHA256" in httpx.get(url).text


def test_nothing_is_given_to_someone_without_a_signature(emulator, bucket):
    answer = httpx.get(f"{emulator.endpoint}/{bucket}/once")
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


def test_objects_are_listed_in_pages_and_folders(s3):
    where = {"LocationConstraint": "us-west-2"}
    s3.create_bucket(Bucket="listing", CreateBucketConfiguration=where)
    names = ["a/1 +.txt", "a/2.txt", "b/c/3.txt", "top.txt"]
    for name in names:
        s3.put_object(Bucket="listing", Key=name, Body=name.encode())
    pages = s3.get_paginator("list_objects_v2")
    found = pages.paginate(Bucket="listing", PaginationConfig={"PageSize": 3})
    assert [row["Key"] for page in found for row in page["Contents"]] == names
    folders = list(
        pages.paginate(Bucket="listing", Delimiter="/", PaginationConfig={"PageSize": 1})
    )
    prefixes = [row["Prefix"] for page in folders for row in page.get("CommonPrefixes", [])]
    assert prefixes == ["a/", "b/"]
    assert [row["Key"] for page in folders for row in page.get("Contents", [])] == ["top.txt"]
    inside = s3.list_objects_v2(Bucket="listing", Prefix="a/", StartAfter="a/1 +.txt")
    assert [row["Key"] for row in inside["Contents"]] == ["a/2.txt"]
    assert code(s3.delete_bucket, Bucket="listing") == "BucketNotEmpty"
    for name in names:
        s3.delete_object(Bucket="listing", Key=name)
    s3.delete_bucket(Bucket="listing")
    assert code(s3.head_bucket, Bucket="listing") == "404"


def test_a_bucket_lives_in_the_region_that_makes_it(emulator, s3):
    assert code(s3.create_bucket, Bucket="nowhere") == "IllegalLocationConstraintException"
    east = emulator.client("s3", region_name="us-east-1")
    east.create_bucket(Bucket="in-the-east")
    assert east.get_bucket_location(Bucket="in-the-east")["LocationConstraint"] is None
    assert code(east.create_bucket, Bucket="in-the-east") == "BucketAlreadyOwnedByYou"
    assert code(east.create_bucket, Bucket="Bad_Name.") == "InvalidBucketName"


def test_what_is_missing_is_said_to_be_missing(s3, bucket):
    assert code(s3.get_object, Bucket=bucket, Key="nothing") == "NoSuchKey"
    assert code(s3.head_object, Bucket=bucket, Key="nothing") == "404"
    assert code(s3.put_object, Bucket="nothing", Key="k", Body=b"") == "NoSuchBucket"
    s3.delete_object(Bucket=bucket, Key="nothing")


def test_what_is_left_out_is_refused_in_words(s3, bucket):
    assert code(s3.get_object_acl, Bucket=bucket, Key="once") == "NotImplemented"
    assert code(s3.create_multipart_upload, Bucket=bucket, Key="big") == "NotImplemented"


def test_a_body_that_does_not_match_its_checksum_is_refused(s3, bucket):
    asked = {"Bucket": bucket, "Key": "sum", "Body": b"data", "ChecksumCRC32": "AAAAAA=="}
    assert code(s3.put_object, **asked) == "BadDigest"
