"""The plan itself, as JSON: for people, and for tools that read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.backends import Backend, Rendered, Selection, Unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan


class PlanJson:
    """See the module; `plan_from_json` reads it back."""

    name = "plan"
    whole = False

    def supports(
        self,
        plans: Sequence[Plan],  # noqa: ARG002  # anything
        options: Mapping[str, Any],  # noqa: ARG002  # it has none
    ) -> Sequence[Unsupported]:
        return ()

    def render(
        self,
        plans: Sequence[Plan],
        selection: Selection | None,  # noqa: ARG002  # no part of a plan
        options: Mapping[str, Any],  # noqa: ARG002  # no part of a plan
        folder: str | None = None,  # noqa: ARG002  # no part of a plan
    ) -> Rendered:
        trees = {f"{plan.pipeline}.plan.json": plan.to_json() for plan in plans}
        texts = {
            path: json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
            for path, tree in trees.items()
        }
        return Rendered(texts, dict(trees))


BACKEND: Final[Backend] = PlanJson()
