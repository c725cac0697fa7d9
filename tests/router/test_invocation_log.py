"""What the invocation log tells of a call whose answer was lost."""

import io
import json
from datetime import UTC, datetime, timedelta

from router import catalog
from router.cloud.invocation_log import InvocationLog, Logged

MODEL = catalog.load()["sd35-large"]
AT = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)


class Bucket:
    """Objects of one bucket, as an S3 client gives them."""

    def __init__(self):
        self.kept = {}

    def put(self, key, *records):
        data = b"\n".join(json.dumps(record).encode() for record in records)
        self.kept[key] = (data, AT + timedelta(minutes=len(self.kept)))

    def get_paginator(self, _name):
        return self

    def paginate(self, **_):
        listed = [{"Key": key, "LastModified": at} for key, (_, at) in self.kept.items()]
        return [{"Contents": listed}]

    def get_object(self, *, Bucket, Key):  # noqa: N803 - the names of S3
        del Bucket
        return {"Body": io.BytesIO(self.kept[Key][0]), **_HEADERS}

    def head_bucket(self, **_):
        return _HEADERS


_HEADERS = {"ResponseMetadata": {"HTTPHeaders": {}}}


class Clients:
    """What reaches the bucket."""

    bucket = "media"

    def __init__(self, bucket):
        self.there = bucket

    def s3(self, _region):
        return self.there


def record(request, **output):
    said = {"requestId": request, "requestMetadata": {"attempt": "a1"}}
    return said | ({"output": output} if output else {"errorCode": "ThrottlingException"})


def looked(log):
    return log.find("a1", MODEL, "us-west-2")


def test_an_answer_that_comes_after_a_record_without_one_is_found():
    bucket = Bucket()
    log = InvocationLog(Clients(bucket))
    bucket.put("invocation-logs/1.json", record("r-1"))
    assert looked(log) is None
    bucket.put("invocation-logs/2.json", record("r-2", outputBodyJson={"seeds": [7]}))
    found = looked(log)
    assert isinstance(found, Logged)
    assert (found.request_id, json.loads(found.body)) == ("r-2", {"seeds": [7]})


def test_a_record_without_an_answer_hides_none_that_stands_in_the_same_file():
    bucket = Bucket()
    bucket.put("invocation-logs/1.json", record("r-1", outputBodyJson={}), record("r-2"))
    found = looked(InvocationLog(Clients(bucket)))
    assert isinstance(found, Logged)
    assert found.request_id == "r-1"
