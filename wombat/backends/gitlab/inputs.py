"""The template's inputs: what a file says of them, and what stands where each of them goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.emit import Plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wombat.plan.ir import Plan


def vendored(options: Mapping[str, Any], plans: Sequence[Plan]) -> dict[str, Any]:
    """Of a project's own file: each has what `wombat.yml` and the plans say as its default."""
    mode = "run" if any(plan.on.merge_request == "run" for plan in plans) else "plan"
    inputs: dict[str, Any] = {}
    if options.get("image"):
        inputs["image"] = _input("The image of these jobs: wombat-ci and git.", options["image"])
    inputs["stage"] = _input("The stage of every job here.", "test")
    if options.get("tags"):
        inputs["tags"] = _input("The runners of these jobs.", list(options["tags"]), type="array")
    return inputs | {"merge_request": _mode(mode)}


def hosted() -> dict[str, Any]:
    """Of the component, which knows no project.

    No tags among them: an empty list would beat the default's, and GitLab's schema refuses it.
    """
    return {
        "image": {"description": "The image of these jobs: wombat-ci and git."},
        "stage": _input("The stage of every job here.", "test"),
        "merge_request": _mode("plan"),
        "strategy": _input(
            "mirror shows a child's state as it is (GitLab 18.2 and later).",
            "depend",
            options=["depend", "mirror"],
        ),
        "report": _input(
            "A last job shows the child's tests; GitLab 18.5 and later shows them by itself.",
            default=True,
            type="boolean",
        ),
    }


def _input(description: str, default: Any, **words: Any) -> dict[str, Any]:
    return {"description": description, **words, "default": default}


def _mode(default: str) -> dict[str, Any]:
    said = "In merge requests: plan waits for a click, run doesn't."
    return _input(said, default, options=["plan", "run"])


def marks(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What stands where an input goes. GitLab puts lists in as JSON, so no quotes around those."""
    return {
        name: (Plain if said.get("type") == "array" else str)(f"$[[ inputs.{name} ]]")
        for name, said in inputs.items()
    }


def defaults(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What GitLab puts in where nobody says otherwise; its own name for one that has no default."""
    return {name: said.get("default", name) for name, said in inputs.items()}
