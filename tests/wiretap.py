"""A tap on the wire to AWS: passes requests on, byte for byte, and notes which rights they need.

What a request needs is read off method, path, query, body and answer, never asked of our code.
Sources: Service Authorization Reference; Amazon S3 User Guide, "Required permissions".
"""

import http.client
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.iam_judge import Asked

ACCOUNT = "111122223333"
US = ("us-east-1", "us-east-2", "us-west-2")
US_WORDS = (*US, "us-west-1")  # profiles of models that are called by words
ALIASES = "alias/circletake/beta/"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/([a-z0-9]+)/")


@contextmanager
def tapped(upstream, place):
    """Stand before `upstream`; gives the tap's own address and the list that it fills.

    Args:
        upstream: address of the emulator, or of another look-alike.
        place: name of the bucket as the policy knows it, by the name that it has upstream.
    """
    notes: list[Asked] = []
    target = urlsplit(upstream)

    class Tap(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def passed_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            onward = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
            onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"expect", "connection"}:
                    onward.putheader(name, value)
            onward.endheaders(body)
            answer = onward.getresponse()
            data = answer.read()
            notes.extend(needs(self, body, answer.status, place))
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"transfer-encoding", "connection"}:
                    self.send_header(name, value)
            if answer.getheader("Content-Length") is None:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            onward.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = passed_on  # noqa: N815 - http.server's

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tap)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", notes
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def needs(request, body, status, place):
    """Give the rights that one request needs."""
    region, service = _SCOPE.search(request.headers["Authorization"]).groups()
    path, _, query = request.path.partition("?")
    if service == "s3":
        names = dict(parse_qsl(query, keep_blank_values=True))
        yield from _s3(request, unquote(path), names, status, place)
    elif service == "kms":
        yield from _kms(request.headers["X-Amz-Target"], json.loads(body), region)
    elif service == "sagemaker":
        endpoint = unquote(path).split("/")[2]
        arn = f"arn:aws:sagemaker:{region}:{ACCOUNT}:endpoint/{endpoint}"
        yield Asked("sagemaker:InvokeEndpointAsync", arn)
    else:
        assert service == "bedrock", service
        yield from _bedrock(request.command, unquote(path), body, region, place)


def _bedrock(method, path, body, region, place):
    here = {"aws:RequestedRegion": region}
    room, *rest = path.strip("/").split("/")
    if room == "model":
        yield from invoking("/".join(rest[:-1]), region)
    elif room == "async-invoke" and method == "POST":
        said = json.loads(body)
        yield from invoking(said["modelId"], region)
        yield Asked("bedrock:InvokeModel", _job(region, "abcdefghijkl"), here)
        uri = said["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        yield from _written(place[bucket], f"{key}/abcdefghijkl/output.mp4")  # as whoever asks
    elif room == "async-invoke" and rest:
        job = rest[-1]
        yield Asked("bedrock:GetAsyncInvoke", _job(region, job), here)
    else:
        action = {
            "async-invoke": "ListAsyncInvokes",
            "data-retention": "GetAccountDataRetention",
            "foundation-models": "ListFoundationModels",
            "foundation-model-availability": "GetFoundationModelAvailability",
        }[room]
        yield Asked(f"bedrock:{action}", "*", here)


def invoking(model, region):
    """Give the rights that asking a model, or a profile of models, needs."""
    here = {"aws:RequestedRegion": region}
    if not model.startswith("us."):
        yield Asked("bedrock:InvokeModel", foundation(region, model), here)
        return
    profile = f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{model}"
    yield Asked("bedrock:InvokeModel", profile, here)
    base = model.removeprefix("us.")
    for where in US if base.startswith("stability.") else US_WORDS:
        context = here | {"bedrock:InferenceProfileArn": profile}
        yield Asked("bedrock:InvokeModel", foundation(where, base), context)


def foundation(region, model):
    """Spell the ARN of a model."""
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def _job(region, job):
    return f"arn:aws:bedrock:{region}:{ACCOUNT}:async-invoke/{job}"


def _s3(request, path, query, status, place):
    _, bucket, *rest = path.split("/", 2)
    key, bucket = (rest[0] if rest else ""), place[bucket]
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        action = "ListBucket"
        if "versions" in query or "uploads" in query:
            action = "ListBucketVersions" if "versions" in query else "ListBucketMultipartUploads"
        context = {"s3:prefix": query.get("prefix", "")} if request.command == "GET" else {}
        yield Asked(f"s3:{action}", arn, context)
        return
    if request.command == "PUT":
        named = request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
        yield from _written(bucket, key, named)
    elif request.command == "DELETE":
        kind = "DeleteObjectVersion" if "versionId" in query else "DeleteObject"
        kind = "AbortMultipartUpload" if "uploadId" in query else kind
        yield Asked(f"s3:{kind}", f"{arn}/{key}")
    else:
        yield Asked("s3:GetObject", f"{arn}/{key}")
        if status == 404:  # without it the answer would be 403
            yield Asked("s3:ListBucket", arn)
        elif not bucket.endswith("anchor"):
            yield sealed("kms:Decrypt", owner(key))


def _written(bucket, key, named=None):
    yield Asked("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
    if not bucket.endswith("anchor"):
        yield sealed("kms:GenerateDataKey", named or f"{ALIASES}the-house")


def owner(key):
    """Name the alias of the key with which an object was sealed."""
    found = re.fullmatch(r"media/([a-z][a-z0-9_]+)/[0-9a-f]{2}/[0-9a-f]{64}", key)
    return f"{ALIASES}{found[1]}" if found else f"{ALIASES}the-house"


def sealed(action, alias):
    """Give the right to a key that S3 uses for whoever asks it."""
    context = {"kms:ResourceAliases": [alias], "kms:ViaService": "s3.us-west-2.amazonaws.com"}
    return Asked(action, f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0c1d", context)


def _kms(target, body, region):
    context = {f"kms:EncryptionContext:{k}": v for k, v in body["EncryptionContext"].items()}
    context["kms:ResourceAliases"] = [body["KeyId"]]
    action = "kms:" + target.rpartition(".")[2]
    yield Asked(action, f"arn:aws:kms:{region}:{ACCOUNT}:key/0c1d", context)
