"""`wombat status`: what stands, what would run and why, what failed or waits."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wombat.api.status import PipelineStatus, Status
    from wombat.cli.console import Console
    from wombat.review.explained import Made

WIDTH: Final = 100
"""Columns in which a run's whole id has room."""
SHOWN: Final = 12
"""Tasks of a pipeline."""


@click.command(epilog="Example:  wombat status    or    wombat status churn --json")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option("-p", "--profile", metavar="PROFILE", help="The profile of the run to come.")
@common
def status(console: Console, pipelines: tuple[str, ...], profile: str | None) -> int:
    """Show of each PIPELINE (all of them, if none is named) the version that its branch holds,
    whether this checkout would make the same, and which tasks would run.

    Also runs that failed or go on, effects that aren't done, and what wombat.lock lacks. Runs
    nothing and writes nothing.
    """
    keep_all_memory()
    from wombat.api.status import status as ask

    found = ask(console.folder, only=pipelines, profile=profile)
    console.result("\n".join(_lines(found)), found.to_json())
    return 0


def _lines(found: Status) -> Iterator[str]:
    from wombat.review.pieces import short

    at = f" at {found.commit[:12]}" if found.commit else ""
    dirty = ", changed since" if found.dirty else ""
    yield short(f"{found.project} on {found.branch}{at}{dirty}; profile {found.profile}")
    if found.note:
        yield short(f"what stands isn't known: {found.note}")
    for one in found.pipelines:
        yield ""
        yield from _pipeline(one)
    if found.lock:
        yield ""
        yield from (short(f"wombat.lock: {said}") for said in found.lock[:SHOWN])
        yield "  hint: wombat lock"


def _pipeline(one: PipelineStatus) -> Iterator[str]:
    from wombat.review.outlook_words import FATES, parts_words
    from wombat.review.pieces import count, short

    yield short(f"{one.pipeline}: {_head(one)}")
    if one.note and one.state != "unknown":
        yield short(f"  a run can't begin now: {one.note}")
    if one.parts and one.state != "current":
        yield f"  {parts_words(one.parts)}"
    if one.publishes:
        names = ", ".join(one.publishes[:SHOWN])
        more = f" and {len(one.publishes) - SHOWN} more" if len(one.publishes) > SHOWN else ""
        yield short(f"  nothing runs; a new version would hold otherwise: {names}{more}")
    widest = max((len(task.task) for task in one.tasks[:SHOWN]), default=0)
    for task in one.tasks[:SHOWN]:
        yield short(f"  {FATES[task.state]:<13}  {task.task:<{widest}}  {task.why}")
    if len(one.tasks) > SHOWN:
        yield f"  … {count(len(one.tasks) - SHOWN, 'more task')}: wombat plan {one.pipeline}"
    for run in one.unpublished:
        kept = f"; {count(run.done, 'part')} done, which the next run reuses" if run.done else ""
        yield short(f"  {run.said}") + kept
    if one.effect:
        yield short(f"  effect {one.effect} isn't done: wombat run {one.pipeline} --effects")


def _head(one: PipelineStatus) -> str:
    if one.state == "unknown":
        said = f"it can't begin: {one.note}" if one.note else "not known"
        return f"{_version(one.since)} stands; {said}" if one.since else said
    if one.stands is not None:
        word = "up to date with" if one.state == "current" else "differs from"
        return f"{word} {_version(one.stands)}"
    if one.since is not None:
        return f"nothing stands on this branch; compared with {_version(one.since)}"
    return "nothing is published yet"


def _version(made: Made) -> str:
    from wombat.review.why_words import run_words

    commit = f", commit {made.commit[:12]}" if made.commit else ""
    narrow = shutil.get_terminal_size((WIDTH, 24)).columns < WIDTH
    run, time = run_words(made.run, narrow=narrow), (made.time or "")[:16].replace("T", " ")
    return f"version {made.seq} of {made.branch} (run {run}{commit}, {time} UTC, {made.profile})"


COMMAND: Final = status
