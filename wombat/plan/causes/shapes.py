"""What of a schema's shape differs: columns, their types, what is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.plan.causes.work import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST = 50
"""Differences of one tree that are told one by one."""


def shape_causes(side: str, then: Any, now: Any, name: str | None) -> Iterator[Cause]:
    """`side` is `input NAME` or `output NAME`, `name` the schema's."""
    if then is None or now is None:
        yield Cause("schema", side, None if then is None else "typed", name, where=name)
        return
    for path, old, new in differing(then, now):
        yield Cause("schema", f"{side}: {_said(path)}", old, new, where=name)


def _said(path: tuple[str, ...]) -> str:
    """`columns age` becomes `column age`."""
    first, *rest = path or ("shape",)
    word = {"columns": "column", "filled": "filled column"}.get(first, first) if rest else first
    return " ".join((word, *rest))


def differing(then: Any, now: Any) -> list[tuple[tuple[str, ...], Any, Any]]:
    """Where two JSON trees differ, by path, a mapping's own words first; at most `MOST` places."""
    found: list[tuple[tuple[str, ...], Any, Any]] = []
    _walk((), then, now, found)
    return found


def _walk(path: tuple[str, ...], then: Any, now: Any, found: list[Any]) -> None:
    if then == now or len(found) >= MOST:
        return
    if isinstance(then, dict) and isinstance(now, dict):
        _deeper(path, then, now, found)
    else:
        found.append((path, then, now))


def _deeper(
    path: tuple[str, ...], then: Mapping[str, Any], now: Mapping[str, Any], found: list[Any]
) -> None:
    for word in sorted(then.keys() | now.keys()):
        _walk((*path, str(word)), then.get(word), now.get(word), found)
