"""A schema that changed, judged by those who take what it describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wombat.api.at_revision import project_at
from wombat.api.known_consumers import Known, known_consumers
from wombat.api.promises import promises, same_promises
from wombat.api.reading import read_project
from wombat.ci import target_of_merge_request
from wombat.errors import Diagnostic, Diagnostics, Place, UsageFault
from wombat.plan.offers import Offer, offered, offers
from wombat.schema.proof.evolution import evolve
from wombat.schema.proof.relate import relate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wombat.schema.model import FrameSchema
    from wombat.schema.proof.evolution import Evolution
    from wombat.schema.proof.verdict import Verdict

Severity = Any
CODES: Final = ("schema-breaking", "schema-doubtful", "schema-changed", "schema-unasked")
_KEPT: Final = 1000
"""Diagnostics of one comparison."""


@dataclass(frozen=True)
class Compared:
    """What a comparison found. `revision` is as it was named, `changed` the outputs whose schema
    isn't what it was, `asked` how many places that take one of them were held against it."""

    revision: str
    changed: tuple[str, ...]
    asked: int
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.diagnostics)


def compare(old: FrameSchema, new: FrameSchema) -> Evolution:
    """Whether who took the old one may take the new one, and whether old data is still readable."""
    return evolve(old, new)


def held_anywhere(revision: str) -> bool:
    """Whether there is something to compare with: a revision, or a merge request's target."""
    return bool(revision or target_of_merge_request())


def against(root: Path, revision: str = "") -> Compared:
    """Holds every output's schema, as it is in production, against what it was at a revision.

    Without one that is the target of the merge request at hand: its merge base, or its head where
    GitLab merged it already. Judged is by consumers: tasks of this project that take what it
    published, and what other projects recorded in its store. Where that can't be read, it is said.
    UsageFault `against-missing` outside of a merge request, `against-unknown`.
    """
    wanted = revision or target_of_merge_request()
    if not wanted:
        raise UsageFault(
            "this is no merge request, so nothing says what to compare with; expected a revision",
            code="against-missing",
            hint="wombat check --against origin/main",
        )
    now = read_project(root, Diagnostics())
    after = offers(now.spec, now.schemas, now.stored)
    with project_at(root, wanted, fetch=not revision) as folder:
        then = read_project(folder, Diagnostics())
        before = offers(then.spec, then.schemas, then.stored)
    changed = tuple(sorted(name for name, old in before.items() if _differs(old, after.get(name))))
    if not changed:
        return Compared(wanted, (), 0)
    known, unasked = known_consumers(root, now)
    change = _Change(before, after, frozenset(changed), wanted)
    said = list(change.judged(known))
    said += change.untaken()
    said += [Diagnostic("schema-unasked", text, _first(change), None, "note") for text in unasked]
    return Compared(wanted, changed, change.asked, tuple(said[:_KEPT]))


def _differs(old: Offer, new: Offer | None) -> bool:
    if new is None or old.type != new.type:
        return True
    return _digest(old.schema) != _digest(new.schema) or not same_promises(old, new)


def _digest(schema: FrameSchema | None) -> str:
    return "" if schema is None else str(schema.digest)


def _first(change: _Change) -> Place:
    name = min(change.changed)
    new = change.after.get(name)
    return change.gone(change.before[name]) if new is None else new.at(None)


@dataclass
class _Change:
    """All offers of both sides, and which of them somebody was found to take."""

    before: Mapping[str, Offer]
    after: Mapping[str, Offer]
    changed: frozenset[str]
    revision: str
    taken: set[str] = field(default_factory=set)
    asked: int = 0

    def judged(self, known: tuple[Known, ...]) -> Iterator[Diagnostic]:
        """What each consumer of something that changed will meet."""
        for one in known:
            old = offered(self.before, one.address)
            if old is None or old.name not in self.changed:
                continue
            self.asked += 1
            self.taken.add(old.name)
            yield from self._judged(one, old, offered(self.after, one.address))

    def _judged(self, one: Known, old: Offer, new: Offer | None) -> Iterator[Diagnostic]:
        if new is None or new.type != old.type:
            said = "isn't made any more" if new is None else f"is a {new.type}, was a {old.type}"
            place = self.gone(old) if new is None else new.place
            yield self._breaking(one, old, f"{old.name} {said}", place, None)
            return
        yield from self._promised(one, old, new)
        if one.schema is not None and old.type == "dataframe":
            then, now = (relate(it.schema, one.schema, cast=one.cast) for it in (old, new))
            yield from self._related(one, old, new, then, now)

    def _promised(self, one: Known, old: Offer, new: Offer) -> Iterator[Diagnostic]:
        """What became of all but the schema, as one consumer meets it."""
        for change in promises(old, new, one.address):
            said = f"{old.name}: {change.said}"
            if change.weight == "error":
                yield self._breaking(one, old, said, new.place, None, what=change.about)
            else:
                about = (new.name, one.project, one.place, change.about)
                whole = f"{said}; {one.shown} takes it"
                yield Diagnostic(
                    "schema-doubtful", whole, new.place, None, change.weight, (), (), about
                )

    def _related(
        self, one: Known, old: Offer, new: Offer, then: Verdict, now: Verdict
    ) -> Iterator[Diagnostic]:
        if now.kind == "refuted" and then.kind != "refuted":
            said = f"{old.name}: {now.reason}"
            yield self._breaking(one, old, said, new.at(now.column), now)
        elif now.kind == "refuted":
            said = f"{old.name} didn't suit {one.shown} before, and doesn't now: {now.reason}"
            yield self._note(said, one, new, now, "note")
        elif then.kind == "proven" and now.kind != "proven":
            said = f"{old.name} suited {one.shown}, and nobody can say that of it now: {now.reason}"
            yield self._note(said, one, new, now, "warning")

    def _breaking(
        self,
        one: Known,
        old: Offer,
        said: str,
        place: Place,
        now: Verdict | None,
        *,
        what: str = "",
    ) -> Diagnostic:
        advice = f"; or let {one.shown} say {now.suggestion}" if now and now.suggestion else ""
        return Diagnostic(
            "schema-breaking",
            f"{said}; {one.shown} takes it as it was at {self.revision[:12]}",
            place,
            f"keep what it was; or make a new major version beside it, as another output, until "
            f"nobody takes this one; or have it changed in {one.project} first{advice}",
            "error",
            (),
            now.example if now else (),
            (old.name, one.project, one.place, (now.column if now else None) or what),
        )

    def _note(
        self, said: str, one: Known, new: Offer, now: Verdict, severity: Severity
    ) -> Diagnostic:
        about = (new.name, one.project, one.place, now.column or "")
        return Diagnostic(
            "schema-doubtful", said, new.at(now.column), None, severity, (), now.example, about
        )

    def untaken(self) -> Iterator[Diagnostic]:
        """What changed for the worse, and nobody is known to take."""
        for name in sorted(self.changed - self.taken):
            old, new = self.before[name], self.after.get(name)
            for change in promises(old, new) if new and new.type == old.type else ():
                said = f"{name} isn't what it was: {change.said}; nobody is known to take it"
                yield Diagnostic(
                    "schema-changed", said, new.place if new else old.place, None, "note",
                    (), (), (name, change.about),
                )  # fmt: skip
            if new is None or old.schema is None or new.schema is None:
                continue
            found = compare(old.schema, new.schema).consumers_safe
            if found.kind == "refuted":
                said = f"{name} isn't what it was: {found.reason}; nobody is known to take it"
                about = (name, found.column or "")
                yield Diagnostic(
                    "schema-changed", said, new.at(found.column), None, "note", (), found.example,
                    about,
                )  # fmt: skip

    def gone(self, old: Offer) -> Place:
        """The pipeline's file where it is still there, else where it was."""
        pipeline = old.name.partition("/")[0]
        there = [one.place.path for n, one in self.after.items() if n.startswith(f"{pipeline}/")]
        return Place(there[0]) if there else Place(old.place.path)
