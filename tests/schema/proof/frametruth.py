"""Edges between frames of few columns, decided by looking at every small frame.

Frames have columns a, b and x in every order, values 0 to 2 or null, up to three rows. Again
nothing of the proof is used: what a schema accepts is said here a second time.
"""

# tables: one case a line
from __future__ import annotations

import re
from functools import cache
from itertools import permutations, product
from typing import Any

Schema = dict[str, Any]
Frame = tuple[tuple[tuple[str, str], ...], tuple[tuple[Any, ...], ...]]
_SMALL = {"type": "int8", "min": 0, "max": 2}
_A = {"a": _SMALL}
_AB = {"a": _SMALL, "b": _SMALL}
_NULL = {**_SMALL, "nullable": True}
_OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge")


def _rule(operator: str, left: str = "a", right: str = "b") -> Schema:
    return {"name": f"{left}_{operator}_{right}", "compare": [left, operator, right]}


def _constant(operator: str, value: int, left: str = "a") -> Schema:
    compare = [left, operator, {"value": value, "type": "int8"}]
    return {"name": f"{left}_{operator}_{value}", "compare": compare}


_LOW = {"a": {**_SMALL, "max": 1}, "b": {**_SMALL, "min": 1}}
_X = {"match": "[xy]", "column": {"type": "int8"}}
SCHEMAS: list[Schema] = [
    {"columns": _A},
    {"columns": _A, "extra": "allow"},
    {"columns": _A, "extra": "drop"},
    {"columns": _A, "extra": "forbid"},
    {"columns": _AB},
    {"columns": _AB, "extra": "allow"},
    {"columns": _AB, "extra": "forbid"},
    {"columns": {"a": _SMALL, "b": _NULL}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "required": False}}},
    {"columns": {"a": _SMALL, "b": {**_NULL, "fill_null": 1}}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "default": 1}}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "severity": "warn"}}},
    *({"columns": _AB, "key": list(key)} for key in ("a", "b", "ab")),
    *({"columns": {"a": _NULL, "b": _NULL}, "key": list(key)} for key in ("a", "ab")),
    *({"columns": _AB, "unique": [list(names)]} for names in ("a", "b", "ab")),
    {"columns": {"a": _NULL, "b": _NULL}, "unique": [["a"]]},
    {"columns": {"a": {**_NULL, "fill_null": 1, "unique": True}}},
    {"columns": {"a": {**_NULL, "unique": True}}},
    {"columns": {"a": {**_SMALL, "unique": True, "severity": "warn"}}},
    {"columns": {"a": {**_SMALL, "unique": True}, "b": {**_SMALL, "required": False}}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "required": False, "unique": True}}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "default": 0, "unique": True}}},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "default": 0}}, "unique": [["a", "b"]]},
    {"columns": _AB, "ordered": True},
    {"columns": {"b": _SMALL, "a": _SMALL}, "ordered": True},
    {"columns": _AB, "ordered": True, "extra": "allow"},
    {"columns": {"a": _SMALL, "x": _SMALL, "b": _SMALL}, "ordered": True},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "required": False}}, "ordered": True},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "default": 0}}, "ordered": True},
    *({"columns": _A, "rows": rows} for rows in ([0, 0], [1, None], [0, 1], [1, 2])),
    *({"columns": _A, "rows": rows} for rows in ([2, None], [0, 2])),
    *({"columns": _AB, "rules": [_rule(operator)]} for operator in _OPERATORS),
    *({"columns": _AB, "rules": [_rule(operator, "b", "a")]} for operator in ("lt", "ge", "eq")),
    {"columns": _AB, "rules": [_rule("le"), _rule("ne")]},
    {"columns": _AB, "rules": [_rule("le"), _rule("ge")]},
    {"columns": _LOW},
    {"columns": _LOW, "rules": [_rule("ne")]},
    {"columns": {"a": {**_SMALL, "equals": 1}, "b": {**_SMALL, "equals": 1}}},
    {"columns": {"a": _NULL, "b": _NULL}, "rules": [_rule("lt")]},
    {"columns": {"a": {**_NULL, "fill_null": 0}, "b": _NULL}, "rules": [_rule("le")]},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "required": False}}, "rules": [_rule("lt")]},
    {"columns": {"a": _SMALL, "b": {**_SMALL, "default": 2}}, "rules": [_rule("le")]},
    *({"columns": _AB, "rules": [_constant(operator, 1)]} for operator in _OPERATORS),
    {"columns": _AB, "rules": [{**_constant("lt", 1), "severity": "warn"}]},
    {"columns": _AB, "rules": [{**_rule("lt"), "severity": "warn"}]},
    {"columns": {"a": {**_NULL, "fill_null": 2}}, "rules": [_constant("le", 1)]},
    {"columns": _A, "patterns": [_X]},
    {"columns": _A, "patterns": [{**_X, "at_least": 1}]},
    {"columns": _A, "patterns": [{"match": "x", "column": {"type": "int8", "min": 0}}]},
    {"columns": _A, "patterns": [{"match": "x.*", "column": {"type": "int8", "nullable": True}}]},
    {"columns": _A, "patterns": [{"match": "[bx]", "column": _SMALL, "at_least": 2}]},
    {"columns": _A, "patterns": [{"match": "b", "column": _SMALL}, _X]},
    {"columns": _AB, "patterns": [_X], "ordered": True},
    {"columns": {**_AB, "x": {"type": "int8"}}},
    {"columns": {**_A, "x": {"type": "int8", "required": False}}},
    {"columns": {**_AB, "x": {"type": "any"}}},
    {"columns": {"a": _SMALL, "b": {"type": "any", "nullable": True}}},
    {"columns": {"a": _SMALL, "b": {"type": "string"}}},
]  # fmt: skip


def frames() -> list[Frame]:
    """Every small frame: names with their types in order, and rows."""
    found: list[Frame] = []
    for count in range(4):
        for names in permutations("abx", count):
            for kinds in product(*(("int8", "string") if n != "a" else ("int8",) for n in names)):
                types = tuple(zip(names, kinds, strict=True))
                found += ((types, rows) for rows in _rows(types))
    return found


def _rows(types: tuple[tuple[str, str], ...]) -> list[tuple[tuple[Any, ...], ...]]:
    """No row; each one; each two, of columns of numbers alone; and three, of few values."""
    single = list(product(*(_pool(name, kind, (0, -1, None)) for name, kind in types)))
    found = [(), *((row,) for row in single)]
    few = list(product(*(_pool(name, kind, (0, None)) for name, kind in types)))
    found += product(few[:12], few[:12]) if len(types) < 3 else []
    found += [(row,) * 3 for row in single]
    if all(kind == "int8" for _, kind in types):
        different = tuple((n,) * len(types) for n in range(3))
        inverse = tuple(
            tuple((n, 2 - n, 0)["abx".index(name)] for name, _ in types) for n in range(3)
        )
        found += [*product(few, few), different, inverse]
        found += [(row, other, row) for row in single for other in single[:2]]
        found += [tuple((n, 2)[: len(types)] for n in range(3))] if len(types) == 2 else []
    return found


def _pool(name: str, kind: str, of_x: tuple[Any, ...]) -> tuple[Any, ...]:
    if kind == "string":
        return ("t", None)
    if name == "x":
        return of_x
    return (0, 1, 2, 3, None) if name == "b" and len(of_x) > 2 else (0, 1, 2, None)


@cache
def column_for(key: int, name: str) -> Schema | None:
    """What a schema says of a name."""
    schema = SCHEMAS[key]
    if name in schema["columns"]:
        return dict(schema["columns"][name])
    fits = (one["column"] for one in schema.get("patterns", ()) if re.fullmatch(one["match"], name))
    return next(fits, None)


def stored_by(key: int, frame: Frame) -> bool:
    """Whether a frame may be what a schema's producer has stored."""
    schema, names = SCHEMAS[key], [name for name, _ in frame[0]]
    if schema.get("extra") != "allow" and any(column_for(key, name) is None for name in names):
        return False
    if any("default" in column and name not in names for name, column in schema["columns"].items()):
        return False
    for place, name in enumerate(names):
        column = column_for(key, name)
        if column and "fill_null" in column and any(row[place] is None for row in frame[1]):
            return False
    return _right(key, frame)


def taken_by(key: int, frame: Frame) -> bool:
    """Whether a schema's consumer accepts a frame."""
    schema, (types, rows) = SCHEMAS[key], frame
    names = [name for name, _ in types]
    if schema.get("extra") == "forbid" and any(column_for(key, name) is None for name in names):
        return False
    if schema.get("extra", "drop") == "drop":
        kept = [n for n, (name, _) in enumerate(types) if column_for(key, name) is not None]
        types = tuple(types[n] for n in kept)
        rows = tuple(tuple(row[n] for n in kept) for row in rows)
    for place, (name, kind) in enumerate(types):
        fill = (column_for(key, name) or {}).get("fill_null")
        if fill is not None and kind == "int8":
            rows = tuple(
                (*r[:place], fill if r[place] is None else r[place], *r[place + 1 :]) for r in rows
            )
    for name, column in schema["columns"].items():
        if "default" in column and name not in [n for n, _ in types]:
            # b alone has a default here, and it comes after a
            place = next((n + 1 for n, (one, _) in enumerate(types) if one == "a"), len(types))
            types = (*types[:place], (name, "int8"), *types[place:])
            rows = tuple((*row[:place], column["default"], *row[place:]) for row in rows)
    return _right(key, (types, rows))


def _right(key: int, frame: Frame) -> bool:
    schema, (types, rows) = SCHEMAS[key], frame
    names = [name for name, _ in types]
    for name, column in schema["columns"].items():
        if column.get("required", True) and name not in names:
            return False
    low, high = schema.get("rows", (None, None))
    if len(rows) < (low or 0) or (high is not None and len(rows) > high):
        return False
    if schema.get("ordered"):
        own = "".join(name for name in schema["columns"] if name in names)
        if own not in "".join(names):
            return False
    return (
        all(
            _cells(key, name, kind, [row[n] for row in rows])
            for n, (name, kind) in enumerate(types)
        )
        and _enough(schema, names)
        and _sets(schema, names, rows)
        and _rules(schema, names, rows)
    )


def _enough(schema: Schema, names: list[str]) -> bool:
    counts = [0] * len(schema.get("patterns", ()))
    for name in (one for one in names if one not in schema["columns"]):
        for place, pattern in enumerate(schema.get("patterns", ())):
            if re.fullmatch(pattern["match"], name):
                counts[place] += 1
                break
    return all(
        n >= p.get("at_least", 0) for n, p in zip(counts, schema.get("patterns", ()), strict=True)
    )


def _cells(key: int, name: str, kind: str, cells: list[Any]) -> bool:
    column = column_for(key, name)
    if column is None:
        return True
    if column["type"] not in (kind, "any"):
        return False
    if column.get("severity") == "warn":
        return True
    nulls = column.get("nullable") and name not in SCHEMAS[key].get("key", ())
    for value in cells:
        if value is None:
            if not nulls:
                return False
        elif (
            kind == "int8" and not column.get("min", value) <= value <= column.get("max", 127)
        ) or value != column.get("equals", value):
            return False
    return True


def _sets(schema: Schema, names: list[str], rows: tuple[tuple[Any, ...], ...]) -> bool:
    single = [[name] for name, column in schema["columns"].items() if column.get("unique")]
    for group in (schema.get("key", []), *schema.get("unique", []), *single):
        if all(schema["columns"][name].get("severity") == "warn" for name in group):
            continue
        if all(name in names for name in group):
            picked = [tuple(row[names.index(name)] for name in group) for row in rows]
            if len(set(picked)) < len(picked):
                return False
    return True


def _rules(schema: Schema, names: list[str], rows: tuple[tuple[Any, ...], ...]) -> bool:
    for rule in schema.get("rules", ()):
        left, operator, right = rule["compare"]
        if rule.get("severity") == "warn" or left not in names:
            continue
        if isinstance(right, str) and right not in names:
            continue
        for row in rows:
            a = row[names.index(left)]
            b = row[names.index(right)] if isinstance(right, str) else right["value"]
            if a is not None and b is not None and not _stands(a, operator, b):
                return False
    return True


def _stands(a: int, operator: str, b: int) -> bool:
    said = {"eq": a == b, "ne": a != b, "lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b}
    return said[operator]


def as_json(schema: Schema) -> Schema:
    """A schema as the model reads it."""
    patterns = [
        {**p["column"], **{w: p[w] for w in ("match", "at_least") if w in p}}
        for p in schema.get("patterns", ())
    ]
    return {"schema": "s.t", **schema, **({"patterns": patterns} if patterns else {})}


def written() -> dict[str, Any]:
    """Schemas, and for each producer a line of 1 and 0: which consumers its frames satisfy."""
    every = frames()
    takes = [[taken_by(key, frame) for frame in every] for key in range(len(SCHEMAS))]
    lines = []
    for key in range(len(SCHEMAS)):
        mine = [n for n, frame in enumerate(every) if stored_by(key, frame)]
        lines.append("".join("1" if all(one[n] for n in mine) else "0" for one in takes))
    return {"schemas": list(map(as_json, SCHEMAS)), "holds": lines}
