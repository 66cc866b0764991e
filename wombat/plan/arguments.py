"""What a task is called with: references known, arguments that fit the function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from wombat.language.near import listed, near, nearest
from wombat.plan.fitting import check_forms
from wombat.plan.functions import (
    Signature,
    accepts,
    annotation_text,
    find_function,
    functions,
    is_output,
)
from wombat.plan.values import FIELD, marks, references

if TYPE_CHECKING:
    import ast

    from wombat.language.pipeline import TaskDecl
    from wombat.plan.ir import Input, Output
    from wombat.plan.scope import Scope

_SAMPLES: Final[dict[str, Any]] = {"int": 1, "float": 0.5, "bool": True, "string": "x"}
_IN_WITH: Final = ("params", "foreach")
_IN_ARGV: Final = ("params", "foreach", "inputs", "outputs")


def check_values(scope: Scope, name: str, decl: TaskDecl) -> None:
    """Reports references to what isn't there, in `with` and in `command`, and text that no
    command can be given.
    """
    if decl.run is None:
        _check_texts(scope, name, decl)
    for key, value in decl.with_.items():
        _check_value(scope, decl, value, _IN_WITH, ("tasks", name, "with", key))
    for index, value in enumerate(decl.command or ()):
        _check_value(scope, decl, value, _IN_ARGV, ("tasks", name, "command", index))


def _check_texts(scope: Scope, name: str, decl: TaskDecl) -> None:
    """What becomes a word or a variable of a process ends at a NUL."""
    texts: dict[tuple[str | int, ...], Any] = {("shell",): decl.shell}
    texts |= {("command", index): word for index, word in enumerate(decl.command or ())}
    texts |= {("with", key): value for key, value in decl.with_.items()}
    texts |= {("foreach", k, i): v for k, each in decl.foreach.items() for i, v in enumerate(each)}
    for steps, value in texts.items():
        mark = isinstance(value, dict) and value.get("$") == "format"
        text = value["text"] if mark else value
        if isinstance(text, str) and "\0" in text:
            said = "a NUL stands in this text; expected none, since no command can be given one"
            scope.error("text-nul", said, "tasks", name, *steps)


def _check_value(
    scope: Scope, decl: TaskDecl, value: Any, words: tuple[str, ...], where: tuple[str | int, ...]
) -> None:
    known: dict[str, list[str]] = {
        "params": sorted(scope.pipeline.decl.params),
        "foreach": list(decl.foreach),
        "inputs": sorted(decl.inputs),
        "outputs": sorted(decl.outputs),
    }

    def found(text: str) -> None:
        word, _, name = text.partition(".")
        if word not in words:
            scope.error(
                "invalid-reference",
                f"${text} can't stand here; expected ${' or $'.join(f'{w}.name' for w in words)}",
                *where,
            )
        elif name not in known[word]:
            scope.unknown("unknown-reference", _singular(word), name, known[word], *where)

    references(value, found)
    for mark in marks(value):
        for field in FIELD.finditer(mark.get("text", "")):
            _check_field(scope, field[1], known, where)


def _check_field(
    scope: Scope, field: str | None, known: dict[str, list[str]], where: tuple[str | int, ...]
) -> None:
    if field is None:
        return
    word, _, name = field.rpartition(".")
    declared = known[word] if word in _IN_WITH else known["foreach"] + known["params"]
    if name not in declared or (word and word not in _IN_WITH):
        scope.unknown("unknown-reference", "declared value", field, sorted(declared), *where)


def _singular(word: str) -> str:
    return {"params": "parameter", "foreach": "foreach key"}.get(word, word.rstrip("s"))


def check_function(
    scope: Scope,
    name: str,
    decl: TaskDecl,
    inputs: tuple[Input, ...],
    outputs: tuple[Output, ...],
) -> None:
    """Reports a function that isn't there, and arguments and results that don't fit it."""
    module_name, _, function = (decl.run or "").partition(":")
    module = scope.checkout.module(module_name)
    if module is None:
        _no_module(scope, name, module_name)
        return
    signature = find_function(module, function)
    if signature is None:
        scope.unknown(
            "unknown-function",
            "function",
            function,
            functions(module),
            "tasks",
            name,
            "run",
            within=module.file,
        )
        return
    _check_names(scope, name, decl, signature)
    _check_types(scope, name, decl, signature)
    check_forms(scope, name, signature, inputs, outputs)
    scope.checkout.closure(module_name)
    for broken in scope.checkout.broken[module_name]:
        _broken_module(scope, name, broken)


def _broken_module(scope: Scope, name: str, module: str) -> None:
    fault = scope.checkout.faults[module]
    scope.error(
        "module-syntax",
        f"{fault.filename}:{fault.lineno or 1} is not valid Python: {fault.msg}",
        "tasks",
        name,
        "run",
    )


def _no_module(scope: Scope, name: str, module: str) -> None:
    where = ("tasks", name, "run")
    if module in scope.checkout.faults:
        _broken_module(scope, name, module)
        return
    path = module.replace(".", "/")
    scope.error(
        "unknown-module",
        f"no module '{module}' in this project; expected {path}.py",
        *where,
        hint="modules are found below the project's root, and below src/",
    )


def _check_names(scope: Scope, name: str, decl: TaskDecl, signature: Signature) -> None:
    given = {
        **dict.fromkeys(decl.inputs, "inputs"),
        **dict.fromkeys(decl.with_, "with"),
        **dict.fromkeys(decl.foreach, "foreach"),
    }
    takes = [argument.name for argument in signature.arguments]
    called = f"{decl.run} ({signature.file}:{signature.line}) takes {listed(takes)}"
    strange = [key for key in given if signature.argument(key) is None and not signature.open]
    misspelt = {found for key in strange for found in nearest(key, takes)}
    for argument in signature.arguments:
        to_write = argument.name in decl.outputs and is_output(argument)
        there = argument.name in given or argument.name in misspelt or to_write
        if argument.required and not there:
            scope.error(
                "argument-missing",
                f"{called}; '{argument.name}' is neither an input nor in with",
                "tasks",
                name,
                "run",
                hint=near(argument.name, given),
            )
    for key in strange:
        scope.sink.error(
            "argument-unknown",
            f"{called}; '{key}' is none of them",
            scope.key_place("tasks", name, given[key], key),
            hint=near(key, takes),
        )


def _check_types(scope: Scope, name: str, decl: TaskDecl, signature: Signature) -> None:
    for argument in signature.arguments:
        if argument.name in decl.with_:
            word, samples = "with", [_sample(scope, decl, decl.with_[argument.name])]
        elif argument.name in decl.foreach:
            word, samples = "foreach", list[Any](decl.foreach[argument.name])
        else:
            continue
        for value in samples:
            if value is not _UNKNOWN and not accepts(argument.annotation, value):
                scope.error(
                    "argument-type",
                    f"'{argument.name}' is {_kind(value)} here; "
                    f"{decl.run} ({signature.file}:{signature.line}) expects "
                    f"{annotation_text(argument)}",
                    "tasks",
                    name,
                    word,
                    argument.name,
                    hint=_other_type(argument.annotation, value, word),
                )
                break


def _other_type(annotation: ast.expr | None, value: Any, word: str) -> str | None:
    """A hint for text that would fit without its quotes."""
    if word == "foreach":
        return "foreach values are text; the function can convert them"
    try:
        plain = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    fits = plain is not None and accepts(annotation, plain)
    return f"write {value}, without quotes" if fits else None


_UNKNOWN: Final = object()


def _sample(scope: Scope, decl: TaskDecl, value: Any) -> Any:
    """A value of the type that will arrive, or _UNKNOWN."""
    if isinstance(value, dict) and value.get("$", "literal") != "literal":
        word, _, key = value["$"].partition(".")
        if word == "params" and key in scope.pipeline.decl.params:
            return _SAMPLES.get(scope.pipeline.decl.params[key].type, _UNKNOWN)
        if word == "foreach" and key in decl.foreach:
            return decl.foreach[key][0]
        return "x" if word == "format" else _UNKNOWN
    found: list[str] = []
    references(value, found.append)
    return _UNKNOWN if found else value


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a mapping",
        type(None): "nothing",
    }
    return names.get(type(value), type(value).__name__)
