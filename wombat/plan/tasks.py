"""From a task as written to a task as meant: defaults merged, sugar gone, code named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wombat.language.address import NAME
from wombat.language.scalars import shown
from wombat.plan.arguments import check_function, check_values
from wombat.plan.closure.code import closure_of_task
from wombat.plan.depends import check_depends, depended
from wombat.plan.foreach import parts_of
from wombat.plan.ir import Task
from wombat.plan.packages.required import requires

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wombat.errors import Place
    from wombat.language.pipeline import TaskDecl
    from wombat.plan.ir import Code, Input, Output
    from wombat.plan.scope import Scope

_IMAGE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}")


def make_task(
    scope: Scope, name: str, inputs: tuple[Input, ...], outputs: tuple[Output, ...]
) -> Task:
    """The task, everything but its edges checked; mistakes are reported."""
    decl, defaults = scope.tasks[name], scope.pipeline.decl.defaults
    check_values(scope, name, decl)
    _check_names(scope, name, decl)
    if decl.run is not None:
        check_function(scope, name, decl, inputs, outputs)
    depends_on = _depends_on(scope, name, decl)
    code = _code(scope, name, depends_on)
    image = _named(scope, name, "image")
    return Task(
        name=name,
        kind="run" if decl.run else "command" if decl.command else "shell",
        code=code,
        run=decl.run,
        argv=tuple(decl.command or ()),
        script=decl.shell,
        inputs=inputs,
        outputs=outputs,
        arguments=dict(sorted(decl.with_.items())),
        env=dict(sorted({**defaults.env, **decl.env}.items())),
        foreach={key: tuple(values) for key, values in sorted(decl.foreach.items())},
        parts=parts_of(scope, name),
        batch=decl.batch,
        needs=_needs(scope, name, decl),
        requires=requires(scope, name, inputs, depends_on) if image is None else (),
        depends_on=depends_on,
        volatile=decl.volatile,
        retry=_first(decl.retry, defaults.retry) or 0,
        timeout=_first(decl.timeout, defaults.timeout),
        image=image,
        compute=_named(scope, name, "compute"),
        description=decl.description,
        at=scope.at("tasks", name),
    )


def _first(mine: int | None, default: int | None) -> int | None:
    return mine if mine is not None else default


def _depends_on(scope: Scope, name: str, decl: TaskDecl) -> tuple[str, ...]:
    """Its own patterns, each of which means a file, and those of `defaults`."""
    defaults = scope.pipeline.decl.defaults
    check_depends(scope, decl.depends_on, "tasks", name, "depends_on")
    return tuple(sorted({*decl.depends_on, *defaults.depends_on}))


def _code(scope: Scope, name: str, depends_on: tuple[str, ...]) -> Code:
    """Its code; imports by names that nobody can read are reported where no files are declared."""
    decl, defaults = scope.tasks[name], scope.pipeline.decl.defaults
    declared = depended(scope.spec.root, scope.git, depends_on)
    found = closure_of_task(
        scope.checkout,
        run=decl.run,
        argv=decl.command or (),
        script=decl.shell,
        declared=declared,
        env={**defaults.env, **decl.env},
    )
    if found.unknown and not depends_on:
        here = scope.place("tasks", name, "shell" if decl.shell is not None else "command")
        _report_unknown(scope, [place if place.path else here for place in found.unknown])
    return found.code


def _report_unknown(scope: Scope, places: Iterable[Place]) -> None:
    """Each place once, however many tasks come there."""
    told = {one.place for one in scope.sink.found if one.code == "dynamic-import"}
    for place in dict.fromkeys(places):
        if place not in told:
            scope.sink.error(
                "dynamic-import",
                "nobody can read here which module this imports; expected a literal name, or "
                "depends_on in each task that comes here",
                place,
                hint="depends_on: [plugins/*.py] makes files count as a task's code",
            )


def _needs(scope: Scope, name: str, decl: TaskDecl) -> tuple[str, ...]:
    for index, need in enumerate(decl.needs):
        where = ("tasks", name, "needs", index)
        if need not in scope.tasks:
            scope.unknown("unknown-reference", "task", need, sorted(scope.tasks), *where)
        elif decl.outputs and not scope.tasks[need].outputs:
            scope.error(
                "needs-effect",
                f"'{need}' has no outputs, so it runs after the publish; expected a task that "
                f"runs before {name} does",
                *where,
            )
    return tuple(sorted({need for need in decl.needs if need in scope.tasks}))


def _named(scope: Scope, name: str, word: str) -> str | None:
    """An image or compute by its name in wombat.yml; an image may also be a reference itself."""
    own: str | None = getattr(scope.tasks[name], word)
    text = own if own is not None else getattr(scope.pipeline.decl.defaults, word)
    if text is None:
        return None
    known = scope.spec.project.images if word == "image" else scope.spec.project.compute
    where = ("tasks", name, word) if own is not None else ("defaults", word)
    if word == "image" and not re.fullmatch(NAME, text):
        _check_image(scope, text, *where)
    elif text not in known:
        code, names = f"unknown-{word}", sorted(known)
        scope.unknown(code, word, text, names, *where, within="wombat.yml")
    return str(text)


def _check_image(scope: Scope, text: str, *where: str) -> None:
    """A registry's reference, and nothing that a CI system would expand."""
    if not _IMAGE.fullmatch(text):
        scope.error(
            "invalid-image",
            f"{shown(text)} is no image; expected a registry's reference or a name in wombat.yml",
            *where,
            hint="variables can stand in wombat.yml's images",
        )


def _check_names(scope: Scope, name: str, decl: TaskDecl) -> None:
    """One namespace: inputs, with and foreach keys become arguments of one call."""
    seen: dict[str, str] = {}
    for word, keys in (("inputs", decl.inputs), ("with", decl.with_), ("foreach", decl.foreach)):
        for key in keys:
            if key in seen:
                scope.sink.error(
                    "name-collision",
                    f"'{key}' stands in {seen[key]} and in {word}; expected one of them",
                    scope.key_place("tasks", name, word, key),
                )
            seen[key] = word
