"""A project as it is written: pipelines, schemas, and what the lock recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wombat.api.locked_schemas import WithLocked, read_recorded
from wombat.language.load import load_spec, yaml_files
from wombat.language.root import SCHEMAS
from wombat.language.source import Mapping as Node
from wombat.language.source import Scalar
from wombat.plan.checks import with_digests
from wombat.plan.closure.checkout import Checkout
from wombat.plan.profile_names import warn_of_profiles
from wombat.schema.load import load_schemas, read_policies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec
    from wombat.plan.recorded import Recorded
    from wombat.schema.load import Schemas

_POLICIES: Final = Scalar("policies")


@dataclass(frozen=True)
class Written:
    """Everything below a project's root that is no code. `schemas` are its own, and those that the
    lock recorded behind them; `own` is how many are its own."""

    spec: Spec
    schemas: Schemas
    stored: Mapping[str, Recorded]
    own: int


def read_project(root: Path, sink: Diagnostics) -> Written:
    """What is written below a root; every mistake goes to `sink`."""
    spec = _with_policies(load_spec(root, sink), sink)
    files = [(f, f.relative_to(root).as_posix()) for f in _schema_files(root)]
    loaded = load_schemas(files, sink)
    schemas = loaded.having(with_digests(loaded, Checkout(root), sink))
    warn_of_profiles(spec, schemas, sink)
    stored = read_recorded(root, sink)
    return Written(spec, WithLocked(schemas, stored), stored, len(schemas))


def _with_policies(spec: Spec, sink: Diagnostics) -> Spec:
    """With the policies of `wombat.yml` as layers; mistakes in them are reported."""
    document = spec.project_document
    written = document.root.get(_POLICIES) if document and isinstance(document.root, Node) else None
    if document is None or not isinstance(written, Node):
        return spec
    layers = read_policies(written, document.path, sink)
    return replace(spec, project=spec.project.model_copy(update={"policies": layers}))


def _schema_files(root: Path) -> list[Path]:
    folder = root / SCHEMAS
    generated = folder / "json"
    return [f for f in yaml_files(folder, recursive=True) if generated not in f.parents]
