"""Small projects on disk: a pipeline a file, schemas, and what `check` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wombat.api.project import check

if TYPE_CHECKING:
    from pathlib import Path

    from wombat.api.project import Checked
    from wombat.plan.ir import Edge

PIPELINE = """\
pipeline: churn
tasks:
  load:
    shell: x
    outputs: {customers: customers}
  features:
    shell: x
    inputs: {customers: {from: load, schema: customers_in}}
"""


def write(root: Path, **files: str) -> Path:
    """Files by path, whose `/` is written `__` and whose ending is `.yml`."""
    for name, text in files.items():
        file = root / f"{name.replace('__', '/')}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def checked(root: Path, schemas: str, pipeline: str = PIPELINE, project: str = "") -> Checked:
    write(root, pipelines__churn=pipeline, schemas__all=schemas, wombat=f"project: shop\n{project}")
    return check(root)


def edge_of(found: Checked, pipeline: str = "churn", number: int = 0) -> Edge:
    return found.plans[pipeline].edges[number]


def codes(found: Checked) -> list[tuple[str, str]]:
    return [(one.code, one.severity) for one in found.diagnostics]
