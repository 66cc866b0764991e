"""Images that may change under their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.backends import Unsupported
from wombat.backends.gitlab.jobs import image_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wombat.plan.ir import Plan


def image_findings(plans: Sequence[Plan], options: Mapping[str, Any]) -> Iterator[Unsupported]:
    """A warning for each image without a digest, where it is used first."""
    seen: set[str] = set()
    places: list[tuple[str, str | None, str | None]] = [(options.get("image", ""), None, None)]
    places += [
        (image_of(plan, task), plan.pipeline, task.name) for plan in plans for task in plan.tasks
    ]
    for image, pipeline, task in places:
        # Of a variable nobody can say here what it will hold.
        if image and image not in seen and "@sha256:" not in image and "$" not in image:
            yield _found(image, pipeline, task)
        seen.add(image)


def _found(image: str, pipeline: str | None, task: str | None) -> Unsupported:
    return Unsupported(
        pipeline,
        task,
        f"image '{image}' may be another one tomorrow; expected its digest",
        f"write it as {image.partition('@')[0]}@sha256:…",
        severity="warning",
        option=None if pipeline else "image",
        code="image-not-pinned",
    )
