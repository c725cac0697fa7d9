"""A small identity provider as a process of its own: it signs whatever a test asks it to.

It speaks what `router/access/oidc.py` reads over real HTTP: a description and its public keys. What
no honest provider does (another key, no signature, another issuer) is a matter of what is asked.
"""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

CLIENT = "circletake-beta"
START_TIMEOUT_S = 20.0


@dataclass(slots=True)
class Provider:
    """The test's end of it: holds the private keys, and tells the process what to publish."""

    url: str
    _pipe: Connection
    keys: dict[str, RSAKey | ECKey] = field(default_factory=dict)

    def rotate(self, kid: str, *, keep: bool = False, curve: str = "") -> None:
        """Draw a new key, publish it, and forget the ones before unless `keep`."""
        parameters: KeyParameters = {"kid": kid, "use": "sig"}
        made = (
            ECKey.generate_key(curve, parameters)
            if curve
            else RSAKey.generate_key(2048, parameters)
        )
        self.keys = {**(self.keys if keep else {}), kid: made}
        self.publish([key.as_dict(private=False) for key in self.keys.values()])

    def publish(self, keys: list[dict[str, Any]], *, issuer: str | None = None) -> None:
        """Publish these keys, whatever they are, under this name."""
        self._tell({"keys": keys, "issuer": issuer or self.url, "away": False})

    def go_away(self) -> None:
        """Answer everything with 503 until something is published again."""
        self._tell({"away": True})

    def asked(self) -> int:
        """Say how often the keys were read."""
        found = self._tell({})
        return int(found["asked"])

    def token(
        self,
        claims: dict[str, Any],
        *,
        kid: str | None = None,
        header: dict[str, Any] | None = None,
    ) -> str:
        """Sign claims with one of the keys; the newest unless named."""
        name = kid or list(self.keys)[-1]
        key = self.keys[name]
        alg = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": alg, "kid": name, **(header or {})}, claims, key)

    def _tell(self, what: dict[str, Any]) -> dict[str, Any]:
        self._pipe.send_bytes(json.dumps(what).encode())
        answer: dict[str, Any] = json.loads(self._pipe.recv_bytes())
        return answer


@contextmanager
def provider() -> Iterator[Provider]:
    """Start one with a key named `first`, and end it on leaving."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(START_TIMEOUT_S):
            raise TimeoutError("the identity provider did not start")
        port = json.loads(ours.recv_bytes())
        made = Provider(url=f"http://127.0.0.1:{port}", _pipe=ours)
        made.rotate("first")
        yield made
    finally:
        process.terminate()
        process.join()
        process.close()
        ours.close()


def _serve(pipe: Connection) -> None:
    state: dict[str, Any] = {"keys": [], "issuer": "", "away": True, "asked": 0}
    with HTTPServer(("127.0.0.1", 0), _answering(state)) as server:
        server.timeout = 0.005
        pipe.send_bytes(json.dumps(server.server_port).encode())
        while True:
            server.handle_request()
            if pipe.poll():
                state |= json.loads(pipe.recv_bytes())
                pipe.send_bytes(json.dumps({"asked": state["asked"]}).encode())


def _answering(state: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the library calls
            state["asked"] += self.path == "/keys"
            where = f"http://{self.headers['Host']}/keys"
            about = {"issuer": state["issuer"], "jwks_uri": where}
            body = {"keys": state["keys"]} if self.path == "/keys" else about
            data = json.dumps(body).encode()
            self.send_response(503 if state["away"] else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            """Say nothing."""
            del format, args

    return Answer
