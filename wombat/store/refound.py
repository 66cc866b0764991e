"""A damaged ref record, made again from what its run published and from its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.digest import digest_bytes, digest_json
from wombat.errors import Absent, StoreDamaged
from wombat.store import names
from wombat.store.journal import read_record
from wombat.store.records import RefRecord, seal
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


def refound(space: Space, key: str) -> Iterator[bytes]:
    """What the record must have been: proved by the digest in the record after it.

    Of the newest, which none comes after, only where one run alone can have written it.
    """
    name = names.parse(key)
    if name is None or name.kind != "ref" or name["fork"]:
        return
    branch = _Branch(space, key, name, _others(space, key))
    made = [seal(key, "ref", _record(branch, run, body)) for run, body in _published(branch)]
    after = branch.others.get(branch.seq + 1)
    if after is not None:
        proofs = {str(parent.get("digest")) for parent in after.parents}
        yield from (data for data in made if digest_bytes(data) in proofs)
    elif len(made) == 1:
        yield made[0]


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
    """Runs that published to this branch, and of which no other record tells."""
    space, name = branch.space, branch.name
    known = {record.run for record in branch.others.values()}
    text = names.decode_branch(name["branch"])
    for key, one in listed(space, f"{space.zone}/runs/{name['pipeline']}/"):
        if one.kind == "all" and one["run"] not in known:
            try:
                body = read_record(space, key, "all")
            except (Absent, StoreDamaged):
                continue
            if str(body.get("branch", "")).removeprefix("tag:") == text:
                yield one["run"], body


def _record(branch: _Branch, run: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """As `refs.commit` writes it."""
    name, parent = branch.name, branch.others.get(branch.seq - 1)
    put = [digest_json({"put": f"{name['pipeline']}/{output}"}) for output in body["outputs"]]
    merged = body["plan"] in put and parent is not None
    outputs = {**(parent.outputs if merged and parent else {}), **body["outputs"]}
    return RefRecord(
        pipeline=name["pipeline"],
        branch=names.decode_branch(name["branch"]),
        kind=name["kind"],
        seq=branch.seq,
        parents=(_link(branch.space, parent),) if parent else (),
        key=digest_json({"run": run, "plan": body["plan"]}),
        run=run,
        plan=body["plan"],
        commit=body.get("commit"),
        order=max(body["order"], parent.order) if merged and parent else body["order"],
        time=body["time"],
        outputs=outputs,
    ).to_body()


def _link(space: Space, record: RefRecord) -> dict[str, str]:
    data = space.blobs.get(record.name)
    return {"at": record.name.rpartition("/")[2], "digest": digest_bytes(data)}
