"""The checks that a schema asks for, by the names under which test cases show them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wombat.data.report import finding_from_json, is_note
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    Tree = Mapping[str, Any]

CHECKS: Final = (
    "min", "max", "gt", "lt", "in", "not_in", "equals", "match", "starts_with", "ends_with",
    "contains", "length",
)  # fmt: skip
"""The words of a column's checks in the order of a report."""
BROKEN: Final = frozenset({"missing", "type", "cast"})
"""What a column fails as such: its values weren't looked at then."""
_SET: Final = re.compile(r"(?:key|unique) \((.*)\) isn't unique", re.DOTALL)


def case_name(finding: Tree, schema: Tree | None = None, profile: str = "") -> str:
    """`price.min`; `unique(a, b)` for several columns; `rule:NAME`, `rows` for a whole frame.

    By its `schema` a column that a pattern names is called by the pattern, as `x_\\d+.min`, and all
    columns that are too many are one check. What was cast is told of the type.
    """
    if finding["check"] == "extra" and schema is not None:
        return "extra"
    if finding["column"]:
        check = "type" if finding["check"] == "cast" else finding["check"]
        return f"{_owner(finding['column'], schema, profile)}.{check}"
    columns = _SET.match(finding["message"]) if finding["check"] in ("key", "unique") else None
    return f"{finding['check']}({columns[1]})" if columns else str(finding["check"])


def asked(schema: Tree, check: Tree) -> Iterator[str]:
    """Every check of a schema's JSON that a report's depth reaches, each name once.

    Not the values of columns that are missing or of another type: nobody looked at them.
    """
    if check["depth"] == "none":
        return
    schema = in_profile(schema, check["profile"])
    broken = {one["column"] for one in check["findings"] if _breaks(one)}
    names = list(_structure(schema, check["side"]))
    if check["depth"] in ("sample", "full"):
        names += _values(schema, broken)
    yield from dict.fromkeys(names)


def in_profile(schema: Tree, profile: str) -> Tree:
    """A schema's JSON as it is in a profile."""
    found: Tree = schema.get("variants", {}).get(profile, schema)
    return found


def _owner(column: str, schema: Tree | None, profile: str) -> str:
    """A column's own name, or the pattern that speaks of it: the first one that fits."""
    if schema is None or column in in_profile(schema, profile)["columns"]:
        return column
    patterns = in_profile(schema, profile).get("patterns", ())
    fitting = (one["match"] for one in patterns if parse_pattern(one["match"]).matches(column))
    return next(fitting, column)


def _breaks(finding: Tree) -> bool:
    """Whether a column's values weren't looked at; one that was cast is as good as any."""
    return finding["check"] in BROKEN and not is_note(finding_from_json(finding))


def _structure(schema: Tree, side: str) -> Iterator[str]:
    for name in schema.get("order", schema["columns"]):
        if schema["columns"][name].get("required", True):
            yield f"{name}.missing"
        yield f"{name}.type"
    yield from (f"{one['match']}.type" for one in schema.get("patterns", ()))
    extra = schema.get("extra") or ("forbid" if side == "output" else "drop")
    there = {
        "extra": extra == "forbid",
        "pattern": any(one.get("at_least") for one in schema.get("patterns", ())),
        "order": schema.get("ordered"),
        "rows": schema.get("rows"),
    }
    yield from (word for word, wanted in there.items() if wanted)


def _values(schema: Tree, broken: AbstractSet[str]) -> Iterator[str]:
    key = tuple(schema.get("key", ()))
    for name in schema.get("order", schema["columns"]):
        if name not in broken:
            yield from _column(name, schema["columns"][name], nullable=name not in key)
    for pattern in schema.get("patterns", ()):
        column = {word: one for word, one in pattern.items() if word != "match"}  # of the name
        yield from _column(pattern["match"], column, nullable=True)
    sets = [("key", key)] if key else []
    sets += [("unique", tuple(group)) for group in schema.get("unique", ())]
    sets += [("unique", (name,)) for name, one in schema["columns"].items() if one.get("unique")]
    seen: set[frozenset[str]] = set()
    for word, names in sets:
        if not broken & set(names) and frozenset(names) not in seen:
            seen.add(frozenset(names))
            yield f"{names[0]}.{word}" if len(names) == 1 else f"{word}({', '.join(names)})"
    yield from (f"rule:{rule['name']}" for rule in schema.get("rules", ()))


def _column(name: str, column: Tree, *, nullable: bool) -> Iterator[str]:
    if not (nullable and column.get("nullable")):
        yield f"{name}.null"
    kind = column["type"]
    if isinstance(kind, dict) and kind.get("type") == "enum":
        yield f"{name}.enum"
    yield from (f"{name}.{word}" for word in CHECKS if word in column)
    yield from (f"{name}.python:{one['python']}" for one in column.get("checks", ()))
