"""Why parts run, as text: the causes of each, then those of what it comes from, indented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.executor.units import unit_name
from wombat.review.explained import own_causes
from wombat.review.pieces import count, short
from wombat.review.why_words import cause_words, made_words, run_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.executor.units import Unit
    from wombat.review.explained import Explained, Explanation, Made

FEW: Final = 8
"""Tasks of which the same is said, by name."""
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


def why_text(told: Explanation, *, narrow: bool = False) -> str:
    """Each part that was asked about, those alike together; of several the run that they are held
    against is told once. `narrow`: runs by the end of their ids."""
    groups = _alike(told)
    blocks = [short(f"a run can't begin now: {told.note}")] if told.note else []
    since = {told.parts[unit].since for unit in told.asked}
    once = len(groups) > 1 and len(since) == 1
    if once and (made := next(iter(since))):
        blocks.append(f"since {_since(made, narrow=narrow)}:")
    blocks += ["\n".join(_asked(told, units, once=once, narrow=narrow)) for units in groups[:SHOWN]]
    if len(groups) > SHOWN:
        blocks.append(f"… and {len(groups) - SHOWN:,} more")
    return "\n\n".join(blocks) + "\n"


def _alike(told: Explanation) -> list[list[Unit]]:
    """Parts of which the same is to be said: of one task, and of several where it is their own."""
    groups: dict[object, list[Unit]] = {}
    for unit in told.asked:
        one = told.parts[unit]
        own = _key(one), one.made and one.made.run, one.notes
        task = unit[0] if one.because else one.same
        groups.setdefault((task, one.state, *own, one.because), []).append(unit)
    return list(groups.values())


def _key(one: Explained) -> tuple[str, ...]:
    return tuple(cause_words(cause) for cause in one.causes)


def _asked(told: Explanation, units: list[Unit], *, once: bool, narrow: bool) -> Iterator[str]:
    one = told.parts[units[0]]
    made = f", made by {made_words(one, narrow=narrow)}" if one.made else ""
    yield f"{_names(told, units)} {STATES[one.state]}{made}"
    if one.since and not once:
        yield f"  since {_since(one.since, narrow=narrow)}:"
    yield from _causes(told, one, 1, {units[0]})
    for note in one.notes:
        yield f"  note: {short(note)}"
    if one.same:
        yield f"  the same: {', '.join(one.same)}"


def _names(told: Explanation, units: list[Unit]) -> str:
    """`shop/best: [de] (and 2 more parts alike)`; of several tasks each by its first part."""
    firsts: dict[str, Unit] = {}
    for unit in units:
        firsts.setdefault(unit[0], unit)
    names = [short(f"{told.pipeline}/{unit_name(unit)}") for unit in list(firsts.values())[:FEW]]
    rest = len(units) - len(names)
    more = f" (and {count(rest, 'more part')} alike)" if rest else ""
    return ", ".join(names) + more + (": each" if len(names) > 1 else "")


def _since(made: Made, *, narrow: bool) -> str:
    """`run r1 (version 3 of main, commit 0123, profile production)`."""
    version = f"version {made.seq} of {made.branch}" if made.seq else f"branch {made.branch}"
    words = (version, made.commit and f"commit {made.commit[:12]}", f"profile {made.profile}")
    return short(
        f"run {run_words(made.run, narrow=narrow)} ({', '.join(word for word in words if word)})"
    )


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
