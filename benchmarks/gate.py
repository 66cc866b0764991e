"""The proxy before an S3 server: it counts what one command asks, and may be far away."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Gate:
    """`latency` in milliseconds there and back, `bandwidth` in Mbit/s each way; 0 for no limit."""

    target: str
    counts: Path
    latency: float = 0
    bandwidth: float = 0
    port: int = 0

    @property
    def endpoint(self) -> str:
        self.port = self.port or _free_port()
        return f"http://127.0.0.1:{self.port}"

    @property
    def narrow(self) -> bool:
        return bool(self.latency or self.bandwidth)

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """A process of its own, at the same port each time; what it counted is there at the end."""
        self.endpoint  # noqa: B018 -- chooses the port
        words = [sys.executable, "-m", "tests.s3.proxy", self.target, "--port", str(self.port)]
        words += ["--latency", str(self.latency), "--bandwidth", str(self.bandwidth)]
        words += ["--counts", str(self.counts)]
        found: dict[str, Any] = {}
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            try:
                yield found
            finally:
                process.terminate()
                process.wait()
        found.update(json.loads(self.counts.read_text()))
