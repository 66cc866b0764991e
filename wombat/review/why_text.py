"""Why parts run, as text: the causes of each, then those of what it comes from, indented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.executor.units import unit_name
from wombat.review.explained import own_causes
from wombat.review.pieces import count, short
from wombat.review.why_words import cause_words, made_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.executor.units import Unit
    from wombat.review.explained import Explained, Explanation, Made

SHOWN: Final = 50
"""Parts, causes of a part, and parts behind one, that are told one by one."""
DEEPEST: Final = 4
"""Tasks in a row that are told one by one; behind them, those where the change begins."""
STATES: Final = {
    "run": "runs",
    "judge": "is validated anew, nothing is computed",
    "reuse": "is reused",
    "maybe": "is decided when its inputs are there",
    "effect": "follows the publish",
}


def why_text(told: Explanation) -> str:
    """Each part that was asked about, those alike together."""
    groups = _alike(told)
    blocks = [short(f"a run can't begin now: {told.note}")] if told.note else []
    blocks += ["\n".join(_asked(told, units)) for units in groups[:SHOWN]]
    if len(groups) > SHOWN:
        blocks.append(f"… and {len(groups) - SHOWN:,} more")
    return "\n\n".join(blocks) + "\n"


def _alike(told: Explanation) -> list[list[Unit]]:
    """Parts of one task of which the same is to be said."""
    groups: dict[object, list[Unit]] = {}
    for unit in told.asked:
        one = told.parts[unit]
        key = (unit[0], one.state, _key(one), one.made and one.made.run, one.because, one.notes)
        groups.setdefault(key, []).append(unit)
    return list(groups.values())


def _key(one: Explained) -> tuple[str, ...]:
    return tuple(cause_words(cause) for cause in one.causes)


def _asked(told: Explanation, units: list[Unit]) -> Iterator[str]:
    one = told.parts[units[0]]
    name = short(f"{told.pipeline}/{unit_name(units[0])}")
    more = f" (and {count(len(units) - 1, 'more part')} alike)" if len(units) > 1 else ""
    made = f", made by {made_words(one)}" if one.made else ""
    yield f"{name}{more} {STATES[one.state]}{made}"
    if one.since:
        yield f"  since {_since(one.since)}:"
    yield from _causes(told, one, 1, {units[0]})
    for note in one.notes:
        yield f"  note: {short(note)}"
    if one.same:
        yield f"  the same: {', '.join(one.same)}"


def _since(made: Made) -> str:
    """`run r1 (version 3 of main, commit 0123, profile production)`."""
    version = f"version {made.seq} of {made.branch}" if made.seq else f"branch {made.branch}"
    words = (version, made.commit and f"commit {made.commit[:12]}", f"profile {made.profile}")
    return short(f"run {made.run} ({', '.join(word for word in words if word)})")


def _causes(told: Explanation, one: Explained, depth: int, seen: set[Unit]) -> Iterator[str]:
    indent = "  " * depth
    causes = list(own_causes(one))
    for cause in causes[:SHOWN]:
        yield f"{indent}- {cause_words(cause)}"
    if len(causes) > SHOWN:
        yield f"{indent}- and {len(causes) - SHOWN:,} more"
    if not one.causes and one.state in ("reuse", "effect"):
        yield f"{indent}- nothing of it changed"
    for cause in one.causes:
        if cause.kind == "upstream":
            yield f"{indent}- {cause_words(cause)}"
            yield from _behind(told, one, cause.what.partition(".")[0], depth + 1, seen)


def _behind(
    told: Explanation, one: Explained, task: str, depth: int, seen: set[Unit]
) -> Iterator[str]:
    """The parts that made it another input, each once; what the same is said of, once."""
    behind = [unit for unit in one.because if unit[0] == task and unit in told.parts]
    said: set[tuple[str, ...]] = set()
    if depth > 2 * DEEPEST:
        behind = list(dict.fromkeys(root for unit in behind for root in told.roots(unit)))
    word = "in the end, " if depth > 2 * DEEPEST else ""
    for unit in behind:
        if unit in seen or (key := (unit[0], *_key(told.parts[unit]))) in said:
            continue
        said.add(key)
        if len(seen) > SHOWN:
            yield f"{'  ' * depth}…"
            return
        seen.add(unit)
        yield f"{'  ' * depth}{word}{short(unit_name(unit))} {STATES[told.parts[unit].state]}"
        yield from _causes(told, told.parts[unit], depth + 1, seen)
