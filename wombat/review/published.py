"""What a publish changed, for people and for tools: its data diff, and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wombat.review.data_diff import compare
from wombat.review.diff_markdown import diff_markdown
from wombat.review.junit import told
from wombat.review.metrics import gauges
from wombat.review.plan_markdown import code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.review.data_diff import DataDiff, Side
    from wombat.review.metrics import Sample

SHOWN: Final = 50
"""Outputs that are compared on one page."""


@dataclass(frozen=True)
class Changed:
    """What a run published beside what stood before: outputs by name, each with its two versions.

    `before` is how people know what stood, None where nothing did; `parts` are the run's by what
    became of them: `made`, `judged` anew, `reused`.
    """

    pipeline: str
    outcome: str
    before: str | None
    parts: Mapping[str, int]
    outputs: Mapping[str, tuple[Side | None, Side | None]]

    @property
    def others(self) -> list[str]:
        """Outputs whose data is another, that came or that went."""
        return [name for name, (old, new) in self.outputs.items() if _differ(old, new)]

    def diff(self, name: str) -> DataDiff | None:
        """None for an output that came or went."""
        old, new = self.outputs[name]
        return compare(old, new) if old is not None and new is not None else None


def _differ(old: Side | None, new: Side | None) -> bool:
    return old is None or new is None or dict(old.contents) != dict(new.contents)


def changed_markdown(changed: Changed) -> str:
    """A page: what was published, then each output that is another, with its columns. Whatever a
    user wrote is code, in which nothing means anything."""
    lines = [f"# {code(changed.pipeline)}: {code(changed.outcome)}", "", f"- {_parts(changed)}"]
    others = changed.others
    if changed.before is None:
        return "\n".join([*lines, "- nothing stood before: there is nothing to compare", ""])
    lines += [f"- compared with {code(changed.before)}", f"- {_count(changed)}"]
    same = [name for name in changed.outputs if name not in others]
    if same:
        lines.append(f"- unchanged: {', '.join(map(code, same[:SHOWN]))}{_more(same)}")
    for name in others[:SHOWN]:
        found = changed.diff(name)
        told = _moved(changed, name) if found is None else diff_markdown(found)
        lines += ["", told.rstrip("\n")]
    if rest := len(others) - SHOWN:
        lines += ["", f"{rest} more outputs changed."] if rest > 0 else []
    return "\n".join([*lines, ""])


def _moved(changed: Changed, name: str) -> str:
    old, _ = changed.outputs[name]
    return f"### {code(name)}\n\n{'New.' if old is None else 'No longer made.'}"


def _more(names: list[str]) -> str:
    return f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""


def _parts(changed: Changed) -> str:
    words = {"made": "made", "judged": "validated anew", "reused": "reused"}
    told = ", ".join(f"{changed.parts.get(state, 0):,} {word}" for state, word in words.items())
    return f"of {sum(changed.parts.values()):,} parts: {told}"


def _count(changed: Changed) -> str:
    return f"{len(changed.others):,} of {len(changed.outputs):,} outputs changed"


def changed_metrics(changed: Changed) -> str:
    return gauges(_samples(changed))


def _samples(changed: Changed) -> Iterator[Sample]:
    whole = {"pipeline": changed.pipeline}
    for state, number in changed.parts.items():
        yield "wombat_run_parts", {**whole, "state": state}, number
    if changed.before is None:
        return
    yield "wombat_outputs_changed", whole, len(changed.others)
    for name, rows in _rows(changed):
        yield "wombat_rows_changed", {**whole, "output": name}, rows


def _rows(changed: Changed) -> Iterator[tuple[str, int]]:
    """By how many rows each output of frames is longer than before."""
    for name, (old, new) in changed.outputs.items():
        if old is not None and new is not None and None not in (old.rows, new.rows):
            yield name, (new.rows or 0) - (old.rows or 0)


def changed_junit(changed: Changed) -> str:
    """One case, its numbers as its output."""
    lines = [changed.outcome, _parts(changed)]
    if changed.before is not None:
        lines.append(_count(changed))
        lines += [f"{name}: {rows:+,} rows" for name, rows in _rows(changed) if rows]
    return told(f"{changed.pipeline}/publish", [("publishes", "\n".join(lines))])
