"""A schema for people: its columns as a table, then what holds between them, and its policies."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from wombat.review.diagnostics import visible
from wombat.schema.constants import constant_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wombat.schema.model import Column, FrameSchema
    from wombat.schema.rules import Custom, Rule

LISTED: Final = 6
_SIGNS: Final = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥"}
_NARROWEST: Final = 20
_POLICY: Final = ("check", "cast", "on_fail", "max_failure_rate", "max_failure_rows")


def schema_text(
    schema: FrameSchema,
    place: str,
    policies: Mapping[str, Mapping[str, Any]],
    width: int | None = None,
) -> str:
    """The whole schema, as `wombat schema show` prints it, its tables no wider than `width` where
    that can be."""
    version = f" {schema.version}" if schema.version else ""
    lines = [f"{schema.name}{version}  ({place})"]
    lines += [visible(one) for one in (schema.title, schema.description) if one]
    lines += ["", *_columns(schema, width), *_between(schema)]
    rows = [("profile", *_POLICY, ""), *(_policy(*one) for one in policies.items())]
    lines += ["", *_table(rows, width)]
    for profile in schema.variants:
        lines.append(f"{profile} changes columns: wombat schema show {schema.name} -p {profile}")
    return "\n".join(line.rstrip() for line in lines)


def _columns(schema: FrameSchema, width: int | None) -> Iterator[str]:
    rows = [("column", "type", "", "checks")]
    rows += [_row(name, one, name in schema.key) for name, one in schema.columns.items()]
    rows += [
        (f"/{one.match}/", *_row("", one.column, key=False)[1:3],
         "; ".join([*_checks(one.column), *_least(one.at_least)]))
        for one in schema.patterns
    ]  # fmt: skip
    yield from _table(rows, width)


def _least(count: int) -> list[str]:
    return [f"at least {count} columns"] if count else []


def _row(name: str, column: Column, key: bool) -> tuple[str, str, str, str]:  # one of a row
    words = ["key" if key else "null" if column.nullable else ""]
    words += [] if column.required else ["optional"]
    words += ["unique"] if column.unique else []
    words += ["pii"] if column.pii else []
    words += ["warn"] if column.severity == "warn" else []
    return name, str(column.type), " ".join(filter(None, words)), "; ".join(_checks(column))


def _checks(column: Column) -> Iterator[str]:
    signs = {"min": "≥", "max": "≤", "gt": ">", "lt": "<", "equals": "="}
    for check in column.checks():
        if check.name in signs:
            yield f"{signs[check.name]} {constant_to_json(check.value)}"
        elif check.name in ("in", "not_in"):
            listed = ", ".join(str(constant_to_json(one)) for one in check.value[:LISTED])
            more = ", …" if len(check.value) > LISTED else ""
            yield f"{check.name.replace('_', ' ')} {listed}{more}"
        elif check.name == "length":
            yield f"length {_ends(check.value)}"
        elif check.name != "enum":
            yield f"{check.name.replace('_', ' ')} {check.value}"
    yield from (f"python {_code(one)}" for one in column.custom)
    for word in ("default", "fill_null"):
        if (value := getattr(column, word)) is not None:
            yield f"{word} {constant_to_json(value)}"


def _ends(value: tuple[int | None, int | None]) -> str:
    least, most = value
    if least == most:
        return str(least)
    return f"{least or 0} or more" if most is None else f"{least or 0} to {most}"


def _between(schema: FrameSchema) -> Iterator[str]:
    lines = [f"unique   {', '.join(group)}" for group in schema.unique]
    lines += [f"key      {', '.join(schema.key)}"] if len(schema.key) > 1 else []
    lines += [f"rows     {_ends(schema.rows)}"] if schema.rows else []
    lines += ["order    exact"] if schema.ordered else []
    lines += [f"extra    {schema.extra}"] if schema.extra else []
    lines += [f"rule     {one.name}: {_rule(one)}" for one in schema.rules]
    lines += [f"drift    {_drift(one.to_json())}" for one in schema.drift]
    lines += [f"python   {schema.python}"] if schema.python else []
    yield from ["", *lines] if lines else []


def _rule(rule: Rule) -> str:
    warn = " (warn)" if rule.severity == "warn" else ""
    if rule.custom is not None:
        return f"python {_code(rule.custom)}{warn}"
    right = rule.right if rule.value is None else constant_to_json(rule.value)
    return f"{rule.left} {_SIGNS[str(rule.operator)]} {right}{warn}"


def _code(custom: Custom) -> str:
    args = ", ".join(f"{name}={value}" for name, value in custom.args)
    return f"{custom.python}({args})" if args else custom.python


def _drift(words: Mapping[str, Any]) -> str:
    return ", ".join(f"{word} {value}" for word, value in words.items())


def _policy(name: str, words: Mapping[str, Any]) -> tuple[str, ...]:
    sampled = f"{words['head']} first and {words['random']} others"
    said = [str(words[word]) if words[word] is not None else "" for word in _POLICY]
    return (name, *said, sampled if words["check"] == "sample" else "")


def _table(rows: Sequence[tuple[str, ...]], width: int | None) -> Iterable[str]:
    """Rows in columns; a column without a word but its title is left out. What stands in the last
    one goes on below itself where it is too wide, or indented where too little is left for that."""
    every = [tuple(map(visible, row)) for row in rows]
    kept = [i for i in range(len(every[0])) if any(row[i] for row in every[1:])]
    *first, last = kept
    widths = {i: max(len(row[i]) for row in every) for i in first}
    place = sum(widths.values()) + 2 * len(first)
    for row in every:
        start = "  ".join([*(row[i].ljust(widths[i]) for i in first), ""]).rstrip(" ")
        if width is None or place + len(row[last]) <= width:
            yield f"{start.ljust(place)}{row[last]}".rstrip()
        elif width - place >= _NARROWEST:
            lines = _wrapped(row[last], width - place)
            yield f"{start.ljust(place)}{lines[0]}".rstrip()
            yield from (f"{' ' * place}{line}" for line in lines[1:])
        else:
            yield start
            yield from (f"    {line}" for line in _wrapped(row[last], max(width - 4, 1)))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
