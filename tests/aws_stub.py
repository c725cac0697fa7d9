"""A strict stand-in for the few questions about an account that no look-alike of AWS answers.

    with answering({"ListServiceQuotas": [...]}) as (url, asked): ...

It reads operation and service off the wire as AWS does (X-Amz-Target, form, path), and refuses
what is not signed and what it was given no answer for. What was asked is noted as a right.
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/")
_PATHS = {
    ("GET", "/foundation-models"): "ListFoundationModels",
    ("GET", "/logging/modelinvocations"): "GetModelInvocationLoggingConfiguration",
}


class Desk(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        if scope is None:
            self.say(403, {"__type": "MissingAuthenticationToken", "message": "not signed"})
            return
        operation, parameters, query = self.operation(scope["service"], body)
        self.server.asked.append(f"{scope['service']}:{operation}")
        found = self.server.answers.get(operation, (400, "UnknownOperationException", operation))
        if callable(found):
            found = found(scope["region"], parameters)
        if isinstance(found, tuple):
            self.refuse(found, query=query)
        elif query:
            self.say_xml(operation, found)
        else:
            self.say(200, found)

    def operation(self, service, body):
        target = self.headers.get("X-Amz-Target")
        if target:
            assert self.headers["Content-Type"] == "application/x-amz-json-1.1"
            return target.rpartition(".")[2], json.loads(body), False
        if self.path == "/" and self.command == "POST":
            form = dict(parse_qsl(body.decode()))
            assert form["Version"], service
            return form["Action"], form, True
        return _PATHS[self.command, self.path.partition("?")[0]], {}, False

    def refuse(self, found, *, query):
        status, code, words = found
        if not query:
            self.say(status, {"__type": code, "message": words}, error=code)
            return
        text = f"<Error><Code>{code}</Code><Message>{escape(words)}</Message></Error>"
        self.send(status, f"<ErrorResponse>{text}</ErrorResponse>".encode(), "text/xml")

    def say_xml(self, operation, rows):
        text = "".join(
            "<member>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in row.items()) + "</member>"
            for row in rows
        )
        inner = f"<EvaluationResults>{text}</EvaluationResults><IsTruncated>false</IsTruncated>"
        name = f"{operation}Result"
        whole = f"<{operation}Response><{name}>{inner}</{name}></{operation}Response>"
        self.send(200, whole.encode(), "text/xml")

    def say(self, status, found, error=""):
        self.send(status, json.dumps(found).encode(), "application/x-amz-json-1.1", error)

    def send(self, status, data, kind, error=""):
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = answer  # noqa: N815 - http.server's

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def answering(answers):
    """Serve answers on loopback.

    Args:
        answers: operation → what the answer holds, or a function of region and parameters; a
            tuple of status, code and words is an error.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    server.answers, server.asked = answers, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
