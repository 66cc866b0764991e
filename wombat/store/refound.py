"""A damaged ref record, made again from what its run published and from its neighbours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.digest import digest_bytes, digest_json
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.journal import read_record
from wombat.store.records import LIMIT, RefRecord, seal
from wombat.store.space import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.store.space import Space


@dataclass(frozen=True, slots=True)
class _Branch:
    """The other records of the branch, by their numbers."""

    space: Space
    key: str
    name: names.Name
    others: Mapping[int, RefRecord]

    @property
    def seq(self) -> int:
        return names.number(self.name["inverse"])

    @property
    def parent(self) -> RefRecord | None:
        return self.others.get(self.seq - 1)


def refound(space: Space, key: str) -> Iterator[bytes]:
    """What the record must have been: proved by the digest in the record after it.

    Of the newest, which none comes after, by what is left of it: its key, which tells run, plan
    and what a promotion or closing went on top of, or its seal. A promotion or a closing isn't
    made again: nothing but the record tells its time.
    """
    branch = _branch(space, key)
    if branch is None:
        return
    runs = {record.run for record in branch.others.values()}
    published = ((run, body) for run, body in _published(branch) if run not in runs)
    made = [seal(key, "ref", _record(branch, run, body)) for run, body in published]
    after = branch.others.get(branch.seq + 1)
    if after is not None:
        proofs = {str(parent.get("digest")) for parent in after.parents}
        yield from (data for data in made if digest_bytes(data) in proofs)
    elif branch.seq > max(branch.others, default=0):
        left = _left(space, key)
        yield from (data for data in made if _told_by(left, data))


def choices(space: Space, key: str) -> dict[str, bytes]:
    """By run, what may be put in the place of the newest record of a branch, if somebody says so:
    what the run published there, as it would have been promoted where it stands there before."""
    branch = _branch(space, key)
    newest = next((other for other, _ in listed(space, names.folder(key))), None)
    if branch is None or newest != key:
        return {}
    before = {record.run for record in branch.others.values()}
    found = {}
    for run, body in _published(branch):
        again = run in before or bool(branch.parent and branch.parent.order > body["order"])
        found[run] = seal(key, "ref", _record(branch, run, body, again=again))
    return found


def _branch(space: Space, key: str) -> _Branch | None:
    """None where the record before can't be read: nobody could link to it."""
    name = names.parse(key)
    if name is None or name.kind != "ref" or name["fork"]:
        return None
    branch = _Branch(space, key, name, _others(space, key))
    return branch if branch.seq == 1 or branch.parent is not None else None


def _left(space: Space, key: str) -> bytes:
    try:
        return space.blobs.get_range(key, 0, LIMIT)
    except Absent:
        return b""


def _told_by(left: bytes, data: bytes) -> bool:
    """Whether damaged bytes hold the key or the seal of a record: no other one has either."""
    record = json.loads(data)
    return any(f'"{field}":"{record[field]}"'.encode() in left for field in ("key", "seal"))


def _others(space: Space, key: str) -> dict[int, RefRecord]:
    found = {}
    for other, name in listed(space, names.folder(key)):
        if other != key:
            try:
                body = read_record(space, other, "ref")
            except StoreDamaged:
                continue
            found[names.number(name["inverse"])] = RefRecord.from_body(body, other)
    return found


def _published(branch: _Branch) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Runs that published to this branch, or were superseded on it."""
    space, name = branch.space, branch.name
    text = names.decode_branch(name["branch"])
    for key, one in listed(space, f"{space.zone}/runs/{name['pipeline']}/"):
        if one.kind == "all":
            try:
                body = read_record(space, key, "all")
            except (Absent, StoreDamaged):
                continue
            if str(body.get("branch", "")).removeprefix("tag:") == text:
                yield one["run"], body


def _record(
    branch: _Branch, run: str, body: Mapping[str, Any], *, again: bool = False
) -> dict[str, Any]:
    """As `refs.commit` writes it; `again`: as a promotion."""
    name, parent = branch.name, branch.parent
    told = {"run": run, "plan": body["plan"], **({"again": branch.seq - 1} if again else {})}
    put = [digest_json({"put": f"{name['pipeline']}/{output}"}) for output in body["outputs"]]
    merged = body["plan"] in put and parent is not None
    outputs = {**(parent.outputs if merged and parent else {}), **body["outputs"]}
    return RefRecord(
        pipeline=name["pipeline"],
        branch=names.decode_branch(name["branch"]),
        kind=name["kind"],
        seq=branch.seq,
        parents=(_link(branch.space, parent),) if parent else (),
        key=digest_json(told),
        run=run,
        plan=body["plan"],
        commit=body.get("commit"),
        order=max(body["order"], parent.order) if (merged or again) and parent else body["order"],
        time=body["time"],
        outputs=outputs,
    ).to_body()


def _link(space: Space, record: RefRecord) -> dict[str, str]:
    data = space.blobs.get(record.name)
    return {"at": record.name.rpartition("/")[2], "digest": digest_bytes(data)}
