"""A token service as small as can be, over real HTTP: it checks signature, audience and time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

SECRET = b"the issuer's own key"
AUDIENCE = "https://store.example.com"
SUBJECT = "project_path:group/shop:ref_type:branch:ref:main"
ROLE = "arn:aws:iam::123456789012:role/wombat-shop-trusted"

_ANSWER = """<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>
<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
<SessionToken>{token}</SessionToken><Expiration>{ends}</Expiration></Credentials>
</{action}Result></{action}Response>"""
_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>you sent {said}</Message></Error></ErrorResponse>"""


def identity(*, seconds: float = 600, key: bytes = SECRET, **claims: Any) -> str:
    """A token as GitLab's: three parts, signed."""
    body = {"sub": SUBJECT, "aud": AUDIENCE, "exp": time.time() + seconds, **claims}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, body))
    return f"{text}.{_encoded(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Service:
    """`failing` answers come first; `seconds` is how long what it gives out lasts."""

    url: str = ""
    seconds: float = 3600
    failing: list[tuple[int, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        """The server says back what it was sent, as some do: nobody may repeat it."""
        self.asked.append(asked)
        if self.failing:
            status, code = self.failing.pop(0)
            return status, _ERROR.format(code=code, said=asked)
        if code := self._wrong(asked):
            return 400 if code == "ExpiredTokenException" else 403, _ERROR.format(
                code=code, said=asked
            )
        secrets = [f"CANARY{kind}{len(self.given):04}" for kind in ("KEY", "SECRET", "SESSION")]
        self.given += secrets
        ends = datetime.fromtimestamp(time.time() + self.seconds, UTC).isoformat()
        key, secret, token = secrets
        action = asked["Action"]
        return 200, _ANSWER.format(action=action, key=key, secret=secret, token=token, ends=ends)

    def _wrong(self, asked: dict[str, str]) -> str | None:
        if asked["Action"] == "AssumeRole":
            return None
        head, body, signature = asked["WebIdentityToken"].split(".")
        if signature != _encoded(hmac.digest(SECRET, f"{head}.{body}".encode(), hashlib.sha256)):
            return "InvalidIdentityToken"
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        if claims["exp"] <= time.time():
            return "ExpiredTokenException"
        trusted = claims["aud"] == AUDIENCE and claims["sub"] == SUBJECT
        return None if trusted and asked["RoleArn"] == ROLE else "AccessDenied"


def serve(service: Service) -> ThreadingHTTPServer:
    """On a free port of this machine; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            asked = {name: values[0] for name, values in form.items()}
            asked["Authorization"] = self.headers.get("Authorization", "")
            status, text = service.answer(asked)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
