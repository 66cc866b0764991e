"""Links beside a job on GitLab: `artifacts:reports:annotations`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.review.diagnostics import visible
from wombat.review.places import in_repository, source_url, web_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Link = tuple[str, str]
    """A label, and an address."""

SECTION: Final = "Wombat"
KEPT: Final = 100
SIZE: Final = 80_000
"""GitLab takes 20 sections of at most 1,000 links, and refuses a file above 80 KB as a whole."""


def as_annotations(links: Iterable[Link]) -> str:
    """One section of links, each once, as JSON; what is too much is left out from the end."""
    kept: list[dict[str, Any]] = []
    size = 0
    for label, url in dict.fromkeys(links):
        entry = {"external_link": {"label": visible(label)[:200], "url": url}}
        size += len(json.dumps(entry, indent=1)) + 100
        if size > SIZE or len(kept) == KEPT:
            break
        kept.append(entry)
    return json.dumps({SECTION: kept}, indent=1) + "\n"


def links_of_plan(
    environ: Mapping[str, str], sources: Mapping[str, str], prefix: str, folder: str | None
) -> Iterator[Link]:
    """For a job that compiles: its plan among the job's files, and each pipeline's file.

    `sources` are paths below the project's root by pipeline; `folder` is where the plan stands,
    below the repository's root. Nothing outside GitLab CI.
    """
    job = web_address(environ.get("CI_JOB_URL"))
    if job is not None and folder is not None:
        yield "the plan", f"{job}/artifacts/file/{_encoded(folder)}/plan.txt"
    for pipeline, path in sources.items():
        url = source_url(environ, in_repository(prefix, path))
        if url is not None:
            yield f"pipeline {pipeline}: {path}", url


def links_of_task(
    environ: Mapping[str, str], header: Mapping[str, Any], task: str, prefix: str
) -> Iterator[Link]:
    """For a job that runs a task: its place in the pipeline's file, and its function's file."""
    plan = header["plan"]
    meant = next((one for one in plan["tasks"] if one["name"] == task), None)
    if meant is None:
        return
    line = meant.get("at", {}).get("line", 1)
    places = [(f"task {plan['pipeline']}/{task}", plan["source"], line)]
    places += [(f"code {file}", file, 1) for file in _function_file(meant)]
    for label, path, number in places:
        url = source_url(environ, in_repository(prefix, path), number)
        if url is not None:
            yield label, url


def _function_file(task: Mapping[str, Any]) -> list[str]:
    """The file among a task's code that its function's module is; none for commands."""
    steps = str(task.get("run") or "").partition(":")[0].replace(".", "/")
    names = (f"{steps}.py", f"{steps}/__init__.py")
    wanted = {f"{top}{name}" for name in names for top in ("", "src/")} if steps else set()
    return [file for file in task["code"].get("files", ()) if file in wanted][:1]


def _encoded(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/")
