"""Connections that stay open: how answers are framed, and what ends a connection."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from http.client import InvalidURL
from typing import TYPE_CHECKING, Final

import pytest

from wombat.store.lakefs.wire import Lost, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK: Final = b"HTTP/1.1 200 OK\r\n"
HELLO: Final = OK + b"Content-Length: 5\r\n\r\nhello"


CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def served() -> Iterator[Callable[..., Wire]]:
    """A server whose connections each do what a function does with it, in turn."""
    listening = socket.create_server(("127.0.0.1", 0))
    made: list[socket.socket] = []

    def serve(*acts: Callable[[socket.socket], None]) -> Wire:
        def run() -> None:
            for act in acts:
                one = listening.accept()[0]
                made.append(one)
                act(one)

        threading.Thread(target=run, daemon=True).start()
        port = listening.getsockname()[1]
        return Wire(f"http://127.0.0.1:{port}", {"Authorization": "Basic x"}, connect=60)

    with closing(listening):
        yield serve
        for one in made:
            one.close()


def _heard(one: socket.socket, size: int = 0) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < size:
        data += (got := one.recv(1 << 16))
        assert got
    return data


def test_a_connection_is_used_again(served: Callable[..., Wire]) -> None:
    heard: list[bytes] = []

    def twice(one: socket.socket) -> None:
        for _ in range(2):
            heard.append(_heard(one))
            one.sendall(HELLO)

    wire = served(twice)
    for _ in range(2):
        assert wire.ask("GET", "/a", {"K": "v"}, patience=60).read() == b"hello"
    assert heard[0] == heard[1]
    assert heard[0].startswith(b"GET /a HTTP/1.1\r\n")
    assert b"\r\nHost: 127.0.0.1:" in heard[0]
    assert heard[0].endswith(b"\r\nAuthorization: Basic x\r\nK: v\r\n\r\n")


def test_one_that_the_server_closed_meanwhile_is_left(served: Callable[..., Wire]) -> None:
    """Found before anything is sent on it, so nothing is ever sent twice."""
    closed = threading.Event()

    def once(one: socket.socket) -> None:
        _heard(one)
        one.sendall(HELLO)
        one.close()
        closed.set()

    wire = served(once, once)
    for _ in range(2):
        assert wire.ask("GET", "/a", {}, patience=60).read() == b"hello"
        assert closed.wait(60)


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (HELLO, True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO, True),
        (CHUNKED + b"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", True),
        (CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n\r\n", True),
        (OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello", False),
        (HELLO.replace(b"1.1", b"1.0"), False),
    ],
)
def test_each_frame_of_a_body(
    served: Callable[..., Wire], data: bytes, kept: bool, step: int
) -> None:
    """Whole, or in pieces; and another request goes by the same connection where it may."""

    def tell(one: socket.socket) -> None:
        for _ in range(2 if kept else 1):
            _heard(one)
            for start in range(0, len(data), step):
                one.sendall(data[start : start + step])
        if not kept:
            one.close()

    wire = served(tell, tell)
    assert wire.ask("GET", "/a", {}, patience=60).read() == b"hello"
    pieces = [bytes(one) for one in wire.ask("GET", "/a", {}, patience=60).pieces(2)]
    assert pieces == [b"he", b"ll", b"o"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        OK,
        HELLO[:-1],
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n",
        OK + b"\r\nhello",
        OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_whole_answer(served: Callable[..., Wire], data: bytes) -> None:
    def tell(one: socket.socket) -> None:
        _heard(one)
        with suppress(OSError):
            one.sendall(data)
        one.close()

    wire = served(tell, tell)
    with pytest.raises(Lost, match="it broke off"):
        wire.ask("GET", "/a", {}, patience=60).read()
    with pytest.raises(Lost, match="it broke off"):
        list(wire.ask("GET", "/a", {}, patience=60).pieces())


def test_an_answer_that_is_not_read_ends_its_connection(served: Callable[..., Wire]) -> None:
    def once(one: socket.socket) -> None:
        _heard(one)
        one.sendall(HELLO)

    wire = served(once, once)
    for _ in range(2):
        with wire.ask("GET", "/a", {}, patience=60) as answer:
            assert answer.status == 200


def test_no_answer_in_time(served: Callable[..., Wire]) -> None:
    with pytest.raises(Lost) as caught:
        served(_heard).ask("GET", "/a", {}, patience=0.05)
    assert (caught.value.fault.reason, caught.value.fault.unsent) == ("it timed out", False)


def test_a_body_in_pieces(served: Callable[..., Wire]) -> None:
    heard: list[bytes] = []

    def once(one: socket.socket) -> None:
        heard.append(_heard(one, 3_000_000))
        one.sendall(HELLO)

    wire = served(once)
    body = (bytes([number]) * 1_500_000 for number in (1, 2))
    said = {"Content-Length": "3000000"}
    assert wire.ask("POST", "/a", said, body=body, patience=60).read() == b"hello"
    assert heard[0].partition(b"\r\n\r\n")[2] == b"\1" * 1_500_000 + b"\2" * 1_500_000


@pytest.mark.parametrize(
    ("target", "headers"), [("/a b", {}), ("/a\r\nX: y", {}), ("/a", {"K": "v\r\nX: y"})]
)
def test_no_name_becomes_a_header(
    served: Callable[..., Wire], target: str, headers: dict[str, str]
) -> None:
    heard: list[bytes] = []
    with pytest.raises((ValueError, InvalidURL)):
        served(lambda one: heard.append(one.recv(1))).ask("GET", target, headers, patience=60)
    assert heard in ([], [b""])


def test_a_ctrl_c_waits_for_no_answer() -> None:
    """Neither in the main thread nor in one that it waits for."""
    script = """
import socket, sys
from wombat.stopping import interruptible
from wombat.store.lakefs.wire import Wire
from wombat.store.parallel import as_done
listening = socket.create_server(("127.0.0.1", 0))
held = []
wire = Wire(f"http://127.0.0.1:{listening.getsockname()[1]}", {}, connect=60)
def ask(number):
    wire.ask("GET", "/", {}, patience=600)
def items():
    yield from range(3)
    for _ in range(3):
        held.append(listening.accept()[0])
        held[-1].recv(1)
    print("asked", flush=True)
try:
    with interruptible():
        list(as_done(ask, items(), width=3))
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
    words = (sys.executable, "-c", script)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "asked\n"
            os.kill(process.pid, signal.SIGINT)
            assert process.communicate(timeout=60)[0] == "stopped\n"
        finally:
            process.kill()
