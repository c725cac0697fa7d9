"""A double of an identity provider where people sign in by a click, over real HTTP.

It speaks the code flow of OpenID Connect Core 1.0 (section 3.1) as far as screens and service use
it: a description, keys, a page with everybody's name, and ID tokens for a code.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "circletake-screens"
LIFE_S = 3600
SECRETS = """\
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{url}/.well-known/openid-configuration"
expose_tokens = ["id"]
"""


@dataclass(slots=True, kw_only=True)
class SignIn:
    """A running provider: its address, its key, and who asked for a token with which code."""

    url: str = ""
    people: Mapping[str, str]  # subject → name on the page
    key: RSAKey
    codes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def secrets_into(self, folder: Path) -> None:
        """Write what screens that are started in this folder read about the provider."""
        place = folder / ".streamlit"
        place.mkdir(parents=True, exist_ok=True)
        text = SECRETS.format(
            url=self.url, client=CLIENT, cookie=secrets.token_hex(16), secret=secrets.token_hex(16)
        )
        (place / "secrets.toml").write_text(text, encoding="utf-8")

    def answer(self, path: str, asked: Mapping[str, str]) -> tuple[str, str]:
        """Give kind and text of an answer; an empty kind is a redirection."""
        if path == "/.well-known/openid-configuration":
            return "application/json", json.dumps(self._about())
        if path == "/keys":
            return "application/json", json.dumps({"keys": [self.key.as_dict(private=False)]})
        if path == "/authorize":
            return "text/html", self._page(asked)
        if path == "/enter":
            code = secrets.token_hex(12)
            self.codes[code] = {"sub": asked["sub"], "nonce": asked.get("nonce")}
            back = urlencode({"code": code, "state": asked["state"]})
            return "", f"{asked['redirect_uri']}?{back}"
        if path == "/token":
            return "application/json", json.dumps(self._token(self.codes.pop(asked["code"])))
        return "text/plain", "nothing is here"

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _page(self, asked: Mapping[str, str]) -> str:
        links = [
            f'<li><a href="/enter?{escape(urlencode({**asked, "sub": sub}))}">{escape(name)}</a>'
            for sub, name in self.people.items()
        ]
        return f"<!doctype html><title>Who are you?</title><ul>{''.join(links)}</ul>"

    def _token(self, code: Mapping[str, Any]) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + LIFE_S, **code}
        header = {"alg": "RS256", "kid": str(self.key.kid)}
        token = jwt.encode(header, claims, self.key)
        access = secrets.token_hex(12)
        return {"access_token": access, "token_type": "Bearer", "id_token": token}


@contextmanager
def sign_in(people: Mapping[str, str]) -> Iterator[SignIn]:
    """Run a provider that knows these people, subject → name."""
    made = SignIn(people=people, key=RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(made))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answering(provider: SignIn) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the library calls
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            said = {**parse_qs(parts.query), **parse_qs(body)}
            kind, text = provider.answer(parts.path, {k: v[0] for k, v in said.items()})
            data = text.encode()
            self.send_response(200 if kind else 303)
            self.send_header(*(("Content-Type", kind) if kind else ("Location", text)))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
            """Say nothing."""
            del format, args

    return Answer
