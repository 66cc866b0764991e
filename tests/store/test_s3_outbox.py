"""Puts under way: bounded, and none that failed is forgotten."""

from __future__ import annotations

import threading
import time

import pytest

from wombat.errors import StoreDamaged, StoreUnreachable, WombatError
from wombat.store.s3.outbox import Outbox


class Server:
    """Keeps what it is sent, unless it is told to fail; says how much was under way at once."""

    def __init__(self, together: int = 1) -> None:
        self.objects: dict[str, bytes] = {}
        self.failing: dict[str, Exception] = {}
        self.together = threading.Barrier(together)
        self.now = self.most = self.bytes = self.most_bytes = 0
        self.lock = threading.Lock()

    def send(self, key: str, data: bytes) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.together.wait(60)
        with self.lock:
            self.now -= 1
        if key in self.failing:
            raise self.failing[key]
        self.objects[key] = data


def test_everything_is_sent_some_at_once() -> None:
    server = Server(together=2)
    outbox = Outbox(server.send)
    for number in range(40):
        outbox.add(str(number), b"x")
    outbox.settle()
    assert len(server.objects) == 40
    assert 2 <= server.most <= 4
    assert outbox.held("1") is None


def test_bytes_under_way_are_bounded() -> None:
    gate = threading.Event()
    outbox = Outbox(lambda *_: gate.wait() and None, room=100)
    outbox.add("large", b"x" * 300)  # one that is larger goes alone
    waiting = threading.Thread(target=outbox.add, args=("small", b"x"))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    assert outbox.held("small") is None
    gate.set()
    waiting.join(60)
    outbox.settle()


def test_what_is_under_way_can_be_read() -> None:
    gate = threading.Event()
    outbox = Outbox(lambda *_: gate.wait() and None)
    outbox.add("key", b"bytes")
    outbox.add("key", b"bytes")
    assert outbox.held("key") == b"bytes"
    gate.set()
    outbox.settle()


def test_a_failure_is_told_once_and_known_until_it_is_put_again() -> None:
    server = Server()
    server.failing["pack"] = StoreUnreachable("no answer")
    outbox = Outbox(server.send)
    outbox.add("pack", b"x")
    with pytest.raises(StoreUnreachable, match="no answer"):
        outbox.settle()
    outbox.add("another's", b"y")
    outbox.settle()
    assert outbox.lost(["another's"]) is None
    assert outbox.lost(["another's", "pack"]) == "pack"
    server.failing.clear()
    outbox.add("pack", b"x")
    outbox.settle()
    assert outbox.lost(["pack"]) is None
    assert server.objects == {"pack": b"x", "another's": b"y"}


def test_nobody_goes_on_for_hours_against_a_server_that_is_gone() -> None:
    server = Server()
    server.failing["one"] = StoreUnreachable("no answer")
    outbox = Outbox(server.send)
    outbox.add("one", b"x")
    while outbox.held("one") is not None:
        time.sleep(0.001)
    with pytest.raises(StoreUnreachable, match="no answer"):
        outbox.add("two", b"y")
    outbox.add("two", b"y")
    outbox.settle()
    assert outbox.lost(["one"]) == "one"


def test_other_bytes_at_a_name_are_told_once() -> None:
    server = Server()
    server.failing["pack"] = StoreDamaged("other bytes")
    outbox = Outbox(server.send)
    outbox.add("pack", b"x")
    outbox.add("other", b"y")
    with pytest.raises(StoreDamaged, match="other bytes"):
        outbox.settle()
    outbox.settle()
    assert server.objects == {"other": b"y"}


def test_a_bug_is_no_success() -> None:
    server = Server()
    server.failing["pack"] = ZeroDivisionError("oh")
    outbox = Outbox(server.send)
    outbox.add("pack", b"x")
    with pytest.raises(WombatError, match="broke"):
        outbox.settle()
