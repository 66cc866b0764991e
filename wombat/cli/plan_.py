"""`wombat plan`: what would run and why, on what, and how sure its edges are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wombat.cli.console import common, keep_all_memory
from wombat.cli.words import parameters

if TYPE_CHECKING:
    from wombat.api.plans import Shown
    from wombat.cli.console import Console

WIDTH: Final = 100
"""Where there is no terminal to ask."""


@click.command(epilog="Example:  wombat plan churn    or    wombat plan --format html --out p.html")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html", "json"]),
    default="text",
    help="Text for a terminal, Markdown for a comment, HTML as a page, JSON for tools.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there."
)
@click.option("--offline", is_flag=True, help="Ask no store: what the checkout alone says.")
@click.option(
    "--stored", is_flag=True, help="Judge edges to artifacts by what their refs hold in the store."
)
@click.option(
    "--against",
    "revision",
    is_flag=False,
    flag_value="",
    metavar="[REV]",
    help="Show what changed since REV, by its meaning; in a merge request without REV its target.",
)
@click.option("-P", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the run.")
@click.option("-p", "--profile", metavar="PROFILE", help="The run's profile.")
@common
def plan(
    console: Console,
    pipelines: tuple[str, ...],
    form: str,
    out: Path | None,
    *,
    offline: bool,
    stored: bool,
    revision: str | None,
    given: tuple[str, ...],
    profile: str | None,
) -> int:
    """Show PIPELINEs (all of them, if none is named): of each task whether it would run, why, how
    long that took, and its edges; of each pipeline what its branch becomes.

    Runs nothing and writes nothing. Where there is no store, or with --offline, it shows what the
    checkout says. With --against it shows what the checkout says otherwise than REV: tasks, code,
    parameters, schemas, edges, packages, schedules and the CI configuration. With --stored exit 10
    where what a ref holds doesn't suit an input.
    """
    keep_all_memory()
    if revision is not None:
        return _against(console, pipelines, form, out, revision)
    from wombat.api.plans import show_plans
    from wombat.review.diagnostics import visible

    shown = show_plans(
        console.folder,
        only=pipelines,
        stored=stored,
        offline=offline,
        given=parameters(given),
        profile=profile,
    )
    if shown.note and form != "json" and not console.json:
        console.say(visible(shown.note))
    _show(console, shown, form, out)
    refuted = [edge for one in shown.plans for edge in one.edges if edge.verdict == "refuted"]
    for edge in refuted:
        console.say_error(visible(f"{edge.output} → {edge.consumer}: {edge.reason}"))
    return 10 if refuted else 0


def _show(console: Console, shown: Shown, form: str, out: Path | None) -> None:
    from wombat.api.plans import plan_as_html, plan_as_json, plan_as_markdown, plan_as_text

    console.json = console.json or form == "json"
    if console.json and out is None:
        console.result("", plan_as_json(shown))
        return
    if form == "markdown":
        text = plan_as_markdown(shown)
    elif form == "html":
        text = plan_as_html(shown)
    elif console.json:
        import json

        text = json.dumps(plan_as_json(shown), indent=1)
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns
        text = plan_as_text(shown, width=width, every=console.verbose)
    _put(console, text, out)


def _put(console: Console, text: str, out: Path | None) -> None:
    if out is None:
        console.result(text.rstrip("\n"))
        return
    from wombat.api.files import write_whole

    write_whole(console.folder / out, text)
    console.say(f"wrote {out}")


def _against(
    console: Console, pipelines: tuple[str, ...], form: str, out: Path | None, revision: str
) -> int:
    """What changed since a revision; a page of HTML is the plan's alone."""
    from wombat.api.changing import changes_since
    from wombat.review.changes_text import changes_markdown, changes_text

    if form == "html":
        raise click.UsageError("--against is shown as text, markdown or json.")
    told = changes_since(console.folder, revision, only=pipelines)
    if console.json or form == "json":
        import json

        if out is None:
            console.json = True
            console.result("", told.to_json())
            return 0
        text = json.dumps(told.to_json(), indent=1)
    else:
        text = changes_markdown(told) if form == "markdown" else changes_text(told)
    _put(console, text, out)
    return 0


COMMAND: Final = plan
