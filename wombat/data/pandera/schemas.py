"""A frame's schema as an expression of pandera: what is common to its libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from wombat.data.pandera.calls import Call, Code, call
from wombat.schema.pattern import parse_pattern

if TYPE_CHECKING:
    from wombat.schema.model import Check, Column, FrameSchema
    from wombat.schema.rules import Custom, Rule
    from wombat.schema.types import LogicalType

_STRICT: Final = {"forbid": True, "drop": "filter", "allow": False}


class Target(Protocol):
    """What differs between pandera's libraries. Expressions use `pa`, `own` and the library."""

    name: str
    has_code: bool
    """Whether checks in code of one's own get a frame of this library."""
    has_unique: bool
    """Whether pandera looks for sets that stand once by itself; else a check of ours does."""

    def dtype(self, kind: LogicalType) -> Any:
        """The expression of a type, None for any; raises Unsaid."""
        ...

    def of_type(self, kind: LogicalType) -> list[Call]:
        """Checks of the type itself, where the dtype says too little."""
        ...

    def check(self, check: Check, kind: LogicalType, warn: dict[str, Any]) -> Call:
        """One check of values; raises Unsaid."""
        ...

    def rule_value(self, rule: Rule) -> tuple[Any, ...]:
        """The constant of a rule as arguments of `compare_with`."""
        ...

    def regex(self, pattern: str) -> str:
        """A pattern of column names, of the whole name."""
        ...

    def refused(self, schema: FrameSchema) -> list[str]:
        """What this library can't say of a schema beyond its types and checks."""
        ...


class Unsaid(Exception):
    """One thing that a library of pandera can't say; the text names it."""


@dataclass(slots=True)
class Made:
    """An expression. `losses` are checks that it can't say, `shaping` what isn't a check of one
    frame: what changes a frame before it is judged, and drift."""

    tree: Call
    losses: list[str]
    shaping: list[str]


def frame_tree(schema: FrameSchema, target: Target, *, taken: bool = False) -> Made:
    """The expression of a `DataFrameSchema`.

    It judges frames in the library's canonical types, as a task gets them, after defaults, fills
    and casts. `taken`: the default of `extra` is that of an input.
    """
    losses = target.refused(schema)
    columns = {
        name: _column(schema, name, column, target, losses)
        for name, column in schema.columns.items()
    }
    for number, pattern in enumerate(schema.patterns):
        where = f"patterns[{number}]"
        losses += _overlap(schema, pattern.match, where)
        try:
            regex = target.regex(pattern.match)
        except Unsaid as fault:
            losses.append(f"{where} ({fault})")
            continue
        columns[regex] = _described(
            pattern.column,
            target,
            losses,
            where,
            nullable=pattern.column.nullable,
            kept={"match": pattern.match},
            required=pattern.at_least > 0,
            regex=True,
        )
    extra = schema.extra or ("drop" if taken else "forbid")
    tree = call(
        "pa.DataFrameSchema",
        columns,
        checks=_whole(schema, target, losses, extra) or None,
        strict=_STRICT[extra],
        ordered=(schema.ordered and not _own_order(schema, extra)) or None,
        unique=(target.has_unique and _unique(schema)) or None,
        unique_column_names=True if target.name == "pandas" else None,
        name=schema.name,
        title=schema.title,
        description=schema.description,
        metadata=_metadata(_frame_words(schema)),
    )
    return Made(tree, losses, _shaping(schema))


def _own_order(schema: FrameSchema, extra: str) -> bool:
    """Whether pandera means something else by an order: it lets foreign columns stand between, and
    wants those of patterns behind the others."""
    return extra == "allow" or bool(schema.patterns)


def _shaping(schema: FrameSchema) -> list[str]:
    found = [
        f"columns.{name}.{word}"
        for name, column in schema.columns.items()
        for word in ("default", "fill_null")
        if getattr(column, word) is not None
    ]
    return [*found, *(f"drift[{number}]" for number in range(len(schema.drift)))]


def _overlap(schema: FrameSchema, match: str, where: str) -> list[str]:
    pattern = parse_pattern(match)
    both = [name for name in schema.columns if pattern.matches(name)]
    return [f"{where} (it also fits the column '{both[0]}')"] if both else []


def _column(
    schema: FrameSchema, name: str, column: Column, target: Target, losses: list[str]
) -> Call:
    return _described(
        column,
        target,
        losses,
        f"columns.{name}",
        nullable=schema.nulls_allowed(name),
        required=column.required,
        unique=(target.has_unique and column.unique and column.severity == "error") or None,
    )


def _described(
    column: Column,
    target: Target,
    losses: list[str],
    where: str,
    *,
    nullable: bool,
    kept: dict[str, Any] | None = None,
    **words: Any,
) -> Call:
    warn = {"raise_warning": True} if column.severity == "warn" else {}
    try:
        dtype, checks = target.dtype(column.type), target.of_type(column.type)
    except Unsaid as fault:
        losses.append(f"{where}.type ({fault})")
        dtype, checks = None, []
    if not nullable and warn:
        checks.append(Call("own.present", (), warn))
    for check in column.checks():
        if check.name == "enum":
            continue  # said by the type
        try:
            checks.append(target.check(check, column.type, warn))
        except Unsaid as fault:
            losses.append(f"{where}.{check.name} ({fault})")
    for custom in column.custom if target.has_code else ():
        if _of_class(custom):
            losses.append(f"{where}.checks (one that stands in {custom.python})")
        else:
            checks.append(_code("own.column_code", custom, warn))
    return call(
        "pa.Column",
        dtype,
        checks=checks or None,
        nullable=nullable or bool(warn),
        title=column.title,
        description=column.description,
        metadata=_metadata({**(kept or {}), **_column_words(column, nullable=nullable)}),
        **words,
    )


def _of_class(custom: Custom) -> bool:
    """Whether it is a check that a pandera class has: the class runs it, nobody else can."""
    return "check" in dict(custom.args) and custom.python.rpartition(":")[2][:1].isupper()


def _code(own: str, custom: Custom, words: dict[str, Any], *name: str) -> Call:
    given = (*name, custom.python, Code(custom.python), dict(custom.args))
    return Call(own, given, words)


def _whole(schema: FrameSchema, target: Target, losses: list[str], extra: str) -> list[Call]:
    found = _distinct(schema, target)
    if schema.rows:
        found.append(call("own.rows", *schema.rows))
    if schema.ordered and _own_order(schema, extra):
        found.append(call("own.ordered", list(schema.columns)))
    for pattern in schema.patterns:
        if pattern.at_least > 1:
            regex = parse_pattern(pattern.match).python().pattern
            found.append(call("own.at_least", pattern.at_least, pattern.match, regex))
    for number, rule in enumerate(schema.rules):
        try:
            found.append(_rule(rule, target))
        except Unsaid as fault:
            losses.append(f"rules[{number}] ({fault})")
    return found


def _distinct(schema: FrameSchema, target: Target) -> list[Call]:
    """The sets that pandera can't look for by itself, or only as errors."""
    found = []
    for _, names in schema.unique_sets():
        if schema.severity_of(names) == "warn":
            found.append(Call("own.distinct", names, {"raise_warning": True}))
        elif not target.has_unique:
            found.append(Call("own.distinct", names))
    return found


def _rule(rule: Rule, target: Target) -> Call:
    words = {"raise_warning": True} if rule.severity == "warn" else {}
    if rule.custom is not None:
        if _of_class(rule.custom) or not target.has_code:
            raise Unsaid(f"the code {rule.custom.python}")
        return _code("own.frame_code", rule.custom, words, rule.name)
    if rule.right is not None:
        return Call("own.compare", (rule.name, rule.left, rule.operator, rule.right), words)
    given = (rule.name, rule.left, rule.operator, *target.rule_value(rule))
    return Call("own.compare_with", given, words)


def _unique(schema: FrameSchema) -> list[Any]:
    return [
        list(names)
        for word, names in schema.unique_sets()
        if schema.severity_of(names) == "error"
        and not (word == "unique" and len(names) == 1 and schema.columns[names[0]].unique)
    ]


def _frame_words(schema: FrameSchema) -> dict[str, Any]:
    words: dict[str, Any] = {"version": schema.version, "owner": schema.owner}
    words["tags"] = list(schema.tags)
    words |= {"key": list(schema.key), "unique": [list(group) for group in schema.unique]}
    return {word: value for word, value in words.items() if value}


def _column_words(column: Column, *, nullable: bool) -> dict[str, Any]:
    words: dict[str, Any] = {"tags": list(column.tags), "pii": column.pii}
    words["nullable"] = column.nullable and not nullable
    words["unique"] = column.unique and column.severity == "warn"
    words["severity"] = "warn" if column.severity == "warn" else None
    # polars has no seconds: what is meant by its milliseconds stands beside them
    words["type"] = column.type.to_json() if _seconds(column.type) else None
    return {word: value for word, value in words.items() if value}


def _seconds(kind: LogicalType) -> bool:
    inner = [one.type for _, one in kind.fields] + ([kind.item.type] if kind.item else [])
    return kind.unit == "s" or any(map(_seconds, inner))


def _metadata(words: dict[str, Any]) -> dict[str, Any] | None:
    """What pandera has no word for; it keeps it beside the schema."""
    return {"wombat": words} if words else None
