"""Two versions of an artifact compared by their records: nothing but these is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wombat.api.addresses import Found, resolve
from wombat.data.stats.merge import merged
from wombat.data.stats.model import stats_from_json
from wombat.errors import Absent, UsageFault
from wombat.review.data_diff import DataDiff, Side, compare
from wombat.store import output_contents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.session import Session
    from wombat.data.stats.model import FrameStats
    from wombat.store import RefRecord, Store

FILES: Final = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".arrow": "arrow"}


def diff(session: Session, before: str, now: str | None = None) -> DataDiff:
    """The versions at two addresses; or, of one address, the version before and that.

    An address may also be the path of a local Parquet, CSV, JSON lines or Arrow file, which is
    read. Raises what `resolve` raises; Absent `no-earlier-version`.
    """
    if now is None:
        return _with_earlier(session, before)
    place = _file(before), _file(now)
    first = _side(session, before) if place[0] is None else _of_file(place[0], None)
    second = _side(session, now) if place[1] is None else _of_file(place[1], first.stats)
    return compare(first, second)


def _with_earlier(session: Session, text: str) -> DataDiff:
    if _file(text) is not None:
        raise UsageFault(
            f"{text} is a file, which has no version before; expected two to compare",
            code="usage",
            hint=f"wombat diff PIPELINE/OUTPUT {text}",
        )
    found = resolve(session, text)
    for older in _older(session, found):
        if output_contents(older.value) != output_contents(found.value):
            return compare(told(older), told(found))
    raise Absent(
        f"{found.address} has no earlier version with other data",
        code="no-earlier-version",
        hint="wombat diff A B compares any two",
    )


def _older(session: Session, found: Found) -> Iterator[Found]:
    """The same output in earlier versions: of its branch, the newest first, then of the default
    branch as it is now, in its own zone or a trusted one."""
    if found.ref is None:
        return
    for record in found.store.ref_log(found.address.pipeline, found.ref.branch, found.ref.kind):
        older = record.seq < found.ref.seq or not found.ref.seq
        if older and record.run != found.ref.run:
            yield from _same(found, found.store, record)
    default = session.surroundings.default_branch
    own = (found.ref.branch, found.ref.kind) == (default, "heads")
    for store in session.stores_of(found.address.project or session.project):
        if not own or store.zone != found.store.zone:
            for record in store.tops(found.address.pipeline, default, "heads"):
                yield from _same(found, store, record)


def _same(found: Found, store: Store, record: RefRecord) -> Iterator[Found]:
    """The same output in another record, or the same part of it, where it is there."""
    value = record.outputs.get(found.name)
    if found.address.part is not None and value is not None:
        value = value.get("parts", {}).get(_label(found))
    if value is not None:
        yield Found(found.address, store, found.name, value, record)


def _label(found: Found) -> str | None:
    """Which part an address means, by the record that it was found in."""
    parts = found.ref.outputs[found.name].get("parts", {}) if found.ref else {}
    return next((label for label, value in parts.items() if value is found.value), None)


def _side(session: Session, text: str) -> Side:
    return told(resolve(session, text))


def told(found: Found) -> Side:
    """What the record says of a version; statistics of parts together where all have them."""
    values = dict(found.parts) if found.parts is not None else {"": found.value}
    contents = {label: str(value.get("C")) for label, value in values.items()}
    known = [stats_from_json(one.get("stats")) for one in values.values()]
    every = [one for one in known if one is not None]
    first: Mapping[str, Any] = next(iter(values.values()), {})
    sizes: list[Any] = [(one.get("stats") or {}).get("bytes") for one in values.values()]
    digests = {(one.get("stamp") or {}).get("schema") for one in values.values()}
    return Side(
        _label_of(found),
        contents,
        type=found.value.get("type") or first.get("type"),
        schema=first.get("schema"),
        schema_digest=digests.pop() if len(digests) == 1 else None,
        bytes=sum(sizes) if all(isinstance(size, int) for size in sizes) else None,
        stats=merged(every) if every and len(every) == len(known) else None,
    )


def _label_of(found: Found) -> str:
    address, ref = found.address, found.ref
    whose = f"{address.project}:" if address.project else ""
    part = f"[{address.part}]" if address.part else ""
    where = f"@{ref.branch}, run {ref.run}" if ref else ""
    return f"{whose}{address.pipeline}/{found.name}{part}{where}"


def _file(text: str) -> Path | None:
    """The local file that is meant, where there is one with a table's suffix."""
    path = Path(text)
    if path.suffix not in FILES:
        return None
    if path.is_file():
        return path
    # `pipeline/task.csv` may be an output that is called so
    if text.count("/") != 1 or path.parent.is_dir():
        raise UsageFault(
            f"no file '{text}'",
            code="file-not-found",
            hint="a stored artifact has no suffix: pipeline/output",
        )
    return None


def _of_file(path: Path, earlier: FrameStats | None) -> Side:
    """The statistics of a local file, over the bins of what it is compared with."""
    from wombat.data.engines import load_engine

    load_engine("pyarrow")  # says which extra is missing
    from wombat.data.stats import table_stats
    from wombat.data.tables import read_table

    table = read_table(path, FILES[path.suffix])
    stats = table_stats(table, earlier=earlier)
    return Side(str(path), type="dataframe", bytes=path.stat().st_size, stats=stats)
