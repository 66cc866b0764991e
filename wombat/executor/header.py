"""The run's header: everything that depends on the world, decided once and frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.errors import Absent, UsageFault
from wombat.executor.drift import observe_code
from wombat.executor.earlier import freeze
from wombat.executor.outside.observe import observe_sources
from wombat.executor.record import now
from wombat.executor.restore import restore_plan
from wombat.executor.sources import content_in_checkout
from wombat.plan.ir import ArtifactSource, FileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.ci import Surroundings
    from wombat.executor.outside.observe import Sources
    from wombat.plan.ir import Plan
    from wombat.store import Store

    Resolve = Callable[[str], Mapping[str, Any]]
    """An address to its artifact: {C, M, packs, type, schema, ref: {…}}; Absent, UsageFault."""

VERSION = 1


def make_header(
    plan: Plan,
    *,
    surroundings: Surroundings,
    project: str,
    profile: str,
    root: Path,
    resolve: Resolve,
    params: Mapping[str, str] | None = None,
    run: str | None = None,
    effects: bool = False,
    installed: Mapping[str, str] | None = None,
    earlier: Callable[[], Sources] = dict,
) -> dict[str, Any]:
    """The header of a new run of a plan; writes nothing.

    `params` are values as text, as `-P` gives them; `effects` is what the profile allows;
    `installed` tells what jobs run in, apart from the plan: an image, a lock file's digest;
    `earlier` gives the observations of the run that stands, and is asked where there are sources.
    UsageFault `param-invalid`, `param-missing`; Absent for an artifact that isn't there;
    CheckFailed for a file that is gone; what `observe_sources` raises.
    """
    time = now()
    return {
        "v": VERSION,
        "run": run or surroundings.run,
        "pipeline": plan.pipeline,
        "project": project,
        "plan": plan.to_json(),
        "plan_digest": plan.digest,
        "params": _params(plan, params or {}),
        "profile": profile,
        "effects": effects,
        "branch": surroundings.branch,
        "default_branch": surroundings.default_branch,
        "commit": surroundings.commit,
        "dirty": surroundings.dirty,
        "event": surroundings.event,
        "order": surroundings.order,
        "url": surroundings.url,
        "repository": surroundings.repository,
        "installed": dict(installed or {}),
        "time": time,
        "artifacts": {address: _pinned(resolve, address) for address in _addresses(plan)},
        "code": observe_code(root, plan),
        "files": {path: content_in_checkout(root / path) for path in _paths(plan)},
        "sources": observe_sources(plan, event=surroundings.event, earlier=earlier, now=time),
    }


def ensure_header(store: Store, header: Mapping[str, Any]) -> dict[str, Any]:
    """Creates the header unless the run has one; returns the one that stands.

    Raises Conflict-like UsageFault `run-differs` where the run that stands has another plan.
    """
    told = {**header, **freeze(store, header)}
    stands: dict[str, Any] = store.create_header(header["pipeline"], header["run"], told)
    if stands["plan_digest"] != header["plan_digest"]:
        raise UsageFault(
            f"run {header['run']} of {header['pipeline']} began with another plan; expected a new "
            "run for a changed one",
            code="run-differs",
        )
    return stands


def find_header(store: Store, pipeline: str, run: str) -> dict[str, Any] | None:
    """The header of a run, or None where there is none yet."""
    try:
        header: dict[str, Any] = store.header(pipeline, run)
    except Absent:
        return None
    return header


def plan_of(header: Mapping[str, Any]) -> Plan:
    """The plan that a header holds: no YAML is read in a job."""
    return restore_plan(header["plan"])


def _params(plan: Plan, given: Mapping[str, str]) -> dict[str, Any]:
    from wombat.plan.params import given_params  # it loads the language, which no job needs

    for name, text in given.items():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise UsageFault(
                f"parameter '{name}' isn't UTF-8; expected text", code="param-invalid"
            ) from None
    return given_params(plan.params, given)


def _addresses(plan: Plan) -> list[str]:
    inputs = [one.source for task in plan.tasks for one in task.inputs]
    return sorted({one.address for one in inputs if isinstance(one, ArtifactSource)})


def _paths(plan: Plan) -> list[str]:
    inputs = [one.source for task in plan.tasks for one in task.inputs]
    return sorted({one.path for one in inputs if isinstance(one, FileSource)})


def _pinned(resolve: Resolve, address: str) -> dict[str, Any]:
    found = dict(resolve(address))
    if "C" not in found:
        raise UsageFault(
            f"'{address}' has several parts; expected one, as in {address.partition('@')[0]}[us]",
            code="invalid-address",
        )
    return found
