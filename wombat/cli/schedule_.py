"""`wombat schedule`: when pipelines run by themselves, and GitLab's schedules for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.schedule_sync import Step, Sync
    from wombat.cli.console import Console

_TODO: Final = {"create": "to create", "update": "to change", "delete": "to delete"}
_DONE: Final = {"create": "created", "update": "changed", "delete": "deleted"}


@click.group()
def schedule() -> None:
    """Show when pipelines run by themselves, and bring GitLab's schedules in line with that."""


@schedule.command(
    epilog="Example:  wombat schedule show", short_help="Show when pipelines run, and what is due."
)
@common
def show(console: Console) -> None:
    """Show each schedule: its last and next tick, the run since, and whether it is due.

    Asks the store alone; needs no token. Times are UTC.
    """
    from datetime import UTC, datetime

    from wombat.api.project import compile_all
    from wombat.api.schedules import show_schedules
    from wombat.api.session import open_session
    from wombat.cli.tables import as_text

    plans = compile_all(console.folder).plans.values()
    table = show_schedules(open_session(console.folder), plans, datetime.now(UTC))
    console.result(as_text(table), table.tree)


@schedule.command(
    epilog="Example:  wombat schedule sync    and then    wombat schedule sync --apply",
    short_help="Make GitLab's schedules equal to the pipelines'.",
)
@click.option("--apply", "apply_it", is_flag=True, help="Make the changes; else only show them.")
@click.option("--tick", is_flag=True, help="One hourly schedule for all: it starts what is due.")
@click.option("--token", metavar="NAME", help="The variable that holds the token [GITLAB_TOKEN].")
@click.option("--server", metavar="URL", help="GitLab's address, if it isn't origin's.")
@click.option("--repository", metavar="PATH", help="As in group/project, if it isn't origin's.")
@common
def sync(
    console: Console,
    *,
    apply_it: bool,
    tick: bool,
    token: str | None,
    server: str | None,
    repository: str | None,
) -> None:
    """Bring GitLab's schedules in line with the pipelines'; shows the changes unless --apply.

    Ours are those called 'wombat: NAME', for one pipeline, and 'wombat tick'; others are left
    alone. The token needs the scope 'api' and the role Maintainer; it is sent to the server that
    the first line names.
    """
    from wombat.api.forge import connect
    from wombat.api.project import compile_all
    from wombat.api.schedule_sync import plan_sync, sync_tree
    from wombat.api.session import open_session

    gitlab = connect(console.folder, server=server, repository=repository, token=token)
    console.say(f"{gitlab.project} at {gitlab.http.host}")
    checked = compile_all(console.folder)
    branch = open_session(console.folder).surroundings.default_branch
    found = plan_sync(gitlab, checked, branch=branch, tick=tick)
    text = _applied(console, found) if apply_it else _planned(found)
    console.result(text, sync_tree(found, applied=apply_it))
    if found.hint:
        console.say(f"  {console.style('hint:', 'hint')} {found.hint}")


def _planned(found: Sync) -> str:
    lines = [str(step) for step in found.steps]
    changes = _count(found.steps, _TODO)
    end = f"{changes}; nothing was changed, --apply does it" if changes else "nothing to do"
    return "\n".join([*lines, end])


def _applied(console: Console, found: Sync) -> str:
    """Applies, telling each step as it is done."""
    from wombat.api.schedule_sync import apply

    done = apply(found.gitlab, found.steps, lambda step: console.say(str(step)))
    return _count(done, _DONE) if done else "nothing to do"


def _count(steps: list[Step], words: Mapping[str, str]) -> str:
    counts = {kind: sum(step.kind == kind for step in steps) for kind in words}
    return ", ".join(f"{count} {words[kind]}" for kind, count in counts.items() if count)


COMMAND: Final = schedule
