"""A campaign over HTTP is one tree of spans, though service and worker are two processes."""

import http.server
import threading
import time

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.journeys.test_front_door import (  # noqa: F401  # fixtures
    House,
    house,
    kept,
    order,
    post,
    until_ended,
)

pytestmark = pytest.mark.slow
PATH = ["door", "campaign", "attempt", "take", "score", "verdict"]


@pytest.fixture
def collector(monkeypatch):
    """Whoever takes spans on this machine; gives those that came."""
    came = []

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = ExportTraceServiceRequest.FromString(body)
            came.extend(
                span for r in asked.resource_spans for s in r.scope_spans for span in s.spans
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    at = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", at)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
    yield came
    server.shutdown()
    server.server_close()


def way_up(span, by_id):
    names = [span.name]
    while span.parent_span_id:
        span = by_id[span.parent_span_id]
        names.append(span.name)
    return names[::-1]


def test_a_campaign_over_http_is_one_tree_from_the_wish_to_the_verdict(collector, house, order):  # noqa: F811
    with house.serve() as client:
        house.work()
        asked = post(client, "/v1/campaigns", order, "traced")
        assert asked.status_code == 202, asked.text
        ended = until_ended(client, asked.headers["Location"])
        assert ended["state"] == "done", ended
        takes = ended["trials"]["done"]
    house.end("worker")  # what was told last is sent on leaving
    deadline = time.monotonic() + 5
    while not any(s.name == "campaign" for s in collector) and time.monotonic() < deadline:
        time.sleep(0.1)
    (root,) = [s for s in collector if s.name == "campaign"]
    tree = [s for s in collector if s.trace_id == root.trace_id]
    by_id = {s.span_id: s for s in tree}
    assert len(by_id) == len(tree)
    verdicts = [way_up(s, by_id) for s in tree if s.name == "verdict"]
    assert verdicts == [PATH] * takes
    assert takes > 0
    assert [s.name for s in tree if not s.parent_span_id] == ["door"]
    assert {"reserve", "send", "store", "settle"} <= {s.name for s in tree}
