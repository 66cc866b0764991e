"""What a merge request shows of a compilation: its plan, its mistakes, and links."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wombat.api.files import write_whole
from wombat.ci import observe
from wombat.errors import Invalid, WombatError
from wombat.review.annotations import as_annotations, links_of_plan
from wombat.review.codequality import as_codequality
from wombat.review.diagnostics import as_text, summary, visible
from wombat.review.graph import as_mermaid
from wombat.review.outline import Fate, fates_of, outline
from wombat.review.places import folder_in_repository, repository_prefix
from wombat.review.plan_html import plan_html
from wombat.review.plan_markdown import plan_markdown
from wombat.review.plan_numbers import plan_junit, plan_metrics
from wombat.review.plan_text import plan_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wombat.api.outlooks import Outlooks
    from wombat.api.project import Checked
    from wombat.backends import Selection
    from wombat.errors import Diagnostic
    from wombat.review.outline import Outline, State

PLAN_SIZE: Final = 500_000
"""Bytes of a plan's text. GitLab reads a child pipeline out of an archive of at most 5 MB."""
SHOWN: Final = 200
"""Mistakes in a plan's place."""
_STOPPED: Final = "nothing runs: the compilation stopped"
RUN: Final = "run"
"""The file that names the run for later jobs of the same pipeline."""
OF_A_RUN: Final = (RUN, "metrics.txt", "plan.html", "plan.xml")
"""Files that only a run which begins has."""


def write_review(
    folder: Path,
    checked: Checked,
    more: Iterable[Diagnostic] = (),
    selection: Selection | None = None,
    reasons: Mapping[str, Sequence[str]] | None = None,
    *,
    fault: WombatError | None = None,
    outlooks: Outlooks | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[str]:
    """Writes what a merge request shows into `folder`, and returns the files' names.

    `plan.txt` and `plan.md`: what will run and why, or what is wrong; after a `fault`, why nothing
    runs, and then what would. `codequality.json`: every mistake, with `more` of a backend.
    `annotations.json`: links. With a selection alone: `plan.html`, the plan as a page, where it
    isn't too large; `plan.xml` (JUnit) and `metrics.txt`, its numbers, as `outlooks` has them;
    `run`: the run's id. All together less than 3 MB, whatever the project's size. Raises DiskFault.
    """
    found = sorted(
        {*checked.diagnostics, *more}, key=lambda one: (one.place, one.code, one.message)
    )
    failed = any(one.severity == "error" for one in found)
    files = {
        "codequality.json": codequality(checked, found),
        "annotations.json": _links(folder, checked, selection, environ),
        **_stopped(
            _mistakes(checked, found)
            if failed
            else _plans(checked, selection, reasons, environ, outlooks or {}),
            fault,
        ),
        **({RUN: f"{selection.run}\n"} if selection else {}),
    }
    for name in OF_A_RUN:
        if name not in files:
            (folder / name).unlink(missing_ok=True)  # of an earlier compilation
    for name, text in files.items():
        write_whole(folder / name, text)
    return sorted(files)


@contextmanager
def reviewed(folder: Path, checked: Checked) -> Iterator[None]:
    """What is raised inside is shown in the merge request too: each mistake, and for other errors
    the error before the plan."""
    try:
        yield
    except Invalid as fault:
        write_review(folder, checked, fault.diagnostics)
        raise
    except WombatError as fault:
        write_review(folder, checked, fault=fault)
        raise


def codequality(checked: Checked, found: Iterable[Diagnostic]) -> str:
    """Diagnostics as GitLab's Code Quality report, with paths as git has them."""
    entries = as_codequality(found, repository_prefix(checked.root))
    return json.dumps(entries, indent=1, ensure_ascii=True) + "\n"


def fates(
    selection: Selection,
    reasons: Mapping[str, Sequence[str]] | None,
    waiting: Collection[str] = (),
) -> dict[str, Fate]:
    """What a selection does with each pipeline that it knows, and why; `waiting` ones run by a
    click alone."""
    told = reasons or {}
    states: dict[str, State] = dict.fromkeys(told, "off")
    states |= dict.fromkeys(selection.unchanged, "unchanged")
    states |= {name: "click" if name in waiting else "runs" for name in selection.pipelines}
    states |= dict.fromkeys(selection.clicked, "click")
    return {name: Fate(state, tuple(told.get(name, ()))) for name, state in states.items()}


def _plans(
    checked: Checked,
    selection: Selection | None,
    reasons: Mapping[str, Sequence[str]] | None,
    environ: Mapping[str, str] | None,
    known: Outlooks,
) -> dict[str, str]:
    waiting = _waiting(checked, environ) if selection else ()
    told = fates(selection, reasons, waiting) if selection else None
    forecasts = {name: forecast for name, (forecast, _) in known.items()}
    tasks = {name: each for name, (_, each) in known.items()}
    shown = outline(checked.plans.values(), told, forecasts, tasks)
    drawn = [checked.plans[name] for name in _chosen(checked, selection)]
    graph = as_mermaid(drawn, fates_of(shown)) if drawn else None
    run = f"run {selection.run}\n\n" if selection else ""
    texts = {
        "plan.txt": bounded(run + plan_text(shown)),
        "plan.md": bounded(plan_markdown(shown, graph=graph)),
    }
    return texts | (_of_run(shown) if selection else {})


def _of_run(shown: Outline) -> dict[str, str]:
    """The page, which can't be cut, and the numbers."""
    page = plan_html(shown)
    fits = len(page.encode("utf-8", "replace")) <= PLAN_SIZE
    files = {"plan.xml": plan_junit(shown), "metrics.txt": plan_metrics(shown)}
    return files | ({"plan.html": page} if fits else {})


def _stopped(texts: dict[str, str], fault: WombatError | None) -> dict[str, str]:
    """With what stopped the compilation before anything else: no plan looks as if it ran."""
    if fault is None:
        return texts
    lines = f"error[{fault.code}]: {fault.message}".splitlines()
    lines += [f"hint: {fault.hint}"] if fault.hint else []
    texts = {name: text for name, text in texts.items() if name not in OF_A_RUN}
    said = [visible(line) for line in lines]
    heads = {
        "plan.txt": [_STOPPED, "", *said, "", "what the checkout says:", ""],
        "plan.md": [f"# {_STOPPED.capitalize()}", "", *(f"    {line}" for line in said), ""],
    }
    return {name: bounded("\n".join([*heads[name], text])) for name, text in texts.items()}


def _waiting(checked: Checked, environ: Mapping[str, str] | None) -> tuple[str, ...]:
    """The pipelines that a merge request compiles and shows, and a click runs."""
    if observe(checked.root, environ).event != "merge_request":
        return ()
    return tuple(n for n, plan in checked.plans.items() if plan.on.merge_request == "plan")


def _chosen(checked: Checked, selection: Selection | None) -> list[str]:
    """The pipelines that would run, by a click or without; all of them where nothing is chosen."""
    if selection is None:
        return list(checked.plans)
    names = (*selection.pipelines, *selection.clicked)
    return [name for name in names if name in checked.plans]


def _mistakes(checked: Checked, found: Sequence[Diagnostic]) -> dict[str, str]:
    """In the plan's place: why there is none."""
    shown = as_text(found[:SHOWN], checked.root)
    text = bounded(f"no plan: {summary(found)}; wombat check shows all\n\n{shown}\n")
    lines = "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())
    return {"plan.txt": text, "plan.md": bounded(f"# Wombat plan\n\n{lines}")}


def _links(
    folder: Path,
    checked: Checked,
    selection: Selection | None,
    environ: Mapping[str, str] | None,
) -> str:
    given = os.environ if environ is None else environ
    sources = {name: checked.plans[name].source for name in _chosen(checked, selection)}
    prefix = repository_prefix(checked.root)
    shown = folder_in_repository(checked.root, folder)
    return as_annotations(links_of_plan(given, sources, prefix, shown))


def bounded(text: str, limit: int = PLAN_SIZE) -> str:
    """Text of at most so many bytes, cut between lines, and how many lines are left out."""
    if len(text.encode("utf-8", "replace")) <= limit:
        return text
    lines, size, kept = text.splitlines(), 0, 0
    for line in lines:
        size += len(line.encode("utf-8", "replace")) + 1
        if size > limit - 100:
            break
        kept += 1
    rest = len(lines) - kept
    return "\n".join(lines[:kept]) + f"\n\n… {rest:,} more lines: wombat plan shows all\n"
