"""What attempts found, as files: JUnit, links and metrics for the CI system, JSON for everybody."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from wombat.review.annotations import as_annotations, links_of_task
from wombat.review.junit import junit
from wombat.review.metrics import as_metrics, samples
from wombat.review.places import repository_prefix
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wombat.executor.outcome import TaskReport

FOLDER: Final = ".wombat/reports"
METRICS: Final = "metrics.txt"
ANNOTATIONS: Final = "annotations.json"
VERSION: Final = 1


def reporter(
    root: Path, header: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Callable[[TaskReport], None]:
    """Writes each attempt's reports below a project's `.wombat/reports`; the newest stays.

    In GitLab's CI what all attempts of this process have in common is written anew with each:
    `metrics.txt`, and with the run's `header` `annotations.json`. May be called by several threads.
    """
    given = os.environ if environ is None else environ
    plan, prefix = (header or {}).get("plan"), repository_prefix(root)
    told: dict[tuple[str, str], TaskReport] = {}
    lock = threading.Lock()

    def report(attempt: TaskReport) -> None:
        folder = root / FOLDER
        write_reports(attempt, folder, plan, prefix=prefix)
        if given.get("GITLAB_CI"):
            with lock:
                told[attempt.pipeline, attempt.name] = attempt
                _replace(folder / METRICS, as_metrics(told.values()))
                _annotate(folder, root, header, given, [one.task for one in told.values()])

    return report


def _annotate(
    folder: Path,
    root: Path,
    header: Mapping[str, Any] | None,
    environ: Mapping[str, str],
    tasks: list[str],
) -> None:
    """Links to what runs here, in a file whatever there is: the job's artifacts name it."""
    prefix = repository_prefix(root)
    known = header or {"plan": {"tasks": ()}}
    links = [link for task in tasks for link in links_of_task(environ, known, task, prefix)]
    _replace(folder / ANNOTATIONS, as_annotations(links))


def write_reports(
    attempt: TaskReport,
    folder: Path,
    plan: Mapping[str, Any] | None = None,
    *,
    prefix: str = "",
) -> tuple[Path, Path]:
    """The JUnit and the JSON file of an attempt, `PIPELINE.TASK[=LABEL].xml` and `.json`.

    `plan` is the run's, as JSON; `prefix` where the project lies in its repository.
    Each replaces an older one at once, so that no reader meets half a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{attempt.pipeline}.{attempt.name}"
    text = json.dumps(report_json(attempt), ensure_ascii=False, sort_keys=True) + "\n"
    return (
        _replace(folder / f"{stem}.xml", junit(attempt, plan, prefix=prefix)),
        _replace(folder / f"{stem}.json", text),
    )


def report_json(attempt: TaskReport) -> dict[str, Any]:
    """Everything that is known of an attempt, without a row: of values only the statistics, and
    of columns that aren't `pii` alone. `metrics` are the same numbers as in `metrics.txt`."""
    tree = {one.name: getattr(attempt, one.name) for one in fields(attempt)}
    tree["fault"] = None if attempt.fault is None else asdict(attempt.fault)
    tree["outputs"] = dict(attempt.outputs)
    tree["metrics"] = [
        {"name": name, **labels, "value": value} for name, labels, value in samples(attempt)
    ]
    return {"v": VERSION, "wombat": __version__, "warnings": attempt.warnings, **tree}


def _replace(file: Path, text: str) -> Path:
    new = f"{file.parent}/.{file.name}.{os.getpid()}"
    with open(new, "wb") as stream:  # noqa: PTH123  # two for each task
        stream.write(text.encode("utf-8"))
    os.replace(new, file)  # noqa: PTH105
    return file
