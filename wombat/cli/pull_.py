"""`wombat pull`: an artifact into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command(epilog="Example:  wombat pull churn/features@main -o data/features")
@click.argument("address")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write; by default one named like the output.",
)
@click.option(
    "-f",
    "--force",
    is_flag=True,
    help="Replace the folder even if it was changed since it was pulled.",
)
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="GLOB",
    help="Only this file, folder or pattern (* and **); may be given again.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Threads; by default one for each core.",
)
@common
def pull(
    console: Console,
    address: str,
    out: Path | None,
    *,
    force: bool,
    paths: tuple[str, ...],
    jobs: int | None,
) -> None:
    """Fetch the artifact at ADDRESS into a folder; every byte is verified on the way.

    ADDRESS is pipeline/[task.]output[part]@ref; without @ref it is the current branch, else the
    default one. A folder that holds the artifact already is left alone; one
    that an earlier pull filled is brought up to date. No other folder is ever replaced.

    lakefs://REPOSITORY/REF/PATH is a file of lakeFS, or all below a path, as they are committed.
    """
    if address.startswith("lakefs://"):
        _of_lakefs(console, address, out, force=force, paths=paths, jobs=jobs)
        return
    from wombat.api.pulling import pull as pull_artifact
    from wombat.api.session import open_session
    from wombat.cli.progress import transfer

    folder = console.folder / out if out is not None else None
    with transfer(console, f"pull {address}") as progress:
        done = pull_artifact(
            open_session(console.folder),
            address,
            folder,
            force=force,
            paths=paths,
            width=jobs,
            progress=progress,
        )
    ref = done.found.ref
    where = f"@{ref.branch}, run {ref.run}" if ref else ""
    project = done.found.address.project
    whose = f"{project}:" if project else ""
    said = "" if done.fetched else ", already there"
    console.result(
        f"{whose}{done.found.address.pipeline}/{done.found.name}{where}: {done.files:,} "
        f"file{'s' if done.files != 1 else ''}, {done.bytes:,} bytes in "
        f"{out or done.folder.name}{said}",
        {
            "address": address,
            "folder": str(done.folder),
            "files": done.files,
            "bytes": done.bytes,
            "fetched": done.fetched,
            "run": ref.run if ref else None,
        },
    )


def _of_lakefs(
    console: Console,
    address: str,
    out: Path | None,
    *,
    force: bool,
    paths: tuple[str, ...],
    jobs: int | None,
) -> None:
    from wombat.api.pulling_lakefs import pull_lakefs
    from wombat.cli.progress import transfer
    from wombat.language.root import find_root

    folder = console.folder / out if out is not None else None
    with transfer(console, f"pull {address.partition('?')[0]}") as progress:
        done = pull_lakefs(
            find_root(console.folder), address, folder,
            force=force, paths=paths, width=jobs, progress=progress,
        )  # fmt: skip
    said = "" if done.fetched else ", already there"
    if done.unverified:
        said += f"; {done.unverified:,} of them have no checksum to be held against"
    console.result(
        f"{address.partition('?')[0]}, commit {done.commit[:12]}: {done.files:,} "
        f"file{'s' if done.files != 1 else ''}, {done.bytes:,} bytes in "
        f"{out or done.folder.name}{said}",
        {
            "address": address,
            "folder": str(done.folder),
            "files": done.files,
            "bytes": done.bytes,
            "fetched": done.fetched,
            "commit": done.commit,
            "unverified": done.unverified,
        },
    )


COMMAND: Final = pull
