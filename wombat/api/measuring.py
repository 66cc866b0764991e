"""Measuring a zone: what is stored for whom, and what another rule would free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wombat.api.collecting import marks, retention
from wombat.api.session import open_session
from wombat.errors import Absent, UsageFault
from wombat.language.address import parse_address
from wombat.store.gc import Retention, collect
from wombat.store.gc.measure import By, Usage, measure

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.store import Store


@dataclass(frozen=True)
class Measured:
    """Usages, the largest first, the sum of all at the end; and what a rule would free, in bytes.

    `let_go` is what the present rules let go of already.
    """

    zone: str
    usages: tuple[Usage, ...]
    let_go: int | None = None
    frees: int | None = None


def measure_zone(
    start: Path,
    address: str | None = None,
    *,
    zone: str | None = None,
    by: By | None = None,
    keep_last: int | None = None,
    younger_than: float | None = None,
) -> Measured:
    """Of the session's zone, or of one pipeline or output of it.

    With `keep_last` or `younger_than` (seconds) also what these rules would free instead of the
    present ones. Absent where there is nothing of that name. Writes nothing.
    """
    session = open_session(start, flags={"zone": zone})
    store = session.readable[0]
    pipeline, output = _wanted(address)
    what: By = by or ("output" if pipeline else "pipeline")
    found = measure(store.space, by=what, pipeline=pipeline, output=output, cache=marks(store))
    if address is not None and len(found) == 1:
        raise Absent(f"there is no version of '{address}' in zone {store.zone}")
    if keep_last is None and younger_than is None:
        return Measured(store.zone, tuple(found))
    present = retention(session.root)
    other = _other(present, pipeline, keep_last, younger_than)
    return _compare(store, tuple(found), present, other)


def _wanted(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    if "/" not in text:
        return text, None
    address = parse_address(text)
    if address.output is None or address.task or address.part or address.ref or address.project:
        raise UsageFault(
            f"'{text}' can't be measured; expected a pipeline, or pipeline/output",
            code="invalid-address",
        )
    return str(address.pipeline), str(address.output)


def _other(
    present: Retention, pipeline: str | None, keep_last: int | None, younger_than: float | None
) -> Retention:
    """One rule that is given switches the other one off: what does this rule keep by itself?"""
    names = [pipeline] if pipeline else list(present.pipelines)
    last, young = keep_last or 0, younger_than or 0.0

    def changed(name: str) -> Retention:
        rules = replace(present.of(name), keep_last=last, younger_than=young)
        return replace(present, pipelines={**present.pipelines, name: rules})

    for name in names:
        present = changed(name)
    if pipeline:
        return present
    return replace(present, rules=replace(present.rules, keep_last=last, younger_than=young))


def _compare(
    store: Store, usages: tuple[Usage, ...], present: Retention, other: Retention
) -> Measured:
    cache = marks(store)
    now = collect(store.space, present, cache=cache)
    then = collect(store.space, other, cache=cache)
    let_go = now.total_bytes - now.live_bytes
    return Measured(store.zone, usages, let_go, now.live_bytes - then.live_bytes)
