"""Who may do what, as lakeFS asks a service of its own kind: users with a key and one document.

A lakeFS server with `auth.ui_config.rbac: internal` asks it for users and their documents, and
judges each request by them itself.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote, urlsplit

ALL: Final = {"statement": [{"effect": "allow", "action": ["*"], "resource": "*"}]}


class Authority:
    """`documents` by user; a user's key is the name, the secret is the key backwards."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        authority = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                steps = [unquote(one) for one in urlsplit(self.path).path.split("/")[3:]]
                status, body = authority.answer(steps)
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/api/v1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, steps: list[str]) -> tuple[int, Any]:
        match steps:
            case ["healthcheck"]:
                return 204, None
            case ["config", "version"]:
                return 200, {"version": "1"}
            case ["auth", "credentials", key] if key in self.documents:
                return 200, {
                    "access_key_id": key,
                    "secret_access_key": key[::-1],
                    "creation_date": 1,
                    "user_id": 1,
                    "user_name": key,
                }
            case ["auth", "users", user] if user in self.documents:
                return 200, {"username": user, "creation_date": 1}
            case ["auth", "users", user, "policies"] if user in self.documents:
                one = {"name": user, "creation_date": 1, **self.documents[user]}
                page = {"has_more": False, "next_offset": "", "results": 1, "max_per_page": 1000}
                return 200, {"pagination": page, "results": [one]}
        return 404, {"message": "not found"}
