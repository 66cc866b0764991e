"""What a request is answered with: an object of JSON, bytes, or a sentence of trouble."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

MOST: Final = 1000
JSON: Final = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}


@dataclass
class Answer:
    """`body`: bytes, or a file whose `start` to `end` are sent."""

    status: int
    body: bytes | Path = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    start: int = 0
    end: int | None = None


class Trouble(Exception):
    """lakeFS's no: a status, and its own sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.answer = said(status, {"message": message})


def said(status: int, tree: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(tree).encode(), {**JSON, **(headers or {})})


def done() -> Answer:
    return Answer(204)


def page(
    query: Mapping[str, list[str]],
    rows: Iterable[tuple[str, dict[str, Any]]],
    row: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> Answer:
    """Of named rows in their order, those behind `after`, at most `amount` of them."""
    amount = int(one(query, "amount") or 100)
    amount = {0: 100, -1: MOST}.get(amount, amount)
    found = list(rows)
    shown, more = found[:amount], len(found) > amount
    pages = {
        "has_more": more,
        "max_per_page": MOST,
        "next_offset": shown[-1][0] if more else "",
        "results": len(shown),
    }
    return said(200, {"pagination": pages, "results": [row(each) for _, each in shown]})


def one(query: Mapping[str, list[str]], name: str) -> str:
    """A parameter's value; '' where it isn't there."""
    return query.get(name, [""])[0]


def after(
    query: Mapping[str, list[str]], rows: Iterable[tuple[str, dict[str, Any]]]
) -> list[tuple[str, dict[str, Any]]]:
    """The rows whose names begin with `prefix` and are greater than `after`, in order of bytes."""
    prefix, last = one(query, "prefix"), one(query, "after").encode()
    kept = [row for row in rows if row[0].startswith(prefix) and row[0].encode() > last]
    return sorted(kept, key=lambda row: row[0].encode())
