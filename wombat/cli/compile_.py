"""`wombat compile`: a CI system's own configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from wombat.cli.console import Console


@click.command("compile", epilog="Example:  wombat compile --to gitlab --out .wombat/gitlab")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--to",
    "backend",
    required=True,
    metavar="BACKEND",
    help="The target: gitlab, or plan for the plan itself as JSON.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder to write into.",
)
@click.option(
    "--select", is_flag=True, help="Freeze this run in the store: its header and what it reads."
)
@click.option(
    "--check", "check_only", is_flag=True, help="Write nothing; exit 1 where a file is stale."
)
@click.option(
    "-P",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the run, with --select.",
)
@click.option("-p", "--profile", metavar="PROFILE", help="The run's profile, with --select.")
@common
def compile_(
    console: Console,
    pipelines: tuple[str, ...],
    backend: str,
    out: Path,
    *,
    select: bool,
    check_only: bool,
    given: tuple[str, ...],
    profile: str | None,
) -> int:
    """Check PIPELINEs (all of them, if none is named) and write a CI system's configuration.

    Without --select the files depend on the checkout alone.
    """
    keep_all_memory()
    from wombat.api.project import compile_all, compile_files, stale_files, write_files
    from wombat.cli.words import parameters

    if check_only and select:
        raise click.UsageError("--check and --select exclude each other.")
    if not select and (given or profile):
        raise click.UsageError("-P and -p belong to a run: add --select.")
    checked = compile_all(console.folder, only=pipelines)
    selection = None
    if select:
        from wombat.api.runs import freeze

        selection = freeze(checked, given=parameters(given), profile=profile)
    folder = out if out.is_absolute() else console.folder / out
    compiled = compile_files(checked, backend, selection, folder)
    console.diagnostics(compiled.warnings)
    files = compiled.files
    if check_only:
        stale = stale_files(files, folder)
        for path in stale:
            console.say(f"stale: {out / path}")
        console.result(f"{len(stale)} of {len(files)} files stale", {"stale": stale})
        return 1 if stale else 0
    write_files(files, folder)
    console.result("\n".join(f"wrote {out / path}" for path in files), {"files": list(files)})
    return 0


COMMAND: Final = compile_
