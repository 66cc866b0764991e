"""A project, read and compiled: check, and the files of a backend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.api.files import write_whole
from wombat.errors import Diagnostic, Diagnostics, Invalid, Place, UsageFault
from wombat.language.decode import listed, near
from wombat.language.load import load_spec, yaml_files
from wombat.language.root import PROJECT_FILE, SCHEMAS, find_root
from wombat.language.source import Mapping as Node
from wombat.language.source import Scalar
from wombat.plan.compile import compile_plans, no_pipelines
from wombat.plan.requirements import check_requirements
from wombat.plugins import load as load_plugin
from wombat.schema.load import load_schemas, read_policies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from wombat.backends import Backend, Selection, Unsupported
    from wombat.language.load import Spec
    from wombat.plan.ir import Plan


_POLICIES: Final = Scalar("policies")


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

    def raise_if_failed(self) -> None:
        """Invalid with every diagnostic where something is wrong."""
        if self.failed:
            raise Invalid(self.diagnostics)

    @property
    def edges(self) -> Counter[str]:
        """How many edges have each verdict."""
        return Counter(edge.verdict for plan in self.plans.values() for edge in plan.edges)


@dataclass(frozen=True)
class Compiled:
    """Generated files by path, and what there is to warn of."""

    files: dict[str, str]
    warnings: list[Diagnostic]


def check(start: Path, *, only: Collection[str] = ()) -> Checked:
    """Reads and compiles the project around `start`; runs none of its code.

    `only` names pipelines; a name that isn't there raises UsageFault.
    """
    root, sink = find_root(start), Diagnostics()
    spec = _with_policies(load_spec(root, sink), sink)
    files = [(f, f.relative_to(root).as_posix()) for f in _schema_files(root)]
    schemas = load_schemas(files, sink)
    no_pipelines(spec, sink)
    check_requirements(spec, sink)
    for name in only:
        if name not in spec.pipelines and not sink.failed:
            raise UsageFault(
                f"no pipeline '{name}'; expected {listed(sorted(spec.pipelines))}",
                code="unknown-pipeline",
                hint=near(name, spec.pipelines),
            )
    plans = compile_plans(spec, schemas, sink, only=set(only) or None)
    return Checked(root, spec, plans, sink.sorted(), len(schemas))


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


def compile_all(start: Path, *, only: Collection[str] = ()) -> Checked:
    """As `check`, but raises Invalid with every diagnostic where something is wrong."""
    checked = check(start, only=only)
    checked.raise_if_failed()
    return checked


def compile_files(
    checked: Checked, backend: str, selection: Selection | None, folder: Path | None = None
) -> Compiled:
    """A backend's files by path; raises Invalid where the target can't say a pipeline.

    `folder` is where they will stand.
    """
    target, sink = _target(backend), require_supported(checked, backend)
    if selection is None and target.whole and set(checked.plans) != set(checked.spec.pipelines):
        raise UsageFault(
            f"the files for {backend} are those of all pipelines together; expected no PIPELINE",
            code="partial-files",
            hint="--select begins a run of the pipelines that are named",
        )
    rendered = target.render(
        list(checked.plans.values()),
        selection,
        options_of(checked, backend),
        _below(checked.root, folder),
    )
    _report(checked, backend, rendered.findings, sink)
    return Compiled(rendered.files, sink.sorted())


def require_supported(checked: Checked, backend: str) -> Diagnostics:
    """Raises Invalid where a target can't say a pipeline; what it may refuse is returned."""
    plans, options = list(checked.plans.values()), options_of(checked, backend)
    sink = Diagnostics()
    _report(checked, backend, _target(backend).supports(plans, options), sink)
    return sink


def _report(
    checked: Checked, backend: str, findings: Iterable[Unsupported], sink: Diagnostics
) -> None:
    """Adds what a target found; raises Invalid where it can't be said."""
    for found in findings:
        place = _place(checked, backend, found)
        code = found.code or ("unsupported" if found.severity == "error" else "target-limit")
        said = f"{backend}: {found.message}"
        sink.add(Diagnostic(code, said, place, found.hint, found.severity))
    sink.raise_if_failed()


def _target(backend: str) -> Backend:
    target: Backend = load_plugin("wombat.backends", backend, "BACKEND")
    return target


def options_of(checked: Checked, backend: str) -> dict[str, Any]:
    """A backend's own section of `wombat.yml`, without what it leaves at its default."""
    options = getattr(checked.spec.project, backend, None)
    return options.model_dump(exclude_defaults=True) if options is not None else {}


def _place(checked: Checked, backend: str, found: Unsupported) -> Place:
    """The task, else the pipeline, else the backend's section where a limit is met."""
    if found.pipeline is not None:
        steps = ("tasks", found.task) if found.task else ("pipeline",)
        return checked.spec.pipelines[found.pipeline].document.at(*steps)
    if checked.spec.project_document is None:
        return Place(PROJECT_FILE)
    return checked.spec.project_document.at(backend, *filter(None, (found.option,)))


def _below(root: Path, folder: Path | None) -> str | None:
    """A folder's path below the root, with `/`; None for one elsewhere."""
    if folder is None or not folder.resolve().is_relative_to(root.resolve()):
        return None
    return folder.resolve().relative_to(root.resolve()).as_posix()


def stale_files(files: dict[str, str], folder: Path) -> list[str]:
    """The paths whose file is missing below `folder` or reads otherwise."""
    return [path for path, text in files.items() if not _reads(folder / path, text)]


def _reads(file: Path, text: str) -> bool:
    return file.is_file() and file.read_bytes() == text.encode("utf-8")


def write_files(files: dict[str, str], folder: Path) -> None:
    """Writes generated files below `folder`; one that is up to date keeps its time.

    Each appears whole or not at all. Raises DiskFault.
    """
    for path in stale_files(files, folder):
        write_whole(folder / path, files[path])
