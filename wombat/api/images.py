"""Whether the jobs of a child have an image, where the job that compiles them has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.errors import Diagnostic, Place
from wombat.language.root import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.project import Checked
    from wombat.backends import Selection


def image_warnings(
    checked: Checked, selection: Selection, environ: Mapping[str, str]
) -> list[Diagnostic]:
    """A warning where jobs would run in whatever the runner has: a child inherits no image."""
    own = environ.get("CI_JOB_IMAGE")
    if not own or checked.spec.project.gitlab.image:
        return []
    names = [*selection.pipelines, *selection.clicked]
    bare = [n for n in names if any(task.image is None for task in checked.plans[n].tasks)]
    if not bare:
        return []
    said = (
        f"jobs of {bare[0]} name no image, and a child pipeline doesn't inherit this job's; "
        "expected one in wombat.yml"
    )
    return [
        Diagnostic(
            "image-missing", said, Place(PROJECT_FILE), f"gitlab: {{image: {own}}}", "warning"
        )
    ]
