"""The earlier versions with which a run's outputs are compared: chosen once, when it began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.ci import ref_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wombat.executor.context import Context
    from wombat.plan.ir import Output, Part, Task
    from wombat.store import RefRecord, Store

PREVIOUS: Final = "previous"


def freeze(store: Store, header: Mapping[str, Any]) -> dict[str, Any]:
    """What a new header says of them: by `against`, the ref records `{zone, branch, kind, name}` in
    the order in which they are asked: those of the run's own zone first, then of the trusted one.
    Nothing where no schema speaks of drift, which costs no request."""
    wanted = sorted(_against(header["plan"].get("schemas", {}).values()))
    return {"earlier": {one: list(_frozen(store, header, one)) for one in wanted}} if wanted else {}


def _against(schemas: Iterable[Mapping[str, Any]]) -> set[str]:
    found = set()
    for schema in schemas:
        found |= {str(rule.get("against", PREVIOUS)) for rule in schema.get("drift", ())}
        found |= _against(schema.get("variants", {}).values())
    return found


def _frozen(store: Store, header: Mapping[str, Any], against: str) -> Iterator[dict[str, str]]:
    refs = [(against, "heads"), (against, "tags")]
    if against == PREVIOUS:
        refs = list(dict.fromkeys(_own(header)))
    for zone in store.space.zones():
        for branch, kind in refs:
            for record in store.beside(zone).tops(header["pipeline"], branch, kind):
                yield {"zone": zone, "branch": branch, "kind": kind, "name": record.name}


def _own(header: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The run's branch, then the default one."""
    yield ref_of(header["branch"])
    if header.get("default_branch"):
        yield header["default_branch"], "heads"


def earlier_stats(context: Context, task: Task, output: Output, part: Part | None) -> Any:
    """The statistics of the same output, or part of it, by `against`: JSON, as its record has it.

    `previous` is there for every run, as bins are handed on from version to version.
    """
    name = f"{task.name}.{output.name}"
    frozen: Mapping[str, Any] = context.header.get("earlier", {})
    found = {}
    for against in sorted({PREVIOUS, *frozen}):
        records = _records(context, frozen[against]) if against in frozen else _previous(context)
        stats = next((s for one in records if (s := _stats(one, name, part)) is not None), None)
        if stats is not None:
            found[against] = stats
    return found


def _previous(context: Context) -> Iterator[RefRecord]:
    """Where no header names them: the trusted zone is asked only if the own one has none."""
    yield from context.before
    yield from context.trusted_before


def _records(context: Context, frozen: Iterable[Mapping[str, str]]) -> Iterator[RefRecord]:
    """Those that a header names; one that is gone by now is left out."""
    at_hand = {one.name: one for one in context.before}
    for one in frozen:
        if one["name"] in at_hand:
            yield at_hand[one["name"]]
            continue
        zone = context.store.beside(one["zone"])
        log = zone.ref_log(context.pipeline, one["branch"], one["kind"])
        yield from (record for record in log if record.name == one["name"])


def _stats(record: RefRecord, name: str, part: Part | None) -> Any:
    value = record.outputs.get(name)
    if isinstance(value, dict) and part is not None:
        value = value.get("parts", {}).get(part.label)
    return value.get("stats") if isinstance(value, dict) else None
