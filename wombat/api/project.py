"""A project, read and compiled: check, and the files of a backend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wombat.errors import Diagnostics, Invalid, UsageFault
from wombat.language.decode import listed, near
from wombat.language.load import SCHEMAS, find_root, load_spec, yaml_files
from wombat.plan.compile import compile_plans, no_pipelines
from wombat.schema.load import load_schemas

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wombat.errors import Diagnostic
    from wombat.language.load import Spec
    from wombat.plan.ir import Plan


@dataclass(frozen=True)
class Checked:
    """A project as it was read: its plans by name, and every diagnostic by place."""

    root: Path
    spec: Spec
    plans: dict[str, Plan]
    diagnostics: list[Diagnostic]
    schemas: int

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.diagnostics)

    @property
    def edges(self) -> Counter[str]:
        """How many edges have each verdict."""
        return Counter(edge.verdict for plan in self.plans.values() for edge in plan.edges)


def check(start: Path, *, only: Collection[str] = ()) -> Checked:
    """Reads and compiles the project around `start`; runs none of its code.

    `only` names pipelines; a name that isn't there raises UsageFault.
    """
    root, sink = find_root(start), Diagnostics()
    spec = load_spec(root, sink)
    files = [(f, f.relative_to(root).as_posix()) for f in _schema_files(root)]
    schemas = load_schemas(files, sink)
    no_pipelines(spec, sink)
    for name in only:
        if name not in spec.pipelines and not sink.failed:
            raise UsageFault(
                f"no pipeline '{name}'; expected {listed(sorted(spec.pipelines))}",
                code="unknown-pipeline",
                hint=near(name, spec.pipelines),
            )
    plans = compile_plans(spec, schemas, sink, only=set(only) or None)
    return Checked(root, spec, plans, sink.sorted(), len(schemas))


def _schema_files(root: Path) -> list[Path]:
    folder = root / SCHEMAS
    generated = folder / "json"
    return [f for f in yaml_files(folder, recursive=True) if generated not in f.parents]


def compile_all(start: Path, *, only: Collection[str] = ()) -> Checked:
    """As `check`, but raises Invalid with every diagnostic where something is wrong."""
    checked = check(start, only=only)
    if checked.failed:
        raise Invalid(checked.diagnostics)
    return checked
