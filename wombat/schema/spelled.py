"""A schema as our language spells it: the tree that its file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.schema.constants import constant_to_json

if TYPE_CHECKING:
    from wombat.schema.model import Column, FrameSchema, Pattern
    from wombat.schema.rules import Rule
    from wombat.schema.types import Element, LogicalType

_WORDS: Final = ("version", "title", "description", "owner", "python", "source")
_FLAGS: Final = (("nullable", False), ("required", True), ("unique", False))
_CONSTANTS: Final = (
    "default", "fill_null", "min", "max", "gt", "lt", "in", "not_in", "equals",
)  # fmt: skip
_TEXTS: Final = ("match", "starts_with", "ends_with", "contains")
_PEOPLE: Final = ("title", "description")


def spelled(schema: FrameSchema) -> dict[str, Any]:
    """What a schema's file says, in the order of the docs: the loader reads it back the same.

    Variants by profile aren't in it: their policies' patches aren't known any more.
    """
    rows = zip(("min", "max"), schema.rows or (None, None), strict=True)
    tree: dict[str, Any] = {
        "schema": schema.name,
        **{word: getattr(schema, word) for word in _WORDS},
        "tags": list(schema.tags),
        "extra": schema.extra,
        "order": "exact" if schema.ordered else None,
        "key": list(schema.key),
        "unique": [list(group) for group in schema.unique],
        "rows": {word: end for word, end in rows if end is not None},
        "columns": {name: _column(one) for name, one in schema.columns.items()},
        "patterns": [_pattern(one) for one in schema.patterns],
        "rules": [_rule(one) for one in schema.rules],
        "drift": [one.to_json() for one in schema.drift],
        "policies": schema.policies,
    }
    return {word: value for word, value in tree.items() if value}


def _column(column: Column) -> dict[str, Any] | str:
    """The short form where it says everything."""
    tree = {**_type(column.type), **_words(column)}
    if set(tree) == {"type"}:
        return str(tree["type"])
    if set(tree) == {"type", "nullable"}:
        return f"{tree['type']}?"
    return tree


def _words(column: Column) -> dict[str, Any]:
    tree: dict[str, Any] = {
        word: getattr(column, word) for word, usual in _FLAGS if getattr(column, word) is not usual
    }
    for word in _CONSTANTS:
        value = getattr(column, "within" if word == "in" else word)
        if isinstance(value, tuple):
            tree[word] = [constant_to_json(one) for one in value]
        elif value is not None:
            tree[word] = constant_to_json(value)
    tree |= {word: value for word in _TEXTS if (value := getattr(column, word)) is not None}
    if column.length is not None:
        tree["length"] = list(column.length)
    if column.custom:
        tree["checks"] = [_code(one.to_json()) for one in column.custom]
    if column.severity == "warn":
        tree["severity"] = "warn"
    if column.pii:
        tree["pii"] = True
    tree |= {word: value for word in _PEOPLE if (value := getattr(column, word)) is not None}
    return tree | ({"tags": list(column.tags)} if column.tags else {})


def _code(tree: dict[str, Any]) -> dict[str, Any]:
    """The digest of code is of the checkout, not of the file."""
    return {word: value for word, value in tree.items() if word != "digest"}


def _type(kind: LogicalType) -> dict[str, Any]:
    tree: dict[str, Any] = {"type": kind.kind}
    if kind.item is not None:
        tree["of"] = _element(kind.item)
    elif kind.fields:
        tree["fields"] = {name: _element(one) for name, one in kind.fields}
    elif kind.of:
        tree["of"] = list(kind.of)
    for word in ("precision", "scale", "timezone", "unit"):
        value = getattr(kind, word)
        if value is not None and (word, value) not in (("unit", "us"), ("scale", 0)):
            tree[word] = value
    return tree


def _element(one: Element) -> dict[str, Any] | str:
    tree = _type(one.type)
    if set(tree) == {"type"}:
        return f"{tree['type']}?" if one.nullable else str(tree["type"])
    return tree | ({"nullable": True} if one.nullable else {})


def _pattern(pattern: Pattern) -> dict[str, Any]:
    column = _column(pattern.column)
    if isinstance(column, str):
        plain = {"type": column.removesuffix("?")}
        column = {**plain, "nullable": True} if column.endswith("?") else plain
    least = {"at_least": pattern.at_least} if pattern.at_least else {}
    return {**column, "match": pattern.match, **least}


def _rule(rule: Rule) -> dict[str, Any]:
    tree = _code(rule.to_json())
    if "compare" in tree and isinstance(tree["compare"][2], dict):
        left, sign, right = tree["compare"]
        tree["compare"] = [left, sign, {"value": right["value"]}]
    return tree
