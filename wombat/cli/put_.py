"""`wombat put`: a file or folder as an artifact."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.api.putting import Put
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat put data/orders.parquet raw/orders --type dataframe")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("address", metavar="PIPELINE/OUTPUT")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["file", "directory", "dataframe", "json", "text"]),
    help="Its artifact type; by default file or directory.",
)
@common
def put(console: Console, path: Path, address: str, kind: str | None) -> None:
    """Store a file or folder as the newest PIPELINE/OUTPUT of the current branch.

    Other pipelines take it with {artifact: PIPELINE/OUTPUT}. An output that is of another type by
    now is refused without --type.
    """
    from wombat.api.addresses import resolve
    from wombat.api.putting import put as put_artifact
    from wombat.api.session import open_session
    from wombat.cli.progress import transfer

    session = open_session(console.folder)
    place = Path(_plain(str(console.folder / path)))
    with transfer(console, f"put {address}") as progress:
        done = put_artifact(session, place, address, kind=kind, progress=progress)
    found = resolve(session, address)
    content = str(found.value["C"])
    branch = found.ref.branch if found.ref else ""
    console.result(
        f"{address}@{branch}: {content[:16]}, {_said(done)}",
        {
            "address": address,
            "branch": branch,
            "content": content,
            "written": done.written,
            "version": done.version or (found.ref.seq if found.ref else None),
            "new_bytes": done.more or 0,
        },
    )


def _plain(path: str) -> str:
    """Without `..`, for people, where that leads to the same place in spite of links."""
    plain = os.path.normpath(path)
    return plain if os.path.realpath(plain) == os.path.realpath(path) else path


def _said(done: Put) -> str:
    if done.version is None or done.more is None:
        return "unchanged"
    return f"version {done.version}, {done.more:,} byte{'s' if done.more != 1 else ''} new"


COMMAND: Final = put
