"""What a merge request changes: two revisions of a project, compiled and compared by meaning."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from wombat.api.at_revision import changed_since, project_at
from wombat.api.project import check, compile_all, compile_files
from wombat.api.schema_diff import diff_schemas
from wombat.ci import target_of_merge_request
from wombat.errors import Invalid, UsageFault
from wombat.language.root import find_root
from wombat.plan.causes import Cause
from wombat.plan.causes.values import package_causes
from wombat.review.changes import Changes, FileChange, PipelineChange, SchemaChange, pipeline_change
from wombat.schema.model import schema_from_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from wombat.api.project import Checked
    from wombat.plan.ir import Plan
    from wombat.schema.proof.verdict import Verdict

CI: Final = "gitlab"
"""Whose generated files are compared."""
OUT: Final = ".wombat/gitlab"


def changes_since(start: Path, revision: str = "", *, only: Collection[str] = ()) -> Changes:
    """Compiles the project as it is at a revision, without one at a merge request's target, and
    says what the checkout says otherwise. No code of it runs, no store is asked.

    Raises Invalid where the checkout doesn't compile; of a revision that doesn't, what does is
    compared. UsageFault `against-missing`, `against-unknown`.
    """
    wanted = revision or target_of_merge_request()
    if not wanted:
        raise UsageFault(
            "this is no merge request, so nothing says what to compare with; expected a revision",
            code="against-missing",
            hint="wombat plan --against origin/main",
        )
    root = find_root(start)
    now = compile_all(root, only=only)
    with project_at(root, wanted, fetch=not revision, whole=True) as folder:
        then = check(folder)
        touched = changed_since(root, wanted)
        return _compared(wanted, then, now, only, touched)


def _compared(
    revision: str, then: Checked, now: Checked, only: Collection[str], touched: Collection[str]
) -> Changes:
    before = {n: plan for n, plan in then.plans.items() if not only or n in only}
    broken = {n for n in then.spec.pipelines if n not in then.plans and n in now.plans}
    pipelines = [
        found
        for name in sorted(before.keys() | now.plans.keys())
        if name not in broken
        and (found := pipeline_change(before.get(name), now.plans.get(name), touched))
    ]
    pipelines += [PipelineChange(name, "unknown") for name in sorted(broken)]
    files, unsaid = ((), ()) if only else _files(then, now)
    notes = [f"{revision} doesn't compile: it is compared as far as it does"] if then.failed else []
    return Changes(
        revision,
        tuple(pipelines),
        tuple(_schemas(before, now.plans)),
        tuple(_packages(before, now.plans)),
        tuple(files),
        (*notes, *unsaid),
        _counts(pipelines),
    )


def _counts(pipelines: Collection[PipelineChange]) -> dict[str, int]:
    """Tasks by what became of them; `runs`: how many would have another key."""
    counts = Counter(task.state for one in pipelines for task in one.tasks)
    runs = sum(bool(task.causes) for one in pipelines for task in one.tasks)
    return {**{str(state): number for state, number in counts.items()}, "runs": runs}


def _schemas(then: Mapping[str, Plan], now: Mapping[str, Plan]) -> Iterator[SchemaChange]:
    before, after = _by_name(then), _by_name(now)
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield SchemaChange(name, "added" if new else "removed")
        elif old != new:
            found = diff_schemas(schema_from_json(old), schema_from_json(new))
            if found.changes:
                told = tuple(Cause("setting", c.where, c.before, c.after) for c in found.changes)
                verdicts = found.evolution.consumers_safe, found.evolution.old_data_readable
                yield SchemaChange(name, "changed", told, *map(_verdict, verdicts))


def _verdict(found: Verdict) -> tuple[str, str]:
    return found.kind, found.reason or ""


def _by_name(plans: Mapping[str, Plan]) -> dict[str, Any]:
    return {name: tree for plan in plans.values() for name, tree in plan.schemas.items()}


def _packages(then: Mapping[str, Plan], now: Mapping[str, Plan]) -> Iterator[Cause]:
    before, after = (
        {name: one.version for plan in plans.values() for name, one in plan.packages.items()}
        for plans in (then, now)
    )
    yield from package_causes(before, after)


def _files(then: Checked, now: Checked) -> tuple[tuple[FileChange, ...], tuple[str, ...]]:
    """The CI configuration of both, where the target can say them."""
    try:
        before, after = (compile_files(one, CI, None, one.root / OUT).files for one in (then, now))
    except (Invalid, UsageFault) as fault:
        return (), (f"the CI configuration isn't compared: {fault.message}",)
    found = (
        _file(path, before.get(path, ""), after.get(path, ""))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    )
    return tuple(found), ()


def _file(path: str, then: str, now: str) -> FileChange:
    old, new = then.splitlines(), now.splitlines()
    steps = SequenceMatcher(None, old, new, autojunk=len(old) > 1000).get_opcodes()
    added = sum(j2 - j1 for tag, _, _, j1, j2 in steps if tag in ("insert", "replace"))
    removed = sum(i2 - i1 for tag, i1, i2, _, _ in steps if tag in ("delete", "replace"))
    return FileChange(path, added, removed)
