"""Files of a project that wombat wrote, and writes again when it or the project has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wombat.api.ci_file import GITLAB, read_ci_file
from wombat.api.files import write_whole
from wombat.api.project import compile_all, options_of
from wombat.backends.gitlab.template import PATH as TEMPLATE
from wombat.backends.gitlab.template import same, template
from wombat.errors import Diagnostic, Place
from wombat.language.editor import pipeline_text, project_text
from wombat.schema.editor import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.api.project import Checked

EDITOR: Final = {
    "schemas/json/pipeline.schema.json": pipeline_text,
    "schemas/json/project.schema.json": project_text,
    "schemas/json/schema.schema.json": schema_text,
}
UPGRADE: Final = "wombat init --upgrade"


@dataclass
class Upgraded:
    """Paths below the project's root: what was written again, and what said the same already."""

    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def template_text(checked: Checked) -> str:
    """GitLab's template as the project asks for it; InvalidOutput where GitLab would refuse it."""
    return template(options_of(checked, "gitlab"), list(checked.plans.values()))


def templates(checked: Checked) -> int:
    """How many templates can be judged: one, or none where none is there or included.

    None too where only some pipelines were read, since the template depends on all of them.
    """
    whole = set(checked.plans) == set(checked.spec.pipelines)
    return int(whole and (_there(checked) or _awaited(checked)))


def _there(checked: Checked) -> bool:
    return (checked.root / TEMPLATE).is_file()


def _awaited(checked: Checked) -> bool:
    """Whether GitLab would look for the template."""
    return (checked.root / GITLAB).is_file() and read_ci_file(checked.root).names_template


def stale_template(checked: Checked) -> str | None:
    """The path of a vendored template that isn't what the project asks for, or that is included and
    isn't there; else None."""
    if not templates(checked):
        return None
    if _there(checked) and same(_read(checked.root / TEMPLATE), template_text(checked)):
        return None
    return TEMPLATE


def template_warnings(checked: Checked) -> list[Diagnostic]:
    """What there is to say of a stale template, to whoever compiles."""
    stale = stale_template(checked)
    if stale is None:
        return []
    said = (
        "the template isn't what the project asks for"
        if _there(checked)
        else f"the template isn't there; expected it, since {GITLAB} includes it"
    )
    return [Diagnostic("template-stale", said, Place(stale), UPGRADE, "warning")]


def upgrade(start: Path) -> Upgraded:
    """Writes the vendored files again that are there and differ, and a template that is included
    and isn't there; no other file is touched.

    Raises Invalid where the project has mistakes.
    """
    checked = compile_all(start)
    done = Upgraded()
    stale = stale_template(checked)
    texts = {path: text() for path, text in EDITOR.items()} | {TEMPLATE: template_text(checked)}
    for path, text in texts.items():
        file = checked.root / path
        if not file.is_file() and path != stale:
            continue
        if path == stale or (path != TEMPLATE and _read(file) != text):
            write_whole(file, text)
            done.changed.append(path)
        else:
            done.kept.append(path)
    return done


def _read(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")
