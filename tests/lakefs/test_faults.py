"""What lakeFS, or the way to it, says instead of an answer, as errors of ours."""

from __future__ import annotations

import json

import pytest
from urllib3 import exceptions as urllib3

from wombat.errors import Absent, Conflict, StoreDenied, StoreUnreachable
from wombat.store.lakefs.faults import Fault, fault_of_answer, fault_of_error, typed


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (0, StoreUnreachable, "store-unreachable"),
        (400, Conflict, "lakefs-refused"),
        (401, StoreDenied, "lakefs-credentials"),
        (403, StoreDenied, "lakefs-denied"),
        (404, Absent, None),
        (409, Conflict, "lakefs-conflict"),
        (412, Conflict, "lakefs-conflict"),
        (429, StoreUnreachable, "store-unreachable"),
        (503, StoreUnreachable, "store-unreachable"),
    ],
)
def test_an_answer_is_typed_by_its_status(
    status: int, kind: type[Exception], code: str | None
) -> None:
    body = json.dumps({"message": "because"}).encode()
    fault = fault_of_answer(status, body) if status else Fault(0)
    error = typed(fault, "https://lake.example.com", "fs:ReadObject", "a/b")
    assert type(error) is kind
    assert code is None or error.code == code
    assert status == 0 or "because" in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "one\\ntwo \\u001b[31m"}', "one"),
        (b"<html>a proxy</html>", ""),
        (b'"words"', ""),
        (b"[1]", ""),
        (b'{"reference": ""}', ""),
        (b"", ""),
        (None, ""),
        (b"\xff\xfe", ""),
    ],
)
def test_what_it_said_stands_on_one_line(body: bytes | None, said: str) -> None:
    found = fault_of_answer(400, body).said
    assert found.startswith(said)
    assert bool(found) == bool(said)
    assert found.isprintable()
    assert len(fault_of_answer(400, json.dumps({"message": "x" * 9999}).encode()).said) <= 300


@pytest.mark.parametrize(
    ("error", "unsent", "reason"),
    [
        (urllib3.NewConnectionError(None, "refused"), True, "nobody answers there"),  # type: ignore[arg-type]
        (urllib3.ConnectTimeoutError(), True, "it timed out"),
        (urllib3.ProxyError("no", OSError()), True, "nobody answers there"),
        (urllib3.ReadTimeoutError(None, "/", "late"), False, "it timed out"),  # type: ignore[arg-type]
        (urllib3.ProtocolError("cut"), False, "it broke off"),
        (urllib3.IncompleteRead(1, 2), False, "it broke off"),
        (ConnectionResetError(), False, "it broke off"),
        (TimeoutError(), False, "it timed out"),
        (urllib3.SSLError("certificate"), True, "its certificate isn't trusted"),
        (
            urllib3.MaxRetryError(None, "/", urllib3.NewConnectionError(None, "refused")),  # type: ignore[arg-type]
            True,
            "nobody answers there",
        ),
    ],
)
def test_an_error_of_the_way_is_told_by_its_kind(
    error: BaseException, unsent: bool, reason: str
) -> None:
    """Only what the server can't have seen may be sent again, if it isn't idempotent."""
    fault = fault_of_error(error)
    assert (fault.status, fault.unsent, fault.reason) == (0, unsent, reason)
    assert fault.passing
    assert not fault.refused
