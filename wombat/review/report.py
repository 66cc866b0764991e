"""What an attempt found, as files: JUnit for the CI system, JSON for everybody else."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from wombat.review.junit import junit
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wombat.executor.outcome import TaskReport

FOLDER: Final = ".wombat/reports"
VERSION: Final = 1


def reporter(root: Path) -> Callable[[TaskReport], None]:
    """Writes each attempt's reports below a project's `.wombat/reports`; the newest stays."""

    def report(attempt: TaskReport) -> None:
        write_reports(attempt, root / FOLDER)

    return report


def write_reports(attempt: TaskReport, folder: Path) -> tuple[Path, Path]:
    """The JUnit and the JSON file of an attempt, `PIPELINE.TASK[=LABEL].xml` and `.json`.

    Each replaces an older one at once, so that no reader meets half a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{attempt.pipeline}.{attempt.name}"
    text = json.dumps(report_json(attempt), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return (
        _replace(folder / f"{stem}.xml", junit(attempt)),
        _replace(folder / f"{stem}.json", text),
    )


def report_json(attempt: TaskReport) -> dict[str, Any]:
    """Everything that is known of an attempt, without a row: of values only the statistics, and
    of columns that aren't `pii` alone."""
    tree = asdict(attempt)
    tree["outputs"] = dict(attempt.outputs)
    return {"v": VERSION, "wombat": __version__, "warnings": attempt.warnings, **tree}


def _replace(file: Path, text: str) -> Path:
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
    return file
