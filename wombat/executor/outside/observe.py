"""What the sources of a plan are when a run begins: seen anew, or as what stands saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.errors import Diagnostic, Invalid, Place
from wombat.executor.outside import scheme_of
from wombat.plan.ir import UrlSource
from wombat.plan.observed import identifies
from wombat.printable import shown_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wombat.executor.outside.identity import Seen
    from wombat.plan.ir import Input, Plan, Refresh, Task

    Sources = Mapping[str, Mapping[str, Any]]
    """By address: {etag, version, modified, size, observed}, without what no server says."""

LOOKS: Final = frozenset(("schedule", "manual", "local"))
"""Events that look at what is there now: a schedule's and a person's."""
_STRENGTH: Final[tuple[Refresh, ...]] = ("never", "schedule", "always")
_WIDTH: Final = 8


def observe_sources(
    plan: Plan, *, event: str, earlier: Callable[[], Sources], now: str
) -> dict[str, dict[str, Any]]:
    """An observation of each source of a plan, by its address; one for the whole run.

    `earlier` are those of the run that stands. Looked at are sources that it doesn't know, and by
    their `refresh` those that are looked at anew. Absent `source-absent`, SourceUnreachable,
    SourceDenied, UsageFault; Invalid `source-without-identity`, where the task isn't volatile.
    """
    eager = refreshes(plan)
    if not eager:
        return {}
    known = earlier()
    kept = {url: dict(known[url]) for url in eager if url in known}
    kept = {url: seen for url, seen in kept.items() if not anew(eager[url], event)}
    artifacts = {source.url for _, _, source in sources_of_plan(plan) if source.projected}
    kept = {url: seen for url, seen in kept.items() if url not in artifacts or "artifact" in seen}
    found = kept | _looked_at([url for url in eager if url not in kept], artifacts, now)
    _require_identity(plan, found)
    return dict(sorted(found.items()))


def refreshes(plan: Plan) -> dict[str, Refresh]:
    """How each source is looked at anew: where two inputs differ, as the more eager one says."""
    found: dict[str, Refresh] = {}
    for _, _, source in sources_of_plan(plan):
        said = (found.get(source.url, "never"), source.refresh)
        found[source.url] = max(said, key=_STRENGTH.index)
    return found


def sources_of_plan(plan: Plan) -> Iterator[tuple[Task, Input, UrlSource]]:
    """Every input of outside data, with its task."""
    for task in plan.tasks:
        for one in task.inputs:
            if isinstance(one.source, UrlSource):
                yield task, one, one.source


def anew(refresh: Refresh, event: str) -> bool:
    """Whether a run that an event started looks, whatever was seen before."""
    return refresh == "always" or (refresh == "schedule" and event in LOOKS)


def _looked_at(urls: list[str], artifacts: set[str], now: str) -> dict[str, dict[str, Any]]:
    """Each as it is now; of published outputs also what their records say."""
    from wombat.store.parallel import each

    if not urls:
        return {}
    seen = each(lambda url: _look(url, artifact=url in artifacts), urls, width=_WIDTH)
    return {url: {**one.to_json(), "observed": now} for url, one in zip(urls, seen, strict=True)}


def _look(url: str, *, artifact: bool) -> Seen:
    if not artifact:
        return scheme_of(url).look(url)
    from wombat.executor.outside.lakefs import PROJECTED

    return PROJECTED.look(url)


def _require_identity(plan: Plan, found: Sources) -> None:
    nameless = [
        Diagnostic(
            "source-without-identity",
            f"{shown_url(source.url)} tells neither ETag, version nor the time of its change; "
            "expected one of them, for a result that is used again",
            Place(plan.source, one.at.line, one.at.column),
            hint=f"set 'volatile: true' at the task '{task.name}': then it runs in each run",
        )
        for task, one, source in sources_of_plan(plan)
        if not task.volatile and not identifies(found[source.url])
    ]
    if nameless:
        raise Invalid(nameless)
