"""What is told of a worker that went without an answer, or was ended."""

from __future__ import annotations

from wombat.errors import TaskFailed


def died(shown: str, code: int | None) -> TaskFailed:
    """A worker that went without an answer: ended by a signal, or by the task itself."""
    if code is None:
        return TaskFailed(
            f"{shown} closed Wombat's own connection to its process, or wrote to it",
            code="task-died",
            hint="close only what the task opened: os.closerange and the like take all",
        )
    if code < 0:
        from signal import Signals

        name = Signals(-code).name if -code in list(Signals) else f"signal {-code}"
        hint = "too little memory is the usual cause: give it more" if code == -9 else None
        message = f"{shown} was ended by {name} from outside, or crashed"
        return TaskFailed(message, code="task-died", hint=hint)
    return TaskFailed(
        f"{shown} ended its process with {code}; expected it to return",
        code="task-died",
        hint="return from the function, or raise, instead of os._exit",
    )


def overdue(shown: str, timeout: int | None) -> TaskFailed:
    """A task that was ended since its time was over."""
    return TaskFailed(
        f"{shown} ran longer than {duration(timeout or 0)} and was ended",
        code="task-timeout",
        hint="make it faster, or raise its timeout",
    )


def duration(seconds: int) -> str:
    """Seconds as durations are written: 5400 is `1h30m`."""
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"))
    text = "".join(f"{number}{unit}" for number, unit in (*parts, (seconds % 60, "s")) if number)
    return text or "0s"
