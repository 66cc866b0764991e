"""What a part came to when it was done once more, beside what it came to then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wombat.executor.units import unit_name
from wombat.review.data_diff import diff_as_json
from wombat.review.diff_text import diff_text
from wombat.review.diff_words import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.executor.outcome import Fault
    from wombat.executor.units import Unit
    from wombat.review.data_diff import DataDiff

State = Literal["same", "differs", "failed"]


@dataclass(frozen=True)
class Output:
    """An output's content then and now, None where there was or is none. `diff`: by statistics,
    where both are there and differ."""

    name: str
    then: str | None
    now: str | None
    diff: DataDiff | None = None

    @property
    def same(self) -> bool:
        return self.then is not None and self.then == self.now


@dataclass(frozen=True)
class Reproduced:
    """One part: which attempt it was, where its code was taken from, and what became of it.

    `asked` is the run that was asked about where another one made what it reused. `environment`
    has what was another version then: (what, then, now). `then` and `now` are failures.
    """

    pipeline: str
    unit: Unit
    run: str
    attempt: int
    time: str
    code: str
    asked: str | None = None
    outputs: tuple[Output, ...] = ()
    environment: tuple[tuple[str, str, str], ...] = ()
    then: Fault | None = None
    now: Fault | None = None
    volatile: bool = False

    @property
    def state(self) -> State:
        if self.now is not None:
            return "failed"
        return "same" if all(one.same for one in self.outputs) else "differs"

    @property
    def name(self) -> str:
        return f"{self.pipeline}/{unit_name(self.unit)}"

    def to_json(self) -> dict[str, Any]:
        return {
            "pipeline": self.pipeline,
            "task": self.unit[0],
            "part": self.unit[1],
            "run": self.run,
            "attempt": self.attempt,
            "time": self.time,
            "code": self.code,
            "state": self.state,
            "outputs": [
                {"name": one.name, "then": one.then, "now": one.now, "same": one.same,
                 "diff": None if one.diff is None else diff_as_json(one.diff)}
                for one in self.outputs
            ],
            "environment": [
                {"what": what, "then": then, "now": now} for what, then, now in self.environment
            ],
            "failed_then": _fault(self.then),
            "failed_now": _fault(self.now),
            "volatile": self.volatile,
        }  # fmt: skip


def exit_code(parts: tuple[Reproduced, ...]) -> int:
    """Of the first that failed, else 1 where any differs."""
    failed = next((one.now.exit for one in parts if one.now is not None), None)
    return int(any(one.state == "differs" for one in parts)) if failed is None else failed


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    if fault is None:
        return None
    return {"code": fault.code, "message": fault.message, "exit": fault.exit}


def reproduced_text(one: Reproduced, *, width: int = 80, plain: bool = False) -> str:
    """What is the same and what isn't, a line each; frames with what changed in them."""
    lines = list(_lines(one, width, plain))
    return "\n".join(lines)


def _lines(one: Reproduced, width: int, plain: bool) -> Iterator[str]:
    made = f"run {one.run}, attempt {one.attempt}, {one.time}"
    reused = f", which run {one.asked} reused" if one.asked else ""
    yield f"{one.name}: {_said(one)}"
    yield f"  of {short(made, 200)}{short(reused, 200)}"
    yield f"  code: {short(one.code, 200)}"
    if one.then is not None:
        yield f"  then: error[{short(one.then.code)}]: {short(one.then.message, 300)}"
    if one.now is not None:
        yield f"  now:  error[{short(one.now.code)}]: {short(one.now.message, 300)}"
    elif one.then is not None:
        yield "  now:  done"
    for output in one.outputs:
        yield from _output(output, width, plain)
    for what, then, now in one.environment:
        yield f"  {short(what)}: {short(then)} then, {short(now)} now"
    if one.state == "differs" and one.volatile:
        yield "  it is volatile: it may come to something else each time"
    elif one.state == "differs" and one.then is None and not one.environment:
        yield "  it depends on something that isn't in its key, such as the time, chance, a file"
        yield "  that it opens by itself, or a package that no lock file pins"


def _said(one: Reproduced) -> str:
    if one.state == "failed":
        if one.then is None:
            return "fails now; it was done then"
        alike = one.now is not None and (one.then.code, one.then.message) == (
            one.now.code, one.now.message,
        )  # fmt: skip
        return "fails as it did then" if alike else "fails, in another way than then"
    if one.then is not None:
        return "is done now; it failed then"
    return "the same, byte by byte" if one.state == "same" else "differs"


def _output(one: Output, width: int, plain: bool) -> Iterator[str]:
    if one.same:
        yield f"  {short(one.name)}: the same, {(one.now or '')[:12]}"
        return
    if one.then is None or one.now is None:
        if one.then != one.now:
            yield f"  {short(one.name)}: {'only now' if one.then is None else 'only then'}"
        return
    yield f"  {short(one.name)}: differs, {one.then[:12]} then, {one.now[:12]} now"
    if one.diff is not None:
        told = diff_text(one.diff, width=width - 4, plain=plain)
        yield from (f"    {line}".rstrip() for line in told.splitlines())
