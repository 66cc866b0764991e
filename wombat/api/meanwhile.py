"""Runs of a branch that began after what stands, and published nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.api.standing import ended, header_of
from wombat.ci import by_issuer, ref_of
from wombat.executor.units import unit_name
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.executor.units import Unit
    from wombat.store import AttemptRecord, RefRecord, Store

LOOKED: Final = 4
"""The newest runs that are looked at, of people's machines and of each CI system."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A run without a version: what of it failed, and how; `done` parts count for the next run."""

    run: str
    time: str | None
    commit: str | None
    failed: Mapping[Unit, str]
    done: int

    @property
    def said(self) -> str:
        if not self.failed:
            return f"run {self.run} isn't published: it runs, or was stopped"
        first, why = next(iter(self.failed.items()))
        more = f" and {len(self.failed) - 1} more" if len(self.failed) > 1 else ""
        return f"run {self.run} failed at {unit_name(first)}{more}: {why}"


def meanwhile(
    store: Store, pipeline: str, branch: str, record: RefRecord | None
) -> tuple[Unpublished, ...]:
    """The newest first; a list of runs, then some requests for each of the few newest."""
    runs = list(store.runs(pipeline))
    local = sorted((run for run in runs if run.startswith("local-")), reverse=True)
    newest = [run for some in (local, *by_issuer(runs)) for run in some[:LOOKED]]
    if record is not None and record.run in newest[:1] and len(newest) <= LOOKED:
        return ()  # the newest of all is what stands
    headers = [one for one in each(lambda run: header_of(store, pipeline, run), newest) if one]
    mine = [one for one in headers if _after(one, branch, record)]
    found = each(lambda one: _unpublished(store, pipeline, one), mine)
    return tuple(one for one in found if one is not None)


def _after(header: Mapping[str, Any], branch: str, record: RefRecord | None) -> bool:
    if ref_of(str(header["branch"])) != ref_of(branch):
        return False
    return record is None or (header["order"] > record.order and header["run"] != record.run)


def _unpublished(store: Store, pipeline: str, header: Mapping[str, Any]) -> Unpublished | None:
    run = str(header["run"])
    if ended(store, pipeline, run):
        return None
    newest: dict[Unit, AttemptRecord] = {}
    for one in sorted(store.attempts(pipeline, run), key=lambda one: one.attempt):
        newest[one.task, one.part] = one
    failed = {unit: _error(one) for unit, one in newest.items() if one.record["state"] == "failed"}
    done = sum(one.done for one in newest.values())
    return Unpublished(run, header.get("time"), header.get("commit"), failed, done)


def _error(attempt: AttemptRecord) -> str:
    said = attempt.record.get("error", {})
    return str(said.get("message") or said.get("code") or "it failed")


def failures(found: Sequence[Unpublished], unit: Unit) -> tuple[str, ...]:
    """What is to be said of one part."""
    return tuple(
        f"it failed in run {one.run}: {one.failed[unit]}" for one in found if unit in one.failed
    )
