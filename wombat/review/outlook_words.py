"""An outlook in words: fates, times, bytes, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wombat.review.amounts import amount, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.review.explained import State
    from wombat.review.outlook import Forecast, TaskOutlook

FATES: Final[Mapping[State, str]] = {
    "run": "run",
    "judge": "validate anew",
    "maybe": "maybe",
    "reuse": "reuse",
    "effect": "effect",
}
_TOLD: Final[Mapping[State, tuple[str, str]]] = {
    "run": ("task runs", "tasks run"),
    "judge": ("task is validated anew", "tasks are validated anew"),
    "maybe": ("task may run", "tasks may run"),
    "reuse": ("task is reused", "tasks are reused"),
    "effect": ("effect follows", "effects follow"),
}
_SHORTEST: Final = 0.05
"""Seconds: less is shown as none."""
SHOWN: Final = 6
"""Outputs that are named."""


def fate_words(told: TaskOutlook) -> str:
    """`run`; of parts with several fates `run (2 of 3 parts), reuse (1)`."""
    if len(told.parts) <= 1:
        return FATES[told.state]
    every = sum(told.parts.values())
    first, *rest = told.parts.items()
    words = [f"{FATES[first[0]]} ({first[1]} of {every} parts)"]
    return ", ".join([*words, *(f"{FATES[state]} ({number})" for state, number in rest)])


def cost_words(told: TaskOutlook) -> Iterator[str]:
    """What it takes, as far as that is known: `~2.1 s`, `↓ 1.2 MB`, `↑ 3 KB`."""
    if told.state in ("reuse", "effect"):
        return
    if told.seconds is not None:
        yield f"~{duration(told.seconds)}"
    if told.fetched:
        yield f"↓ {amount(told.fetched)}"
    if told.stored:
        yield f"↑ {amount(told.stored)}"


def outlook_words(told: TaskOutlook, quote: Callable[[str], str]) -> Iterator[str]:
    """The fate with its reasons, then the cost."""
    said = "; ".join(quote(one) for one in told.why)
    yield f"{fate_words(told)}: {said}" if said else fate_words(told)
    yield from cost_words(told)


def tasks_words(tasks: Mapping[str, int]) -> str:
    """`2 tasks run, 1 task may run, 26 tasks are reused`."""
    told = [(tasks[state], words) for state, words in _TOLD.items() if tasks.get(state)]
    return ", ".join(f"{number:,} {words[number != 1]}" for number, words in told)


def parts_words(parts: Mapping[str, int]) -> str:
    """`29 parts: run 2, maybe 1, reuse 26`; a task without foreach is one part."""
    every = sum(parts.values())
    words = (f"{word} {parts[state]:,}" for state, word in FATES.items() if parts.get(state))
    return f"{every:,} part{'s' if every != 1 else ''}: {', '.join(words)}"


def forecast_words(told: Forecast, quote: Callable[[str], str]) -> Iterator[str]:
    """What the ref becomes; then time and bytes where anything may run."""
    if told.note is not None:
        yield f"what would run isn't known: {quote(told.note)}"
        return
    yield _becomes(told, quote)
    words = [_time(told)] if _tells(told) else []
    if told.fetched or told.stored:
        words.append(f"↓ {amount(told.fetched)}, ↑ {amount(told.stored)}")
    if words:
        yield "; ".join(words)


def _becomes(told: Forecast, quote: Callable[[str], str]) -> str:
    branch = quote(told.branch)
    if told.becomes == told.stands:
        return f"{branch}: nothing changes, version {told.stands} stands"
    head = f"{branch}: version {told.stands} → {told.becomes}"
    if not told.stands:
        return f"{branch}: version {told.becomes}, the first"
    said = (
        ("changes", told.changes),
        ("may change", told.may_change),
        ("gone", told.gone),
    )
    return "; ".join([head, *(f"{word} {_listed(names, quote)}" for word, names in said if names)])


def _listed(names: tuple[str, ...], quote: Callable[[str], str]) -> str:
    rest = len(names) - SHOWN
    more = f" and {rest:,} more" if rest > 0 else ""
    return ", ".join(quote(name) for name in names[:SHOWN]) + more


def _tells(told: Forecast) -> bool:
    """Whether there is a time worth telling: none of next to nothing that lacks what counts."""
    most = told.seconds[1] if told.seconds is not None else 0.0
    return most >= _SHORTEST if told.unknown else most > 0


def _time(told: Forecast) -> str:
    least, most = (duration(one) for one in told.seconds or (0.0, 0.0))
    said = f"about {most}" if least == most else f"about {least} to {most}"
    beside = f" with {told.workers} at a time" if told.workers else ""
    unknown = f", without {told.unknown} never timed" if told.unknown else ""
    return f"{said}{beside}{unknown}"
