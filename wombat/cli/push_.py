"""`wombat push`: what was made here, into the store that others read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.api.pushing import Pushed
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat push    or    wombat push churn@main raw")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE[@REF]]...")
@click.option(
    "--zone",
    type=click.Choice(["u", "t"]),
    default="u",
    show_default=True,
    help="Where it goes: u, which nobody trusted relies on, or t.",
)
@common
def push(console: Console, pipelines: tuple[str, ...], zone: str) -> None:
    """Send the newest version of each PIPELINE upstream, with its run's records; by default of all
    that the current branch has.

    Only artifacts that upstream lacks are sent, each verified on its way. Whether a zone may be
    written is for the credentials to say.
    """
    from wombat.api.pushing import push as push_refs
    from wombat.api.session import open_session
    from wombat.cli.progress import transfer

    done, session = [], open_session(console.folder)
    with transfer(console, "push") as progress:
        for one in push_refs(session, pipelines, zone=zone, progress=progress):
            console.say(_said(one))
            done.append(one)
    console.result(
        f"{len(done)} pushed" if len(done) != 1 else f"run {done[0].run} stands upstream",
        [_tree(one) for one in done],
    )


def _said(one: Pushed) -> str:
    from wombat.cli.display import publication
    from wombat.review.diagnostics import visible

    size = f" ({one.bytes:,} bytes)" if one.new else ""
    there = len(one.sent) - one.new
    return visible(
        f"{publication(f'{one.zone}: {one.pipeline}@{one.branch}', one.published)}; "
        f"{one.new} artifact{'s' if one.new != 1 else ''} sent{size}, {there} there before"
    )


def _tree(one: Pushed) -> dict[str, object]:
    return {
        "pipeline": one.pipeline,
        "branch": one.branch,
        "run": one.run,
        "zone": one.zone,
        "outcome": one.published.outcome,
        "seq": one.published.seq,
        "by": one.published.by,
        "sent": one.new,
        "there": len(one.sent) - one.new,
        "bytes": one.bytes,
    }


COMMAND: Final = push
