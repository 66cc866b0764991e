"""A source that has to be read once more, and isn't any more what the run that stands saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.errors import Absent
from wombat.executor.outside import scheme_of
from wombat.executor.outside.observe import anew, refreshes, sources_of_plan
from wombat.plan.observed import identifies, identity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wombat.plan.ir import Plan


def look_again(
    plan: Plan, header: Mapping[str, Any], tasks: Collection[str]
) -> dict[str, dict[str, Any]] | None:
    """The sources of a drafted header, where some that these tasks may have to read moved since
    they were seen; None where all stays as it is.

    Asked for is only what was perhaps seen by an earlier run, and can't be had otherwise: a bucket
    with versions and a commit give the noted one, and `refresh: never` wants no other.
    SourceUnreachable, SourceDenied.
    """
    known: Mapping[str, dict[str, Any]] = header.get("sources", {})
    refresh = refreshes(plan)
    read = {source.url for task, _, source in sources_of_plan(plan) if task.name in tasks}
    moved = {}
    for url in sorted(read):
        then = known[url]
        lasting = "version" in then or "commit" in then or refresh[url] == "never"
        if lasting or anew(refresh[url], header["event"]) or not identifies(then):
            continue
        try:
            now = scheme_of(url).look(url).to_json()
        except Absent:
            continue  # it is gone: the task will say so
        if identifies(now) and identity(url, now) != identity(url, then):
            moved[url] = {**now, "observed": header["time"]}
    return {**known, **moved} if moved else None
