"""Annotations that surely don't take a frame, or surely don't give what the outputs are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from wombat.plan.functions import annotation_text, is_output, kinds

if TYPE_CHECKING:
    from wombat.plan.functions import Argument, Signature
    from wombat.plan.ir import Input, Output
    from wombat.plan.scope import Scope

_LISTS: Final = ("list", "List", "Sequence", "Iterable")
_DICTS: Final = ("dict", "Dict", "Mapping")
_COLLECTED: Final = {"list": _LISTS, "dict": _DICTS}
_FRAME: Final = "a library's frame, like pandas.DataFrame"


def check_forms(
    scope: Scope,
    task: str,
    signature: Signature,
    inputs: tuple[Input, ...],
    outputs: tuple[Output, ...],
) -> None:
    """Reports inputs and results that are frames, where the function's annotation takes none.

    Only what surely fails when the task runs: an annotation that isn't plain may be anything.
    """
    for one in inputs:
        argument = signature.argument(one.name)
        if argument is not None and one.type == "dataframe":
            _check_input(scope, task, signature, one, argument)
    _check_return(scope, task, signature, outputs)


def _check_input(
    scope: Scope, task: str, signature: Signature, one: Input, argument: Argument
) -> None:
    found = kinds(argument.annotation)
    arrives = "a dataframe"
    expected = _FRAME
    if one.collect in _COLLECTED:
        arrives = f"a {one.collect} of dataframes"
        expected = (
            "list[pandas.DataFrame]" if one.collect == "list" else "dict[str, pandas.DataFrame]"
        )
        fits = any(name in _COLLECTED[one.collect] and _holds_frames(i) for name, i in found)
    elif one.collect == "directory":
        return
    else:
        fits = False
    if found and not fits:
        hint = None
        if one.collect == "frame" and all(name in (*_LISTS, *_DICTS) for name, _ in found):
            hint = f"say collect: {'list' if found[0][0] in _LISTS else 'dict'}"
        scope.error(
            "argument-type",
            f"'{one.name}' is {arrives} here; {scope.tasks[task].run} "
            f"({signature.file}:{signature.line}) expects {annotation_text(argument)}",
            "tasks", task, "inputs", one.name,
            hint=hint or f"annotate it as {expected}",
        )  # fmt: skip


def _holds_frames(inner: ast.expr | None) -> bool:
    """Whether a list or dict may hold frames: what stands last in its brackets isn't plain."""
    last = inner.elts[-1] if isinstance(inner, ast.Tuple) and inner.elts else inner
    return last is None or not kinds(last)


def _check_return(
    scope: Scope, task: str, signature: Signature, outputs: tuple[Output, ...]
) -> None:
    written = {a.name for a in signature.arguments if is_output(a)}
    returned = [one for one in outputs if one.name not in written]
    found = kinds(signature.returns)
    where = f"{scope.tasks[task].run} ({signature.file}:{signature.line})"
    says = f"{where} is annotated to return {_text(signature.returns)}"
    if found and len(returned) > 1 and not any(name in _DICTS for name, _ in found):
        names = ", ".join(f'"{one.name}": …' for one in returned)
        said = f"{says}, and {task} has {len(returned)} outputs; expected a dict by their names"
        scope.error("return-mismatch", said, "tasks", task, "outputs", hint=f"return {{{names}}}")
    elif found and len(returned) == 1 and returned[0].type == "dataframe":
        said = f"{says}, and '{returned[0].name}' is a dataframe; expected {_FRAME}"
        hint = "say its type, as {type: json}, or return a frame"
        scope.error("return-mismatch", said, "tasks", task, "outputs", returned[0].name, hint=hint)


def _text(annotation: ast.expr | None) -> str:
    node = annotation
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "" if node is None else ast.unparse(node)
