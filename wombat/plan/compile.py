"""From what is written to plans: a pure function of the checkout that runs no user code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wombat.errors import Place
from wombat.language.root import in_project
from wombat.plan.checks import customs
from wombat.plan.closure.checkout import Checkout
from wombat.plan.closure.code import closure_of_task
from wombat.plan.depends import check_depends, depended
from wombat.plan.edges import judge_edges
from wombat.plan.git import GitFiles
from wombat.plan.imported import check_imported
from wombat.plan.inputs import check_collects, resolve_inputs, resolve_outputs
from wombat.plan.ir import On, Plan, TaskSource
from wombat.plan.jobs import make_jobs
from wombat.plan.order import depths, find_cycle, topological
from wombat.plan.packages.imports import Imports
from wombat.plan.packages.lock import read_lock
from wombat.plan.packages.required import Locked, judging
from wombat.plan.params import resolve_params
from wombat.plan.recorded import recorded
from wombat.plan.schedules import resolve_schedule
from wombat.plan.scope import Scope
from wombat.plan.tasks import make_task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wombat.errors import Diagnostics
    from wombat.language.load import Spec
    from wombat.plan.ir import Edge, Input, Package, Piece, Task
    from wombat.plan.recorded import Recorded
    from wombat.schema.load import Schemas
    from wombat.schema.model import FrameSchema


def compile_plans(
    spec: Spec,
    schemas: Schemas,
    sink: Diagnostics,
    *,
    only: Collection[str] | None = None,
    stored: Mapping[str, Recorded] | None = None,
    judged: dict[str, tuple[Edge, ...]] | None = None,
) -> dict[str, Plan]:
    """The plans of all pipelines (or of those named) by name; every mistake goes to `sink`.

    A pipeline with an error of its own has no plan. `stored` is what is known of stored
    artifacts, by address as the lock has it. `judged` takes the edges, by pipeline, of those
    without a plan too.
    """
    edges = {} if judged is None else judged
    checkout, git = Checkout(spec.root), GitFiles(spec.root)
    lock = read_lock(spec, git, sink)
    locked = Locked(lock, Imports(checkout)) if lock is not None else None
    check_imported(schemas, checkout, sink)
    plans: dict[str, Plan] = {}
    for name, pipeline in sorted(spec.pipelines.items()):
        if only is None or name in only:
            scope = Scope(spec, pipeline, schemas, checkout, git, sink, stored or {}, locked)
            plan = _compile(scope, edges)
            if plan is not None:
                plans[name] = plan
    return plans


def _compile(scope: Scope, judged: dict[str, tuple[Edge, ...]]) -> Plan | None:
    before_errors = sum(d.severity == "error" for d in scope.sink.found)
    decl = scope.pipeline.decl
    params, schedule = resolve_params(scope), resolve_schedule(scope)
    check_depends(scope, decl.defaults.depends_on, "defaults", "depends_on")
    inputs = {name: resolve_inputs(scope, name, task) for name, task in sorted(decl.tasks.items())}
    tasks = {
        name: make_task(scope, name, inputs[name], resolve_outputs(scope, name, task))
        for name, task in sorted(decl.tasks.items())
    }
    check_collects(scope, inputs)
    before = {name: _firsts(task) for name, task in tasks.items()}
    order, stuck = topological(before)
    if stuck:
        _report_cycle(scope, before, stuck, inputs)
    edges = judge_edges(scope, {name: tasks[name] for name in order})
    judged[decl.pipeline] = edges
    if sum(d.severity == "error" for d in scope.sink.found) > before_errors:
        return None
    ordered = tuple(tasks[name] for name in order)
    schemas = _used_schemas(scope, ordered, edges)
    plan = Plan(
        pipeline=decl.pipeline,
        source=scope.pipeline.path,
        source_digest=scope.pipeline.digest,
        tasks=ordered,
        jobs=(),
        edges=edges,
        params=params,
        code=_pieces(scope, ordered),
        packages=_packages(scope, ordered),
        schemas=schemas,
        places=_places(scope, schemas),
        policies=scope.spec.project.policies,
        images=_used_images(scope, ordered),
        compute=_used_compute(scope, ordered),
        schedule=schedule,
        on=On(decl.on.merge_request, decl.on.push, decl.on.schedule),
        description=decl.description,
        owner=decl.owner,
    )
    return _with_jobs(plan, depths(order, before))


def _pieces(scope: Scope, tasks: tuple[Task, ...]) -> dict[str, Piece]:
    """All pieces of code that tasks reach."""
    found: dict[str, Piece] = {}
    for task in tasks:
        declared = depended(scope.spec.root, scope.git, task.depends_on)
        found |= closure_of_task(
            scope.checkout,
            run=task.run,
            argv=task.argv,
            script=task.script,
            declared=declared,
            env=task.env,
        ).pieces
    return dict(sorted(found.items()))


def _packages(scope: Scope, tasks: tuple[Task, ...]) -> dict[str, Package]:
    names = {name for task in tasks for name in task.requires}
    return scope.locked.lock.reached(names) if scope.locked is not None else {}


def _places(scope: Scope, names: Iterable[str]) -> dict[str, str]:
    return {name: _line(_place(scope, name)) for name in names}


def _place(scope: Scope, name: str) -> Place:
    if name in scope.schemas:
        return scope.schemas[name].document.at("schema")
    known = recorded(scope, name)
    return Place(scope.pipeline.path) if known is None else known.place


def _with_jobs(plan: Plan, depth: dict[str, int]) -> Plan:
    return replace(plan, jobs=make_jobs(plan, depth))


def _firsts(task: Task) -> set[str]:
    made = {one.source.task for one in task.inputs if isinstance(one.source, TaskSource)}
    return made | set(task.needs)


def _report_cycle(
    scope: Scope,
    before: dict[str, set[str]],
    stuck: list[str],
    inputs: dict[str, tuple[Input, ...]],
) -> None:
    path = find_cycle(before, stuck)
    first, later = path[0], path[1]
    where: tuple[str, ...] = ("tasks", later, "needs")
    for one in inputs[later]:
        if isinstance(one.source, TaskSource) and one.source.task == first:
            where = ("tasks", later, "inputs", one.name)
    scope.error("cycle", f"tasks need each other: {' → '.join(path)}; expected an order", *where)


def _used_schemas(scope: Scope, tasks: tuple[Task, ...], edges: Iterable[Edge]) -> dict[str, Any]:
    """By name; what is recorded of an artifact, by its address."""
    every = [one.schema for task in tasks for one in task.inputs]
    every += [one.schema for task in tasks for one in task.outputs]
    every += [edge.producer_schema for edge in edges]
    found = {n: scope.schemas[n].schema for n in every if n is not None and n in scope.schemas}
    for edge in edges:
        ours = edge.producer or edge.producer_schema != edge.output
        known = None if ours else recorded(scope, edge.output)
        if known is not None and known.schema is not None:
            found[edge.output] = known.schema
    return {name: _with_versions(scope, schema) for name, schema in sorted(found.items())}


def _with_versions(scope: Scope, schema: FrameSchema) -> dict[str, Any]:
    """A schema, and in `packages` the versions that decide what its checks in code say."""
    tree: dict[str, Any] = schema.to_json()
    for one, told in (
        (schema, tree),
        *((v, tree["variants"][n]) for n, v in schema.variants.items()),
    ):
        modules = {custom.python.partition(":")[0] for _, custom in customs(one)}
        if modules and (packages := judging(scope, sorted(modules))):
            told["packages"] = packages
    return tree


def _line(place: Place) -> str:
    return f"{place.path}:{place.line}"


def _used_images(scope: Scope, tasks: tuple[Task, ...]) -> dict[str, str]:
    """By name; as `""` the image of jobs without their own, where no lock file says what they
    have."""
    images, backend = scope.spec.project.images, scope.spec.project.gitlab.image
    named = {task.image for task in tasks if task.image is not None and task.image in images}
    unlocked = scope.locked is None and any(task.image is None for task in tasks)
    found = {"": backend} if backend is not None and unlocked else {}
    return found | {name: images[name] for name in sorted(named)}


def _used_compute(scope: Scope, tasks: tuple[Task, ...]) -> dict[str, Any]:
    names = {task.compute for task in tasks if task.compute is not None}
    return {
        name: scope.spec.project.compute[name].model_dump(exclude_defaults=True)
        for name in sorted(names)
        if name in scope.spec.project.compute
    }


def no_pipelines(spec: Spec, sink: Diagnostics) -> None:
    """Reports a project without any pipeline."""
    if not spec.pipelines and not sink.failed and not in_project(spec.root):
        sink.error(
            "no-pipelines",
            "this folder is in no project: neither it nor one above has wombat.yml or pipelines/",
            Place("pipelines"),
            hint="go into a project, or say where it is: -C DIR; wombat init begins one",
        )
    elif not spec.pipelines and not sink.failed:
        sink.error(
            "no-pipelines",
            "no pipeline in pipelines/; expected at least one file pipelines/NAME.yml",
            Place("pipelines"),
            hint="wombat init",
        )
