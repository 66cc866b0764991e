"""GitLab CI: one child pipeline for what a run selected, or a committed file for each pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Backend, Rendered, Selection, Unsupported
from wombat.backends._schemas import require_valid
from wombat.backends.gitlab.child import child, idle
from wombat.backends.gitlab.comments import header
from wombat.backends.gitlab.committed import (
    SPEC,
    TRIGGERS,
    clashes,
    committed,
    notes,
    require_folder,
    triggers,
)
from wombat.backends.gitlab.images import image_findings
from wombat.backends.gitlab.jobs import timeout_findings
from wombat.backends.gitlab.names import name_findings
from wombat.backends.gitlab.section import section_findings
from wombat.backends.gitlab.sizes import archive_findings, size_findings
from wombat.emit import emit_yaml, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan

CHILD: Final = "child.yml"
MANUAL: Final = "manual.yml"
_SCHEMA: Final = "gitlab-ci.json"


class Gitlab:
    """See the module; each file is checked against GitLab's own schema before it is written."""

    name = "gitlab"
    whole = True

    def supports(self, plans: Sequence[Plan], options: Mapping[str, Any]) -> Sequence[Unsupported]:
        return [
            *section_findings(options),
            *name_findings(plans, options),
            *timeout_findings(plans),
            *image_findings(plans, options),
        ]

    def render(
        self,
        plans: Sequence[Plan],
        selection: Selection | None,
        options: Mapping[str, Any],
        folder: str | None = None,
    ) -> Rendered:
        if selection is None:
            return _committed(plans, options, require_folder(folder))
        return _selected(plans, selection, options)


def _selected(plans: Sequence[Plan], selection: Selection, options: Mapping[str, Any]) -> Rendered:
    """What runs by itself; and what waits for a click, where merge requests have a job for it."""
    chosen = {CHILD: _named(plans, selection.pipelines)}
    if selection.clicked or any(plan.on.merge_request == "run" for plan in plans):
        chosen[MANUAL] = _named(plans, selection.clicked)
    made = Rendered({})
    for path, mine in chosen.items():
        document = child(mine, selection, options) if mine else idle(plans, selection, options)
        made = _with(made, path, document, mine, options)
    packed = tuple(archive_findings(made.files, plans))
    return replace(made, findings=(*made.findings, *packed))


def _committed(plans: Sequence[Plan], options: Mapping[str, Any], folder: str) -> Rendered:
    """A file each, and their triggers."""
    made = Rendered({}, findings=tuple(clashes(plans)))
    for plan in plans:
        path, document = committed(plan, options)
        made = _with(made, path, document, [plan], options)
    document = triggers(plans, options, folder)
    require_valid(plain(document), _SCHEMA, TRIGGERS)
    opening = emit_yaml(SPEC, header=[*header(()), *notes(folder)])
    made.files[TRIGGERS] = f"{opening}---\n\n{emit_yaml(document)}"
    made.documents[TRIGGERS] = plain(document)
    return made


def _with(
    made: Rendered,
    path: str,
    document: Mapping[str, Any],
    plans: Sequence[Plan],
    options: Mapping[str, Any],
) -> Rendered:
    """With one more child pipeline."""
    data = plain(document)
    require_valid(data, _SCHEMA, path)
    return Rendered(
        made.files | {path: emit_yaml(document, header=header(plans))},
        made.documents | {path: data},
        (*made.findings, *size_findings(path, data, plans, options)),
    )


def _named(plans: Sequence[Plan], names: Sequence[str]) -> list[Plan]:
    return [plan for plan in plans if plan.pipeline in names]


BACKEND: Final[Backend] = Gitlab()
