"""JSON Schemas for editors, generated from the models that decode the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.language.address import IDENTIFIER, NAME
from wombat.language.pipeline import PipelineDecl
from wombat.language.project import ProjectDecl

if TYPE_CHECKING:
    from pydantic import BaseModel

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_NAMED: Final = {
    "tasks": NAME,
    "images": NAME,
    "compute": NAME,
    "policies": NAME,
    "inputs": IDENTIFIER,
    "outputs": IDENTIFIER,
    "with": IDENTIFIER,
    "foreach": IDENTIFIER,
    "params": IDENTIFIER,
}


def pipeline_json_schema() -> dict[str, Any]:
    """The schema of `pipelines/*.yml`."""
    return editor_schema(PipelineDecl, "A Wombat pipeline")


def project_json_schema() -> dict[str, Any]:
    """The schema of `wombat.yml`."""
    return editor_schema(ProjectDecl, "A Wombat project")


def editor_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The draft-07 schema of a model: closed, short forms included, names by pattern."""
    tree = _tidy(model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}"))
    tree["definitions"] = tree.pop("$defs", {})
    return {"$schema": DRAFT, **tree, "title": title}


def _tidy(node: Any, key: str = "") -> Any:
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tree = {
        name: _tidy(item, name)
        for name, item in node.items()
        if name != "title" or key in ("properties", "$defs")
    }
    if key in _NAMED and "additionalProperties" in tree and "properties" not in tree:
        tree["propertyNames"] = {"pattern": f"^{_NAMED[key]}$"}
    if tree.get("default", 0) is None:
        tree.pop("default")
        tree = _without_null(tree)
    return tree


def _without_null(tree: dict[str, Any]) -> dict[str, Any]:
    """An absent key is not a null one: editors shall not offer null."""
    kept = [one for one in tree.get("anyOf", ()) if one != {"type": "null"}]
    if not kept:
        return tree
    rest = {name: item for name, item in tree.items() if name != "anyOf"}
    return {**rest, **kept[0]} if len(kept) == 1 else {**rest, "anyOf": kept}


def as_text(schema: dict[str, Any]) -> str:
    """How a generated schema stands in a file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def pipeline_text() -> str:
    return as_text(pipeline_json_schema())


def project_text() -> str:
    return as_text(project_json_schema())
