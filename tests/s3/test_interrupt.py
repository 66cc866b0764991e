"""Ctrl-C ends a command at once, whatever a server is doing with its requests."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from wombat import stopping
from wombat.store.s3.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = {"v": 1, "id": "ab", "hash": "blake3", "requires": [], "optional": [], "create": "atomic"}
NONE = b"<Error><Code>NoSuchKey</Code></Error>"
EMPTY = b'<ListBucketResult xmlns="x"><IsTruncated>false</IsTruncated></ListBucketResult>'


class Stuck:
    """Answers until a request's line begins with `word`; then never again."""

    def __init__(self, word: str) -> None:
        self.reached, self.end = threading.Event(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if f"{self.command} {self.path}".startswith(word):
                    outer.reached.set()
                    outer.end.wait(300)
                    self.close_connection = True
                elif self.path.endswith("wombat.json"):
                    self._say(200, json.dumps(FORM).encode())
                elif "list-type" in self.path:
                    self._say(200, EMPTY)
                else:
                    self._say(404, NONE)

            do_PUT = do_HEAD = do_POST = do_GET

            def _say(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Last-Modified", "Sat, 21 Nov 2026 17:00:00 GMT")
                self.send_header("ETag", '"x"')
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"s3://artifacts/w?endpoint=http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture(params=["GET /artifacts/w/wombat.json", "GET /artifacts?", "PUT /"])
def stuck(request: pytest.FixtureRequest) -> Iterator[Stuck]:
    one = Stuck(request.param)
    yield one
    one.end.set()
    one.server.shutdown()
    one.server.server_close()


@pytest.mark.slow
def test_a_command_ends_at_once(stuck: Stuck, tmp_path: Path) -> None:
    """In the first request, in those side by side, and while puts are under way."""
    (tmp_path / "wombat.yml").write_text("project: shop\n")
    (tmp_path / "data").write_bytes(os.urandom(3 << 20))
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "WOMBAT_STORE": stuck.address}
    with subprocess.Popen(
        [sys.executable, "-m", "wombat", "put", "data", "raw/data"],
        cwd=tmp_path,
        env={**os.environ, **keys},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert stuck.reached.wait(120)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            # The answer never comes, and nobody waits for it as long as requests may take.
            _, said = process.communicate(timeout=25)
        finally:
            process.kill()
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said


def test_whoever_waits_is_let_go() -> None:
    """As in a notebook, which goes on afterwards."""
    calls, held, ended = Calls(), threading.Event(), []

    def wait() -> None:
        try:
            calls.run(held.wait)
        except KeyboardInterrupt:
            ended.append("let go")

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60
    while len(calls._waiting) < len(threads):
        assert time.monotonic() < end
        time.sleep(0.001)
    stopping.stop(for_good=False)
    for thread in threads:
        thread.join(60)
    held.set()
    assert ended == ["let go"] * 3
    assert calls.run(lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0)
