"""Real S3 servers on this machine, each with a bucket: SeaweedFS, moto, and rclone."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.tools.cache import servers_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUCKET = "artifacts"
KEY, SECRET = "AKIDTEST", "SECRETTEST"
ENVIRON = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
}
"""What a client needs to speak to each of them."""
PATIENCE = 180.0


@dataclass
class Server:
    """A server that runs; `atomic` is what is known of it, not what it was asked."""

    name: str
    port: int
    folder: Path
    atomic: bool
    argv: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, prefix: str, port: int | None = None) -> str:
        """A store's address there, perhaps by way of a proxy's port."""
        endpoint = f"http://127.0.0.1:{port or self.port}"
        return f"s3://{BUCKET}/{prefix}?endpoint={endpoint}&region=us-east-1"

    def start(self) -> None:
        """Comes back when an object was written and read, as nothing less proves readiness."""
        log = (self.folder / "log").open("ab")
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environ}
        self.process = subprocess.Popen(
            self.argv, stdout=log, stderr=log, env=env, cwd=self.folder, start_new_session=True
        )
        log.close()
        self._wait()

    def kill(self) -> None:
        """At once, as by a loss of power to the process: what is on disk stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _wait(self) -> None:
        assert self.process
        deadline = time.monotonic() + PATIENCE
        error: Exception | None = None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                _prove(self.endpoint)
                if self.process.poll() is None:  # else another's server answered there
                    return
            except Exception as fault:  # whatever it says while it isn't ready
                error = fault
                time.sleep(0.1)
        text = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise AssertionError(f"{self.name} didn't start: {error}\n{text}")


def client(endpoint: str) -> Any:
    """A client of boto3, which is not what is tested."""
    import boto3
    from botocore.config import Config

    config = Config(
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        connect_timeout=10,
        read_timeout=60,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=config,
    )


def _prove(endpoint: str) -> None:
    s3 = client(endpoint)
    errors = s3.exceptions
    with contextlib.suppress(errors.BucketAlreadyExists, errors.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")
    assert s3.get_object(Bucket=BUCKET, Key="ready")["Body"].read() == b"yes"


def _free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _tool(name: str) -> str:
    path = servers_folder() / "bin" / name
    assert path.exists(), f"no {path}: bash tests/tools/install.sh servers"
    return str(path)


def seaweed(folder: Path) -> Server:
    """SeaweedFS: conditional writes are atomic, signatures and checksums are checked."""
    names = ("master", "volume", "filer", "s3", "admin")
    ports = dict(zip(names, _low_ports(len(names)), strict=True))
    argv = [
        *(_tool("weed"), "mini", f"-dir={folder / 'data'}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(f"-{name}.port={port}" for name, port in ports.items()),
        *(f"-{name}.port.grpc={port + 10000}" for name, port in ports.items()),
        *("-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0"),
        "-s3.port.lance=0",
    ]
    (folder / "data").mkdir(exist_ok=True)
    return Server("seaweed", ports["s3"], folder, True, argv, ENVIRON)


def _low_ports(count: int) -> list[int]:
    """Free ones from below the kernel's own, which it gives to anybody's next connection, and
    seldom those that another process of tests looks at. SeaweedFS listens 10,000 higher, too."""
    found: list[int] = []
    port = 12_000 + (os.getpid() * 17) % 8_000
    while len(found) < count:
        port += 1
        if _free(port) and _free(port + 10_000):
            found.append(port)
    return found


def moto(folder: Path) -> Server:
    """moto: all in memory; conditional writes hold, signatures and checksums are not checked."""
    (port,) = _low_ports(1)
    argv = [_tool("python"), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return Server("moto", port, folder, True, argv)


def rclone(folder: Path) -> Server:
    """rclone before a folder: no conditional writes."""
    (port,) = _low_ports(1)
    (folder / "data").mkdir(exist_ok=True)
    argv = [
        *(_tool("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}"),
        *("--auth-key", f"{KEY},{SECRET}", "--vfs-cache-mode", "off", str(folder / "data")),
    ]
    return Server("rclone", port, folder, False, argv, {"RCLONE_CONFIG": str(folder / "none")})


KINDS: dict[str, Callable[[Path], Server]] = {"seaweed": seaweed, "moto": moto, "rclone": rclone}


STARTS = 3


@contextlib.contextmanager
def running(kind: str, folder: Path | None = None) -> Iterator[Server]:
    """One server for as long as the block lasts; its folder goes with it unless it was given."""
    own = folder or Path(tempfile.mkdtemp(prefix=f"wombat-{kind}-"))
    server = _started(kind, own)
    try:
        yield server
    finally:
        server.kill()
        if folder is None:
            shutil.rmtree(own, ignore_errors=True)


def _started(kind: str, folder: Path) -> Server:
    """A port that was free may be taken by another test's server meanwhile: then on others."""
    for attempt in range(1, STARTS + 1):
        server = KINDS[kind](folder)
        try:
            server.start()
        except AssertionError:
            server.kill()
            if attempt == STARTS:
                raise
        else:
            return server
    raise AssertionError("started or raised")
