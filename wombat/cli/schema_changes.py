"""A difference of two schemas for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.review.diagnostics import plain_style
from wombat.review.witness import visible, witness_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.schema_diff import Difference
    from wombat.schema.proof.verdict import Verdict


def changes_text(found: Difference, old: str, new: str) -> str:
    """A line a change, then both verdicts with their rows."""
    lines = [f"{old} → {new}"]
    lines += [f"  {line}" for change in found.changes for line in _change(change)]
    lines += [] if found.changes else ["  nothing that is checked"]
    evolution = found.evolution
    lines += ["", *_verdict("consumers of the old one", evolution.consumers_safe, "safe")]
    lines += _verdict("data of the old one", evolution.old_data_readable, "readable")
    return "\n".join(lines)


def _change(change: Any) -> Iterator[str]:
    if change.before is None:
        yield f"+ {change.where}: {_said(change.after)}"
    elif change.after is None:
        yield f"- {change.where}: {_said(change.before)}"
    else:
        yield f"~ {change.where}: {_said(change.before)} → {_said(change.after)}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{word}: {_said(one)}" for word, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    return visible(str(value).lower() if isinstance(value, bool) else str(value))


def _verdict(who: str, verdict: Verdict, good: str) -> Iterator[str]:
    if verdict.kind == "proven":
        yield f"{who}: {good}"
        return
    word = f"not {good}" if verdict.kind == "refuted" else f"nobody can say whether {good}"
    yield f"{who}: {word}: {verdict.reason}"
    for line in witness_lines(verdict.example, plain_style):
        yield f"    {line}"
