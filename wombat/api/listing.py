"""What a store holds, as rows for people and trees for tools: ls, show, log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from wombat.api.addresses import find_ref, named_refs, resolve
from wombat.api.let_go import gone, told
from wombat.errors import Absent, Conflict
from wombat.language.address import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.api.addresses import Found
    from wombat.api.session import Session
    from wombat.language.address import Address
    from wombat.store import RefRecord, Store


@dataclass(frozen=True)
class Table:
    """A heading, a row of titles, rows of text, and the same as a tree; notes are for people."""

    heading: str
    titles: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    tree: Any = field(default=None)
    notes: tuple[str, ...] = ()


def list_outputs(session: Session, text: str) -> Table:
    """The outputs that a pipeline's ref holds: name, type, parts, rows, content digest."""
    address = parse_address(text)
    store, record = find_ref(session, address)
    rows, tree = [], {}
    for name, value in sorted(record.outputs.items()):
        parts = value.get("parts")
        one = next(iter(parts.values())) if parts else value
        content = f"{len(parts)} parts" if parts else str(value["C"])[:16]
        rows.append(
            (
                f"{record.pipeline}/{name}",
                str(one.get("type", "")),
                str(one.get("schema") or ""),
                _rows(value),
                content,
            )
        )
        tree[name] = dict(value)
    whose = f"{address.project}:" if address.project else ""
    heading = f"{whose}{record.pipeline}@{record.branch}, run {record.run}, {record.time}"
    return Table(
        heading,
        ("output", "type", "schema", "rows", "content"),
        rows,
        {"zone": store.zone, **_tree(record), "outputs": tree},
    )


def _rows(value: Mapping[str, Any]) -> str:
    every = list(value["parts"].values()) if "parts" in value else [value]
    counts = [(one.get("stats") or {}).get("rows") for one in every]
    known = [count for count in counts if isinstance(count, int)]
    return f"{sum(known):,}" if known and len(known) == len(every) else ""


def _tree(record: RefRecord) -> dict[str, Any]:
    return {
        "pipeline": record.pipeline,
        "branch": record.branch,
        "kind": "tag" if record.kind == "tags" else "branch",
        "run": record.run,
        "plan": record.plan,
        "commit": record.commit,
        "time": record.time,
        "seq": record.seq,
    }


def show_artifact(session: Session, text: str) -> Table:
    """One artifact: where it comes from, its type, schema, files, bytes, rows and digests."""
    found = resolve(session, text)
    with told(session, found.store, found.ref):
        return _shown(found)


def _shown(found: Found) -> Table:
    rows: list[tuple[str, ...]] = []
    if found.ref is not None:
        rows += [
            ("run", found.ref.run),
            ("time", found.ref.time),
            ("tag" if found.ref.kind == "tags" else "branch", found.ref.branch),
            ("commit", found.ref.commit or "none"),
        ]
    parts: dict[str, Any] = {}
    for label, artifact in found.artifacts():
        manifest = found.store.manifest(artifact)
        value = found.value if label is None else found.value["parts"][label]
        parts[label or ""] = {
            **value,
            "type": manifest.type,
            "files": manifest.files,
            "bytes": manifest.bytes,
        }
        rows += [(f"[{label}] {k}" if label else k, v) for k, v in _facts(parts[label or ""])]
    tree = {
        "address": str(found.address),
        "output": found.name,
        "zone": found.store.zone,
        **(_tree(found.ref) if found.ref else {}),
    }
    tree |= {"parts": parts} if found.parts is not None else parts[""]
    return Table(str(found.address), ("", ""), rows, tree)


def _facts(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "type", str(value["type"])
    if value.get("schema"):
        yield "schema", str(value["schema"])
    yield "files", f"{value['files']:,}"
    yield "bytes", f"{value['bytes']:,}"
    stats = value.get("stats") or {}
    if "rows" in stats:
        yield "rows", f"{stats['rows']:,}"
    if stamp := value.get("stamp"):
        yield "checked", f"{stamp.get('depth')} in {stamp.get('profile')}"
    yield "content", str(value["C"])


def show_log(session: Session, text: str, limit: int | None) -> Table:
    """A pipeline's versions on one branch or tag, the newest first: what each one changed.

    Closings and both sides of a fork are shown, too, and versions whose data is gone.
    """
    address = parse_address(text)
    store, top = _line_of(session, address)
    log = store.ref_log(address.pipeline, top.branch, top.kind)
    # Some more than are shown, so that the last row has something to differ from.
    records = list(islice(log, limit + len(top.parents) + 1 if limit is not None else None))
    seqs = Counter(record.seq for record in records)
    missing = gone(store, records[:limit])
    rows, trees = [], []
    for record in records[:limit]:
        changed = _changed(record, _before(record, records))
        state = "closed" if record.closed else "fork" if seqs[record.seq] > 1 else ""
        state = state or ("gone" if record.name in missing else "")
        rows.append((*_row(record), state or _told(changed)))
        trees.append({**_tree(record), "state": state, "changed": changed})
    heading = f"{f'{address.project}:' if address.project else ''}{address.pipeline}@{top.branch}"
    return Table(heading, ("#", "time", "run", "commit", "changed"), rows, trees)


def _line_of(session: Session, address: Address) -> tuple[Store, RefRecord]:
    """Where the history lies: of a fork or a closed branch, too."""
    try:
        return find_ref(session, address)
    except (Conflict, Absent) as fault:
        if fault.code not in {"ref-fork", "ref-closed"}:
            raise
        for store in session.stores_of(address.project or session.project):
            for name, kind in named_refs(session, store, address.ref):
                if tops := store.tops(address.pipeline, name, kind):
                    return store, tops[0]
        raise


def _before(record: RefRecord, records: Sequence[RefRecord]) -> RefRecord | None:
    return next((older for older in records if older.seq < record.seq and not older.closed), None)


def _row(record: RefRecord) -> tuple[str, ...]:
    return str(record.seq), record.time, record.run, (record.commit or "")[:12]


def _told(changed: list[str]) -> str:
    return ", ".join(changed) if len(changed) < 6 else f"{len(changed)} outputs"


def _changed(record: RefRecord, older: RefRecord | None) -> list[str]:
    from wombat.store import output_contents

    before = dict(older.outputs) if older else {}
    return [
        name
        for name, value in sorted(record.outputs.items())
        if name not in before or output_contents(value) != output_contents(before[name])
    ]
