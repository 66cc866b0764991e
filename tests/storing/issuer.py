"""GitLab's part of identity as a server of objects sees it: keys, and tokens signed RS256."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import secrets
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True)
class Key:
    """Made anew for each session, and too short for anything but a test."""

    modulus: int
    private: int

    @classmethod
    def make(cls, bits: int = 1024) -> Key:
        while True:
            p, q = _prime(bits // 2), _prime(bits // 2)
            if p != q and math.gcd(65537, (p - 1) * (q - 1)) == 1:
                return cls(p * q, pow(65537, -1, (p - 1) * (q - 1)))

    def sign(self, text: bytes) -> bytes:
        size = (self.modulus.bit_length() + 7) // 8
        digest = _SHA256 + hashlib.sha256(text).digest()
        padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
        return pow(int.from_bytes(padded), self.private, self.modulus).to_bytes(size)


def _prime(bits: int) -> int:
    while True:
        found = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        if all(pow(base, found - 1, found) == 1 for base in (2, 3, 5, 7, 11, 13)):
            return found


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Issuer:
    url: str
    key: Key

    def token(self, *, key: Key | None = None, seconds: float = 600, **claims: Any) -> str:
        """Of a job, as GitLab would sign it; `key` is a forger's."""
        now = time.time()
        body = {"iss": self.url, "iat": int(now), "exp": int(now + seconds), **claims}
        head = {"alg": "RS256", "typ": "JWT", "kid": "one"}
        text = ".".join(encoded(json.dumps(part).encode()) for part in (head, body))
        return f"{text}.{encoded((key or self.key).sign(text.encode()))}"

    def keys(self) -> dict[str, Any]:
        size = (self.key.modulus.bit_length() + 7) // 8
        modulus = encoded(self.key.modulus.to_bytes(size))
        one = {"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256", "n": modulus, "e": "AQAB"}
        return {"keys": [one]}


def publish(key: Key) -> tuple[Issuer, ThreadingHTTPServer]:
    """The issuer at a free port; the caller shuts the server down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"}
            text = json.dumps(issuer.keys() if "keys" in self.path else found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}", key)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return issuer, server
