"""`wombat compile`: a CI system's own configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from wombat.cli.console import common, keep_all_memory

if TYPE_CHECKING:
    from wombat.api.project import Checked
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
    metavar="DIR",
    help="The folder to write into; not needed to --check GitLab's template alone.",
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
@click.option(
    "--against",
    "revision",
    is_flag=False,
    flag_value="",
    metavar="[REV]",
    help="Refuse schemas that changed since REV and break who takes them; without REV, in merge "
    "requests, since their target.",
)
@click.option("--due", is_flag=True, help="With --select: only what its schedule asks for by now.")
@common
def compile_(
    console: Console,
    pipelines: tuple[str, ...],
    backend: str,
    out: Path | None,
    *,
    select: bool,
    check_only: bool,
    given: tuple[str, ...],
    profile: str | None,
    revision: str | None,
    due: bool,
) -> int:
    """Check PIPELINEs (all of them, if none is named) and write a CI system's configuration.

    Without --select the files depend on the checkout alone. With it, a run begins of each pipeline
    that would differ from what the branch's ref holds; of those that are named, in any case.
    """
    keep_all_memory()
    from wombat.api.project import check, compile_files, leftover_files, write_files

    if check_only and select:
        raise click.UsageError("--check and --select exclude each other.")
    if not select and (given or profile or due):
        raise click.UsageError("-P, -p and --due belong to a run: add --select.")
    if out is None and not (check_only and backend == "gitlab"):
        raise click.UsageError("Missing option '--out'.")
    checked = check(console.folder, only=pipelines)
    if out is None or check_only:
        return _compared(console, checked, backend, out)
    if select:
        wishes = _Wishes(pipelines, given, profile, due, revision)
        return _selected(console, checked, backend, out, wishes)
    checked = _held_against(console, checked, revision)
    checked.raise_if_failed()
    compiled = compile_files(checked, backend, None, console.folder / out)
    console.diagnostics(compiled.warnings)
    write_files(compiled.files, console.folder / out)
    lines = [f"wrote {out / path}" for path in compiled.files]
    for path in leftover_files(compiled.files, console.folder / out):
        (console.folder / out / path).unlink()
        lines.append(f"removed {out / path}")
    console.result("\n".join(lines), {"files": list(compiled.files)})
    return 0


def _compared(console: Console, checked: Checked, backend: str, out: Path | None) -> int:
    """Says which files are stale below `out`, and whether GitLab's vendored template is; then 1."""
    from wombat.api.project import compile_files, leftover_files, stale_files
    from wombat.api.vendored import UPGRADE, stale_template, templates

    checked.raise_if_failed()
    total, stale = 0, []
    if out is not None:
        compiled = compile_files(checked, backend, None, console.folder / out)
        console.diagnostics(compiled.warnings)
        total, stale = len(compiled.files), stale_files(compiled.files, console.folder / out)
        stale += leftover_files(compiled.files, console.folder / out)
        for path in stale:
            console.say(f"stale: {out / path}")
    if backend == "gitlab":
        total += templates(checked)
        if template := stale_template(checked):
            stale.append(template)
            console.say(f"stale: {template}\n  hint: {UPGRADE}")
    console.result(f"{len(stale)} of {total} files stale", {"stale": stale})
    return 1 if stale else 0


class _Wishes(NamedTuple):
    """What the command line says of a run that begins."""

    named: tuple[str, ...]
    given: tuple[str, ...]
    profile: str | None
    due: bool
    revision: str | None


def _held_against(console: Console, checked: Checked, revision: str | None) -> Checked:
    """With what a change of schemas does to those who take them, told; Invalid where it breaks
    one of them. Without a revision, outside of merge requests, there is nothing to compare."""
    from wombat.api.evolution import against, held_anywhere

    if revision is None or not held_anywhere(revision):
        return checked
    change = against(checked.root, revision)
    found = checked.with_change(change)
    found.raise_if_failed()
    console.diagnostics(change.diagnostics)
    return found


def _selected(console: Console, checked: Checked, backend: str, out: Path, wishes: _Wishes) -> int:
    """Begins a run, and writes its jobs and what the merge request shows of it."""
    from wombat.api.images import image_warnings
    from wombat.api.noting import note
    from wombat.api.outlooks import outlooks
    from wombat.api.project import compile_files, require_supported, write_files
    from wombat.api.reviewing import reviewed, write_review
    from wombat.api.selecting import choose
    from wombat.api.vendored import template_warnings
    from wombat.cli.words import parameters

    folder = console.folder / out
    with reviewed(folder, checked):
        checked.raise_if_failed()
        checked = _held_against(console, checked, wishes.revision)
        require_supported(checked, backend)  # before a run begins that nobody could do
        chosen = choose(
            checked,
            given=parameters(wishes.given),
            profile=wishes.profile,
            named=wishes.named,
            due=wishes.due,
        )
        compiled = compile_files(checked, backend, chosen.selection, folder)
        foreseen = outlooks(chosen, checked.plans)
        chosen.begin()  # the run exists once its child can be written
    warnings = [*compiled.warnings, *chosen.refused]
    if backend == "gitlab":
        warnings += template_warnings(checked)
        warnings += image_warnings(checked, chosen.selection, os.environ)
    console.diagnostics(warnings)
    if chosen.new_store:
        console.warning(
            f"there was no store at {chosen.new_store}, so a new one was made; "
            "is that disk mounted here?"
        )
    write_files(compiled.files, folder)
    selection = chosen.selection
    write_review(folder, checked, warnings, selection, chosen.reasons, outlooks=foreseen)
    plan = (folder / "plan.md").read_text("utf-8")
    if said := note(checked.root, "plan", plan, begin=bool(chosen.headers)):
        console.warning(said)
    lines = [f"wrote {out / path}" for path in compiled.files]
    lines += [f"{name}: {', '.join(said)}" for name, said in sorted(chosen.reasons.items())]
    tree = {
        "files": list(compiled.files),
        "selection": selection.to_json(),
        "reasons": {name: list(said) for name, said in chosen.reasons.items()},
    }
    console.result("\n".join(lines), tree)
    return 0


COMMAND: Final = compile_
