"""Locking: which version of others' artifacts this project takes, and when that moves."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from wombat.api.addresses import resolve
from wombat.api.locked import canonical, find_locked
from wombat.api.locked_schemas import holds, write_locked
from wombat.api.lockfile import Content, Entry, Lock, read_lock, write_lock
from wombat.api.stored_schema import schema_of_run, stored_schema
from wombat.api.subscribing import Outcome, expect_nothing, subscribe
from wombat.errors import Absent, Diagnostics, UsageFault
from wombat.language.address import NAME, parse_address, quoted
from wombat.language.load import load_spec
from wombat.language.near import listed, near
from wombat.language.url import LAKEFS
from wombat.store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wombat.api.session import Session
    from wombat.api.stored_schema import Stored
    from wombat.language.load import Spec
    from wombat.schema.model import FrameSchema
    from wombat.store import Store

State = Literal["new", "moved", "kept", "behind", "gone", "dropped"]


@dataclass(frozen=True)
class Line:
    """What became of an entry. `behind`: its ref names something newer, of run `newer`; `gone`: no
    store holds its content any more; `dropped`: nothing takes it. `schema` is what its run
    recorded, where that was asked for."""

    state: State
    entry: Entry
    newer: str | None = None
    pin: Outcome | None = None
    schema: FrameSchema | None = None


@dataclass(frozen=True)
class Locked:
    """The lock as it should be, and whether the file says otherwise."""

    lock: Lock
    lines: tuple[Line, ...]
    stale: bool


def lock(
    session: Session,
    *,
    upgrade: Collection[str] = (),
    everything: bool = False,
    write: bool = True,
) -> Locked:
    """Brings the lock up to what the pipelines take: other projects' artifacts that have no entry
    get one, entries that nothing takes and nobody added go, the others stay as they are.

    `upgrade` names entries, by name or address, that move to what their ref names now; with
    `everything` all do. Without `write` nothing is written, and `stale` tells what would be.
    What is locked is pinned at its producer, where the credentials may. UsageFault for a name that
    isn't there; Absent for an address that names nothing.
    """
    before = read_lock(session.root)
    moving = _moving(session, before, upgrade, everything=everything)
    taken = _taken(session)
    staying = {n: one for n, one in before.entries.items() if one.added or one.address in taken}
    missing = [one for one in sorted(taken) if before.find(one) is None]
    lines = [Line("dropped", one) for n, one in sorted(before.entries.items()) if n not in staying]
    after = Lock(staying)
    for text in missing:
        entry, schema = _locked(session, text, _name(after, text), added=False)
        after = after.having(entry)
        lines.append(Line("new", entry, schema=schema))
    kept = [one for one in before.entries.values() if one.name in staying]
    lines += each(lambda one: _line(session, one, move=one.name in moving), kept)
    for line in lines:
        if line.state == "moved" or line.schema is not None:
            after = after.having(line.entry)
    unwritten = any(not holds(session.root, one) for one in after.entries.values())
    stale = after != before or unwritten or any(line.state == "gone" for line in lines)
    if write:
        _write(session, after, lines)
        lines = [_pinned(session, line) for line in lines]
    return Locked(after, tuple(sorted(lines, key=lambda line: line.entry.name)), stale)


def add(session: Session, text: str, *, name: str | None = None) -> Line:
    """Locks what an address names now, whether a task takes it or not.

    UsageFault `lock-name` where another address has the name.
    """
    before, address = read_lock(session.root), canonical(session, text)
    schema: FrameSchema | None = None
    if (known := before.find(address)) is not None:
        entry, state = replace(known, added=True), "kept"
        if name is not None and name != known.name:
            raise _taken_name(known.name, f"{address} is locked as '{known.name}'")
    else:
        wanted = _name(before, address) if name is None else _fit(name)
        if wanted in before.entries:
            raise _taken_name(wanted, f"'{wanted}' is {before.entries[wanted].address}")
        entry, schema = _locked(session, address, wanted, added=True)
        state = "new"
    line = Line("new" if state == "new" else "kept", entry, schema=schema)
    _write(session, before.having(entry), [line])
    return _pinned(session, line)


def remove(session: Session, word: str) -> tuple[Entry, bool]:
    """Takes an entry, as it was, out of the lock, by name or address; False where a task still
    takes it, so that it stays without having been added."""
    before = read_lock(session.root)
    entry = _entry(session, before, word)
    stays = entry.address in _taken(session)
    after = before.having(replace(entry, added=False)) if stays else before.without(entry.name)
    _write(session, after, ())
    if not stays:
        expect_nothing(session, parse_address(entry.address))
    return entry, not stays


def _write(session: Session, lock: Lock, lines: Iterable[Line]) -> None:
    """The schemas first: the lock names them."""
    known = {line.entry.name: line.schema for line in lines if line.schema is not None}
    write_locked(session.root, lock, {n: one for n, one in known.items() if n in lock.entries})
    write_lock(session.root, lock)


def _taken(session: Session) -> set[str]:
    """The addresses of other projects in the inputs of tasks. Raises Invalid."""
    sink = Diagnostics()
    spec = load_spec(session.root, sink)
    sink.raise_if_failed()
    every = (canonical(session, text) for text in _artifacts(spec))
    return {text for text in every if parse_address(text).project is not None}


def _artifacts(spec: Spec) -> list[str]:
    tasks = [task for one in spec.pipelines.values() for task in one.decl.tasks.values()]
    found = [str(one.artifact) for task in tasks for one in task.inputs.values() if one.artifact]
    return [text for text in found if not text.startswith(LAKEFS)]  # outside data isn't locked


def _moving(
    session: Session, lock: Lock, upgrade: Collection[str], *, everything: bool
) -> set[str]:
    return set(lock.entries) if everything else {_entry(session, lock, w).name for w in upgrade}


def _entry(session: Session, lock: Lock, word: str) -> Entry:
    found = lock.entries.get(word)
    if found is None and "/" in word:
        found = lock.find(canonical(session, word))
    if found is None:
        there = f"expected one of {listed(sorted(lock.entries))}" if lock.entries else "it is empty"
        raise UsageFault(
            f"wombat.lock has no entry '{word}'; {there}",
            code="lock-unknown",
            hint=near(word, [*lock.entries, *(e.address for e in lock.entries.values())]),
        )
    return found


def _line(session: Session, entry: Entry, *, move: bool) -> Line:
    """What the ref names now, beside what is locked."""
    try:
        now, schema = _locked(session, entry.address, entry.name, added=entry.added)
    except Absent:
        if move:
            raise
        now, schema = entry, None
    if move and _differs(now, entry):
        return Line("moved", now, schema=schema)
    try:
        found = find_locked(session, entry)
    except Absent:
        return Line("gone", entry)
    entry, schema = _caught_up(session, found.store, entry)
    if _differs(now, entry):
        return Line("behind", entry, newer=str(now.facts.get("run", "")), schema=schema)
    return Line("kept", entry, schema=schema)


def _differs(now: Entry, then: Entry) -> bool:
    """In content, or in what is promised of the same content."""
    word = "schema_digest"
    promised = {one.facts.get(word) for one in (now, then) if word in one.facts}
    return now.contents != then.contents or len(promised) > 1


def _caught_up(session: Session, store: Store, entry: Entry) -> tuple[Entry, FrameSchema | None]:
    """With the schema that its run recorded, where the lock or its file lacks it."""
    facts = entry.facts
    wanted = facts.get("schema_digest")
    if facts.get("type") != "dataframe" or "run" not in facts:
        return entry, None
    if wanted is not None and holds(session.root, entry):
        return entry, None
    address = parse_address(entry.address)
    digest = None if wanted is None else str(wanted)
    return _with_schema(entry, schema_of_run(store, address, str(facts["run"]), digest))


def _with_schema(entry: Entry, known: Stored | None) -> tuple[Entry, FrameSchema | None]:
    if known is None:
        return entry, None
    facts = {"schema_digest": str(known.schema.digest), "schema_profile": known.profile}
    return replace(entry, facts={**entry.facts, **facts}), known.schema


def _locked(
    session: Session, text: str, name: str, *, added: bool
) -> tuple[Entry, FrameSchema | None]:
    found = resolve(session, text)
    facts: dict[str, Any] = {
        w: found.value[w] for w in ("type", "schema", "path") if found.value.get(w)
    }
    if (ref := found.ref) is not None:
        facts |= {"tag" if ref.kind == "tags" else "branch": ref.branch, "run": ref.run}
        facts |= {"seq": ref.seq, "time": ref.time} | ({"commit": ref.commit} if ref.commit else {})
    contents = {
        label or "": Content(str(one.content), str(one.manifest))
        for label, one in found.artifacts()
    }
    whole = None if found.parts is not None else contents.pop("")
    return _with_schema(Entry(name, text, added, facts, whole, contents), stored_schema(found))


def _name(lock: Lock, text: str) -> str:
    """The output's name, else the pipeline's before it; UsageFault where both are taken."""
    address = parse_address(text)
    own, longer = str(address.output), f"{address.pipeline}-{address.output}"
    project = f"{address.project}-{longer}"[:63]
    for name in (own, longer, project):
        if name not in lock.entries:
            return name
    raise _taken_name(project, f"'{own}' and '{longer}' are taken")


def _fit(name: str) -> str:
    """The name of an entry; UsageFault `lock-name` where it can't be one."""
    if re.fullmatch(NAME, name):
        return name
    mended = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:63]
    raise UsageFault(
        f"{quoted(name)} can't be the name of an entry; expected lower-case letters, digits, '_' "
        "or '-', beginning with a letter, at most 63",
        code="lock-name",
        hint=f"for example --as {mended}" if re.fullmatch(NAME, mended) else None,
    )


def _taken_name(name: str, said: str) -> UsageFault:
    return UsageFault(
        f"{said}; expected another name",
        code="lock-name",
        hint=f"wombat remove {name}, or --as NAME",
    )


def _pinned(session: Session, line: Line) -> Line:
    """The consumer's part of the promise; without it the producer may let go of the version, and
    change what it is like."""
    if line.state == "dropped":
        expect_nothing(session, parse_address(line.entry.address))
    if line.state in {"gone", "dropped"}:
        return line
    found = find_locked(session, line.entry)
    return replace(
        line, pin=subscribe(session, found, {**line.entry.facts, "locked": line.entry.name})
    )
