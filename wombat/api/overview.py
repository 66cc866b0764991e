"""What a project's zones hold: pipelines with their branches and tags, forks, and pins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wombat.api.addresses import readable_project
from wombat.api.listing import Table
from wombat.api.missing import absent_project
from wombat.errors import StoreDenied, StoreUnreachable
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.api.session import Session
    from wombat.store import RefRecord, Store
    from wombat.store.pins import Pin


@dataclass(frozen=True)
class Line:
    """One ref of one zone. `state` is '', 'closed' or 'fork'; `runs` is more than one of a fork."""

    pipeline: str
    kind: str
    name: str
    state: str
    seq: int
    runs: tuple[str, ...]
    time: str
    zone: str

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.state})" if self.state else self.name


@dataclass(frozen=True)
class Overview:
    """The refs that were found, in order, and what couldn't be asked."""

    lines: Sequence[Line]
    notes: tuple[str, ...] = ()


def survey(session: Session, project: str) -> Overview:
    """Every ref of a project that may be read here, with its newest records: two requests each,
    many at once. Upstream that doesn't answer leaves a note; a store of one's own raises. Absent
    for another project of which there is nothing."""
    lines: list[Line] = []
    near = session.near(project)
    with readable_project(session, project):
        for store in near:
            lines += _lines(store, store.zone)
    if not session.has_upstream:
        if not near:
            raise session.no_store()
        return _known(session, project, Overview(lines), near)
    try:
        far = session.upstream(project)
        found = Overview([*lines, *_lines(far, f"{far.zone} (upstream)")])
        return _known(session, project, found, (*near, far))
    except StoreUnreachable as fault:
        return Overview(lines, (f"upstream wasn't asked: {fault.message}",))


def _known(session: Session, project: str, found: Overview, stores: Sequence[Store]) -> Overview:
    """Absent for another project of which there is nothing: its name may be mistyped."""
    if not found.lines and project != session.project:
        raise absent_project(project, list(stores))
    return found


def _lines(store: Store, zone: str) -> Iterator[Line]:
    wanted = [
        ref for refs in each(lambda name: _names(store, name), store.pipelines()) for ref in refs
    ]
    found = each(lambda ref: store.tops(ref[0], ref[2], ref[1]), wanted)
    for ref, tops in zip(wanted, found, strict=True):
        if tops:
            yield _line(ref, tops, zone)


def _names(store: Store, pipeline: str) -> list[tuple[str, str, str]]:
    branches = [(pipeline, "heads", name) for name in store.branches(pipeline)]
    return [*branches, *((pipeline, "tags", name) for name in store.tags(pipeline))]


def _line(ref: tuple[str, str, str], tops: list[RefRecord], zone: str) -> Line:
    state = "fork" if len(tops) > 1 else "closed" if tops[0].closed else ""
    kind = "tag" if ref[1] == "tags" else "branch"
    newest = max(top.time for top in tops)
    runs = tuple(top.run for top in tops)
    return Line(ref[0], kind, ref[2], state, tops[0].seq, runs, newest, zone)


def list_pipelines(session: Session, project: str | None = None) -> Table:
    """Each published pipeline with its open branches, its tags and its newest record."""
    found = survey(session, project or session.project)
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in found.lines:
        groups.setdefault((line.pipeline, line.zone), []).append(line)
    rows: list[tuple[str, ...]] = []
    tree: dict[str, Any] = {}
    for (name, zone), lines in groups.items():
        facts = _facts(lines)
        shown = [one.shown for one in lines if one.kind == "branch" and one.state != "closed"]
        rows.append((name, ", ".join(shown), ", ".join(facts["tags"]), facts["time"], zone))
        tree.setdefault(name, {**facts, "zone": zone, "refs": []})
        tree[name]["refs"] += [asdict(one) for one in lines]
    titles = ("pipeline", "branches", "tags", "newest", "zone")
    return Table("", titles, rows, tree, found.notes)


def _facts(lines: list[Line]) -> dict[str, Any]:
    branches = [one for one in lines if one.kind == "branch"]
    return {
        "branches": [one.name for one in branches if one.state != "closed"],
        "closed": [one.name for one in branches if one.state == "closed"],
        "tags": [one.name for one in lines if one.kind == "tag"],
        "time": max(one.time for one in lines),
    }


def list_refs(session: Session, project: str | None = None) -> Table:
    """A row a ref, closed ones and forks too, then the pins that other projects have on this."""
    wanted = project or session.project
    found = survey(session, wanted)
    rows = [
        (
            one.pipeline,
            one.kind,
            one.name,
            one.state,
            str(one.seq),
            " ".join(one.runs),
            one.time,
            one.zone,
        )
        for one in found.lines
    ]
    pinned = _pins(session, wanted)
    rows += [
        (
            pin.address,
            "pin",
            pin.consumer,
            _holds(pin),
            "",
            str(pin.value.get("run", "")),
            f"until {pin.until:%Y-%m-%d}",
            "x",
        )
        for pin in pinned
    ]
    titles = ("pipeline", "kind", "name", "state", "#", "run", "time", "zone")
    tree = {"refs": [asdict(one) for one in found.lines], "pins": [_pin(one) for one in pinned]}
    return Table("", titles, rows, tree, found.notes)


def _pins(session: Session, project: str) -> list[Pin]:
    """Of the own store; none where the credentials may not look at them."""
    from wombat.store.pins import pins

    for store in session.near(project):
        try:
            return pins(store.space, project)
        except StoreDenied:
            continue
    return []


def _holds(pin: Pin) -> str:
    return "" if pin.holds(datetime.now(UTC)) else "over"


def _pin(pin: Pin) -> dict[str, Any]:
    return {
        "consumer": pin.consumer,
        "address": pin.address,
        "until": f"{pin.until:%Y-%m-%dT%H:%M:%SZ}",
        "contents": [one.content for one in pin.artifacts()],
    }
