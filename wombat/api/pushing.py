"""Pushing: what was made here, with its records, into the store that others read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wombat.api.addresses import ref_in
from wombat.api.missing import absent_ref
from wombat.ci import branch_of, ref_of
from wombat.errors import Absent, UsageFault
from wombat.executor.header import find_header
from wombat.executor.record import result_record, reusable, segment_entry, stands, stands_at
from wombat.executor.reuse.frozen import all_reused
from wombat.language.address import parse_address
from wombat.store import Published, output_contents
from wombat.store.doom import Doomed, artifacts_in
from wombat.store.parallel import both, each
from wombat.store.sending import Sent, placed, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wombat.api.session import Session
    from wombat.store import AttemptRecord, Progress, RefRecord, Store


@dataclass(frozen=True)
class Pushed:
    """One pipeline's ref, what became of it there, and how many artifacts were new to it."""

    pipeline: str
    branch: str
    run: str
    zone: str
    published: Published
    sent: dict[str, Sent] = field(default_factory=dict)

    @property
    def new(self) -> int:
        return sum(one.new for one in self.sent.values())

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.sent.values())


def push(
    session: Session,
    wanted: Sequence[str] = (),
    *,
    zone: str = "u",
    progress: Progress | None = None,
) -> Iterator[Pushed]:
    """Sends the newest versions of pipelines upstream, one after another; by default all that the
    current branch has.

    Artifacts first, of which only those that upstream lacks, then the run's records, then the ref,
    by the rule of every publish. What was sent before is `already`. UsageFault
    `upstream-not-set`; Absent for a ref that isn't here; Conflict, OutcomeUnknown.
    """
    target = session.open_upstream(zone)
    here = session.near(session.project)
    if not here:
        raise session.no_store()
    for record in [_local(session, here[0], text) for text in wanted or _all(session, here[0])]:
        try:
            yield _push(here[0], target, record, progress)
        except Doomed:
            # A collection of garbage began there meanwhile: what it will delete is sent anew.
            yield _push(here[0], target, record, progress)


def _all(session: Session, store: Store) -> list[str]:
    branch, kind = ref_of(session.surroundings.branch)
    every = store.pipelines()
    found = each(lambda name: store.tops(name, branch, kind), every)
    tops = dict(zip(every, found, strict=True))
    names = [name for name, newest in tops.items() if newest and not newest[0].closed]
    if not names:
        raise Absent(
            f"nothing is published on branch '{session.surroundings.branch}' in {store.zone}",
            hint="wombat run PIPELINE, or name one: wombat push PIPELINE@BRANCH",
        )
    return names


def _local(session: Session, store: Store, text: str) -> RefRecord:
    """What a word of the command line means, in the own zone alone."""
    address = parse_address(text)
    if address.output is not None or address.project not in (None, session.project):
        raise UsageFault(
            f"'{text}' can't be pushed; expected a pipeline of this project, as in shop@main",
            code="invalid-address",
            hint="all outputs of a version go together",
        )
    record = ref_in(session, store, address.pipeline, address.ref)
    if record is None or record.closed:
        raise absent_ref(session, address)
    return record


def _push(here: Store, target: Store, record: RefRecord, progress: Progress | None) -> Pushed:
    tops, stands = both(
        lambda: target.tops(record.pipeline, record.branch, record.kind),
        lambda: target.published_ref(record.pipeline, record.run),
    )
    sending = _Sending(
        here,
        target,
        record,
        known={name: value for top in tops for name, value in top.outputs.items()},
        order=max((top.order for top in tops), default=0),
        stands=stands,
        progress=progress,
    )
    if (before := sending.before()) is not None:
        return before
    header = find_header(here, record.pipeline, record.run)
    return sending.put() if header is None else sending.run(header)


@dataclass
class _Sending:
    """One version on its way. `known` is what stands there, whose chunks aren't sent again; the
    version goes on top of it, and outbids nothing to come. `stands` is what the run chose there."""

    here: Store
    target: Store
    record: RefRecord
    known: dict[str, Any]
    order: int
    stands: RefRecord | None
    progress: Progress | None = None

    def before(self) -> Pushed | None:
        """What an earlier push of the same came to, where its ref landed: then nothing is sent."""
        record, stands = self.record, self.stands
        if stands is None:
            return None
        log = self.target.ref_log(record.pipeline, record.branch, record.kind)
        landed = next((one for one in log if one.run == record.run and not one.closed), None)
        if landed is None:
            return None
        there = {str(one.content): Sent(one, new=False) for one in artifacts_in(stands.outputs)}
        published = Published("already", landed.seq, landed.name, landed.run)
        return self._pushed(published, there)

    def run(self, header: dict[str, Any]) -> Pushed:
        """The run that made it: header, chosen attempts, results, and the ref."""
        record = self.record
        body = self.here.published(record.pipeline, record.run)
        chosen = _chosen(self.here, record, body)
        there, _ = both(
            lambda: self.target.attempts(record.pipeline, record.run),
            lambda: self.target.space.watch.look(self.target.space),
        )
        local = _frozen_here(header, self.here.zone)
        sent = self._send({**body["outputs"], **local})
        frozen = {**header["artifacts"], **placed(local, sent)}
        told = header | {"order": self.order, "artifacts": frozen, "reused": {}}
        self.target.create_header(record.pipeline, record.run, told)
        numbers = _record(self.target, record, chosen, sent, there)
        results = {
            stands_at(one.record): placed(segment_entry(record.run, one), sent)
            for one in chosen
            if reusable(one.record)
        }
        return self._publish(body, body["outputs"], sent, results=results, chosen=numbers)

    def put(self) -> Pushed:
        """What was put since the last push; it is added to what stands there, as every put is."""
        record = self.record
        outputs: dict[str, Any] = {}
        for earlier in self._unlanded():
            if not earlier.closed:
                made = self.here.published(record.pipeline, earlier.run)
                outputs = {**made["outputs"], **outputs}
        chosen: dict[str, Any] = {}
        if (stands := self.stands) is not None:
            # A push that ended before its ref has said what it is to be.
            chosen = dict(stands.outputs)
            outputs = {name: one for name, one in outputs.items() if name in chosen}
        sent = self._send(outputs)
        body = {"plan": record.plan, "commit": record.commit, "time": record.time}
        return self._publish(body, {**chosen, **outputs}, sent, merge=True)

    def _unlanded(self) -> Iterator[RefRecord]:
        """The versions here above the newest one that has a ref there, the newest first.

        What a push chose that ended before its ref stands in no branch.
        """
        at = (self.record.pipeline, self.record.branch, self.record.kind)
        landed: set[str] | None = None
        for earlier in self.here.ref_log(*at):
            if self.target.published_ref(at[0], earlier.run) is not None:
                if landed is None:
                    landed = {one.run for one in self.target.ref_log(*at) if not one.closed}
                if earlier.run in landed:
                    return
            yield earlier

    def _send(self, outputs: dict[str, Any]) -> dict[str, Sent]:
        return send(self.here.space, self.target.space, outputs, self.known, self.progress)

    def _publish(
        self,
        body: dict[str, Any],
        outputs: dict[str, Any],
        sent: dict[str, Sent],
        **more: Any,
    ) -> Pushed:
        record = self.record
        published = self.target.publish(
            pipeline=record.pipeline,
            branch=record.branch,
            kind=record.kind,
            run=record.run,
            plan=body["plan"],
            order=self.order,
            commit=body["commit"],
            time=body["time"],
            outputs=placed(outputs, sent),
            **more,
        )
        return self._pushed(published, sent)

    def _pushed(self, published: Published, sent: dict[str, Sent]) -> Pushed:
        record, zone = self.record, self.target.zone
        branch = branch_of(record.branch, record.kind)
        return Pushed(record.pipeline, branch, record.run, zone, published, sent)


def _frozen_here(header: dict[str, Any], zone: str) -> dict[str, Any]:
    """The inputs that lie in the own zone: whoever reads the header there must find them."""
    return {name: one for name, one in header["artifacts"].items() if one.get("zone") == zone}


def _chosen(here: Store, record: RefRecord, body: dict[str, Any]) -> list[AttemptRecord]:
    """The attempts whose outputs were published."""
    wanted = body["chosen"]
    kept = all_reused(here.header(record.pipeline, record.run))
    every = [*kept, *here.attempts(record.pipeline, record.run)]
    return [one for one in every if wanted.get(f"{one.task}={one.part or ''}") == one.attempt]


def _record(
    target: Store,
    record: RefRecord,
    chosen: list[AttemptRecord],
    sent: dict[str, Sent],
    there: list[AttemptRecord],
) -> dict[str, int]:
    """Attempts and results, each once; the attempts' numbers there, where some were before."""

    def one(attempt: AttemptRecord) -> tuple[str, int]:
        body = placed(attempt.record, sent)
        number = next((e.attempt for e in there if _same(e, attempt)), None)
        if number is None:
            at = (record.pipeline, record.run, attempt.task, attempt.part)
            number = target.record_attempt(*at, body)
        if reusable(body):
            told = result_record({**body, "part": attempt.part})
            for key in stands(body):
                target.record_result(key, record.run, number, told)
        return f"{attempt.task}={attempt.part or ''}", number

    return dict(each(one, chosen))


def _same(there: AttemptRecord, attempt: AttemptRecord) -> bool:
    same = (there.task, there.part, there.done) == (attempt.task, attempt.part, attempt.done)
    return same and there.record["key"] == attempt.record["key"] and _told(there) == _told(attempt)


def _told(attempt: AttemptRecord) -> dict[str, Any]:
    return {name: output_contents(v) for name, v in attempt.record["outputs"].items()}
