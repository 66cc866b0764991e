"""What became of a version in lakeFS, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.cli.lines import amount

if TYPE_CHECKING:
    from wombat.projection.steps import Projected


def told(done: Projected) -> str:
    """In a line; another one where files of others stand among ours."""
    lines = [_line(done)]
    if done.foreign:
        few = ", ".join(done.foreign_paths[:3])
        more = ", …" if done.foreign > len(done.foreign_paths[:3]) else ""
        lines.append(f"  {_count(done.foreign)} of others left alone there: {few}{more}")
    return "\n".join(lines)


def _line(done: Projected) -> str:
    name, place = done.pipeline, done.address
    commit = (done.commit or "")[:8]
    match done.outcome:
        case "superseded":
            return f"{name} is not projected: overtaken by run {done.by}"
        case "unchanged":
            return f"{name} stands at {place} ({done.unchanged:,} unchanged), commit {commit}"
        case "planned":
            return f"would project {name} to {place} ({_changes(done)})"
        case _:
            return f"projected {name} to {place} ({_changes(done)}), commit {commit}"


def _changes(done: Projected) -> str:
    gone = f", {done.deleted:,} deleted" if done.deleted else ""
    new = f"{_count(done.files)}, {amount(done.bytes)} new"
    return f"{new}{gone}, {done.unchanged:,} unchanged"


def _count(files: int) -> str:
    return f"{files:,} file{'s' if files != 1 else ''}"
