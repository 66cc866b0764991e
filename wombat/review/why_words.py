"""A cause in words: what it is, and what it was and is now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.digest import is_digest
from wombat.review.pieces import short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.plan.causes import Cause
    from wombat.review.explained import Explained
    from wombat.review.pieces import Quote

VALUE: Final = 60
"""Characters of a value."""
DIGITS: Final = 12
"""Of a digest, where a person has to tell two apart."""
SHOWN: Final = 2
"""Causes in a plan's line."""

_SAID: Final = {
    "code": "code {what}",
    "parameter": "parameter {what}",
    "argument": "argument {what}",
    "foreach": "foreach value {what}",
    "command": "what the pipeline says of {what}",
    "kind": "the kind of task",
    "env": "variable {what}",
    "image": "image {what}",
    "package": "package {what}",
    "input": "input {what}",
    "file": "file {what}",
    "artifact": "artifact {what}",
    "source": "outside data {what}",
    "upstream": "input {input} from {what}",
    "schema": "schema of {what}",
    "options": "what input {input} asks for {what}",
    "output": "output {what}",
    "policy": "policy of {what}",
    "profile": "profile {what}",
    "setting": "{what}",
}
_WHOLE: Final = {
    "new": "this {what} is new",
    "engine": "another version of Wombat tells works apart by other facts",
    "volatile": "it is volatile: it runs in each run",
    "forced": "it was asked to run anew",
    "lost": "nothing changed, but the result of run {now} is gone from the store, or damaged",
    "changed": "its code changed while run {now} ran it, so that result is never reused",
    "undone": "run {now} didn't get it done",
    "never": "nothing is published yet",
}
"""Kinds whose words say all."""


def cause_words(cause: Cause, quote: Quote = short) -> str:
    """`parameter factor: 2 → 3`; what a user wrote goes through `quote`."""
    if (whole := _WHOLE.get(cause.kind)) is not None:
        return whole.format(what=quote(cause.what), now=quote(str(cause.now)))
    if cause.kind == "package" and not cause.what:
        return f"{'all' if cause.now else 'not all'} packages of the lock file count"
    said = _named(cause, quote)
    if cause.kind == "upstream" and cause.now is None:
        return f"{said} isn't made yet"
    if cause.kind == "source" and isinstance(cause.now, dict):
        return f"{said} changed{_seen(cause.then, cause.now, quote)}"
    if cause.then is None and cause.now is not None:
        return f"{said} came in" + _with(cause.now, quote)
    if cause.now is None and cause.then is not None:
        return f"{said} is gone" + _with(cause.then, quote, before="was ")
    return said + _both(cause, quote)


def _both(cause: Cause, quote: Quote) -> str:
    """What was and what is."""
    if cause.kind == "upstream" and (parts := _parts(cause, quote)):
        return f": {parts}"
    if _opaque(cause.then) or _opaque(cause.now):
        return " changed" + _where(cause, quote)
    if isinstance(cause.then, list) and isinstance(cause.now, list) and cause.kind == "setting":
        return f": {_listed(cause.then, cause.now, quote)}"
    then, now = _apart(cause.then, cause.now)
    return f": {value(then, quote)} → {value(now, quote)}"


def _listed(then: list[Any], now: list[Any], quote: Quote) -> str:
    """What came into a list and what went; where only its order differs, both."""
    words = [
        f"{said} {value(_bare(some), quote)}"
        for said, some in (
            ("new", [one for one in now if one not in then]),
            ("gone", [one for one in then if one not in now]),
        )
        if some
    ]
    return ", ".join(words) or f"{value(then, quote)} → {value(now, quote)}"


def _parts(cause: Cause, quote: Quote) -> str:
    """The parts of a collected input that came in or went."""
    both = (cause.then, cause.now)
    if not all(isinstance(one, dict) for one in both) or cause.then.keys() == cause.now.keys():
        return ""
    return _listed(sorted(cause.then), sorted(cause.now), quote)


def _bare(told: list[Any]) -> Any:
    return ", ".join(told) if all(isinstance(one, str) for one in told) else told


def _apart(then: Any, now: Any) -> tuple[Any, Any]:
    """Long texts without the lines that they begin and end with alike."""
    if not (isinstance(then, str) and isinstance(now, str) and max(len(then), len(now)) > VALUE):
        return then, now
    before, after = then.split("\n"), now.split("\n")
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return "\n".join(before), "\n".join(after)


def _named(cause: Cause, quote: Quote) -> str:
    """What differs, with the place where it is written."""
    what = quote(cause.what) if cause.what else ""
    said = _SAID[cause.kind].format(what=what, input=quote(cause.input or "")).rstrip()
    if cause.kind == "code" and cause.what == cause.where:
        return f"file {what}"
    if cause.kind in ("code", "schema") and cause.where:
        return f"{said} ({quote(cause.where)})"
    return said


def _where(cause: Cause, quote: Quote) -> str:
    """Of what has a digest alone: which run made it, where that is known."""
    if isinstance(cause.now, dict) and (run := cause.now.get("run")):
        return f": run {quote(str((cause.then or {}).get('run')))} → {quote(str(run))}"
    if cause.kind == "image":
        return f": {value(cause.then, quote)} → {value(cause.now, quote)}"
    return ""


def _seen(then: Any, now: Any, quote: Quote) -> str:
    """` (modified 2026-01-01 → 2026-02-01, size 8 → 12)`: what a server said of its data."""
    before, after = (one if isinstance(one, dict) else {} for one in (then, now))
    words = [
        f"{word} {_one(before.get(word), quote)} → {_one(after.get(word), quote)}"
        for word in dict.fromkeys((*before, *after))
        if before.get(word) != after.get(word)
    ]
    return f" ({', '.join(words)})" if words else ""


def _one(told: Any, quote: Quote) -> str:
    return "none" if told is None else value(told, quote)


def _with(told: Any, quote: Quote, before: str = "") -> str:
    return "" if _opaque(told) else f": {before}{value(told, quote)}"


def _opaque(told: Any) -> bool:
    """What tells people nothing: digests, and mappings of them."""
    if isinstance(told, str):
        return is_digest(told)
    return isinstance(told, dict) and bool(told) and (
        "content" in told or all(_opaque(one) for one in told.values())
    )  # fmt: skip


def value(told: Any, quote: Quote = short) -> str:
    """A value as JSON, short; of a digest the first digits; text as it is, unless it is blank."""
    if isinstance(told, str) and is_digest(told):
        return told[:DIGITS]
    text = told if isinstance(told, str) and told.strip() == told != "" else _json(told)
    return quote(text if len(text) <= VALUE else f"{text[: VALUE - 1]}…")


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)


def reason(told: Explained, quote: Quote = short) -> str:
    """Why, in a few words, for one line of a plan."""
    if told.state == "reuse":
        return f"made by {made_words(told, quote)}" if told.made else ""
    causes = _first(told.causes)
    words = [cause_words(cause, quote) for cause in causes[:SHOWN]]
    rest = len(causes) - SHOWN
    return ", ".join(words) + (f", and {rest} more" if rest > 0 else "")


def _first(causes: Iterable[Cause]) -> list[Cause]:
    """What a task says itself before what comes from others."""
    return sorted(causes, key=lambda cause: cause.kind == "upstream")


def run_words(run: str, *, narrow: bool) -> str:
    """A run's id; where there is little room, what stands behind its last dash names it, too."""
    return run.rpartition("-")[2] if narrow else run


def made_words(told: Explained, quote: Quote = short, *, narrow: bool = False) -> str:
    """`run r1, commit 0123456789ab`."""
    made = told.made
    if made is None:
        return ""
    run = quote(run_words(made.run, narrow=narrow))
    return f"run {run}" + (f", commit {quote(made.commit[:12])}" if made.commit else "")
