"""`wombat promote`: an earlier run becomes the branch's newest again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(
    epilog="Example:  wombat log churn && wombat promote local-20261120T081500Z-1a2b3c4d"
)
@click.argument("run")
@click.argument("pipeline", required=False)
@common
def promote(console: Console, run: str, pipeline: str | None) -> None:
    """Make what RUN published the newest of its branch again: of PIPELINE, or of all it has.

    The way back after a bad run, and the way forward for one that was superseded. The next run
    that publishes goes on top of it, so what was wrong has to be mended in git too.
    """
    from wombat.api.promoting import promote as promote_run
    from wombat.cli.display import publication

    done = promote_run(console.folder, run, pipeline=pipeline)
    lines = [publication(f"{one.pipeline}@{one.branch}", one.published) for one in done]
    console.result("\n".join(lines), [asdict(one) for one in done])


COMMAND: Final = promote
