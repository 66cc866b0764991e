"""Projects of what pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docs.pages import blocks
from wombat.api.project import check

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGE, SCHEMAS, RUNNING = "docs/LANGUAGE.md", "docs/SCHEMAS.md", "docs/RUNNING.md"
README, GITLAB = "README.md", "docs/gitlab.md"
WEATHER = "pipelines/weather.yml"
LITTLE = "pipeline: little\ntasks: {hello: {shell: echo hello}}\n"


def lay_out(folder: Path, page: str) -> dict[str, str]:
    """Writes the files that a page shows; without a pipeline among them a little one."""
    files = {one.path: one.text for one in blocks(page) if one.path} if page else {}
    if not any(path.startswith("pipelines/") for path in files):
        files["pipelines/little.yml"] = LITTLE
    for path, text in files.items():
        write(folder / path, text)
    return files


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def codes(folder: Path) -> list[str]:
    """Of mistakes and warnings."""
    return [one.code for one in check(folder).diagnostics if one.severity != "note"]
