"""How large generated files may be: jobs of a pipeline, its parsed YAML, the job's archive."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Unsupported
from wombat.backends.gitlab.keywords import usable
from wombat.backends.gitlab.memory import parsed_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.plan.ir import Plan

JOBS: Final = {"free": 500, "premium": 2000, "ultimate": 2000}
"""Usual ones: GitLab.com's for the jobs of all active pipelines on Free, and what is too many for
one pipeline elsewhere."""
MIB: Final = 2**20
ARCHIVE: Final = 4 * MIB
"""Of the 5 MB that GitLab reads from the archive of the compile job; the rest is the plan's and
the reports'."""


def size_findings(
    path: str, document: Mapping[str, Any], plans: Sequence[Plan], options: Mapping[str, Any]
) -> Iterator[Unsupported]:
    """Of one child pipeline: too many jobs, or too much YAML."""
    declared = options.get("limits", {})
    jobs = sum(name[0] != "." and _is_job(body) for name, body in document.items())
    allowed = declared.get("jobs") or JOBS[options.get("tier", "free")]
    if jobs > allowed:
        said = f"{path} has {jobs:,} jobs; {_limit(declared.get('jobs'), f'{allowed:,}')}"
        yield _too_much(said, plans, "jobs" in declared)
    parsed = parsed_bytes(document)
    room = declared.get("yaml") or (2 * MIB if usable("yaml.2MiB", options) else MIB)
    if parsed > room:
        said = (
            f"{path} takes {_kib(parsed)} once parsed; {_limit(declared.get('yaml'), _kib(room))}"
        )
        yield _too_much(said, plans, "yaml" in declared)


def _is_job(body: Any) -> bool:
    return isinstance(body, dict) and "stage" in body


def archive_findings(files: Mapping[str, str], plans: Sequence[Plan]) -> Iterator[Unsupported]:
    """Of all files that one job hands over: GitLab reads no larger archive."""
    texts = [text.encode("utf-8") for text in files.values()]
    if sum(map(len, texts)) <= ARCHIVE:
        return
    packed = sum(len(zlib.compress(text, 6)) for text in texts)
    if packed > ARCHIVE:
        said = f"the files take {_kib(packed)} packed; GitLab reads 5 MB of an archive at most"
        yield _too_much(said, plans, declared=True)


def _limit(declared: int | None, shown: str) -> str:
    """Whose word the limit is."""
    if declared is not None:
        return f"wombat.yml's gitlab.limits allow {shown}"
    return f"GitLab usually allows {shown}"


def _too_much(said: str, plans: Sequence[Plan], declared: bool) -> Unsupported:
    """At the task that has the most jobs, since that is where a way out begins."""
    counts = Counter((plan.pipeline, job.task) for plan in plans for job in plan.jobs)
    (pipeline, task), most = max(counts.items(), key=lambda item: item[1])
    hint = "fewer tasks, or more pipelines" if most == 1 else _batched(most)
    if declared:
        return Unsupported(pipeline, task, said, hint)
    hint += "; where the server allows more, wombat.yml's gitlab.limits can say so"
    return Unsupported(pipeline, task, said, hint, severity="warning")


def _batched(jobs: int) -> str:
    size = max(2, -(-jobs // 10))
    return f"'batch: {size}' beside foreach makes {-(-jobs // size)} jobs of these {jobs:,}"


def _kib(size: int) -> str:
    return f"{-(-size // 1024):,} KiB"
