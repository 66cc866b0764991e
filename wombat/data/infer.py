"""A first schema out of data: types and nullability; what else was seen stands beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from wombat.data.arrow import canonical_table
from wombat.data.arrow_schema import schema_of_arrow
from wombat.errors import CheckFailed
from wombat.schema.pattern import parse_pattern
from wombat.schema.types import Element, LogicalType

if TYPE_CHECKING:
    from wombat.schema.model import FrameSchema

_PERSONAL: Final = re.compile(
    r"(^|_)(e?mail|phone|tel|mobile|fax|(first|last|sur|full|user|middle)_?name|name|street|address"
    r"|zip|postcode|birth(day|date)?|dob|ssn|iban|bic|passport|tax_?id|ip|lat|lon|lng|gender"
    r"|salary|card)(_|$)"
)
_MAIL: Final = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONE: Final = r"^\+?[0-9][0-9 ()/-]{6,18}[0-9]$"
_IBAN: Final = r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"
_SHAPES: Final = {"e-mail addresses": _MAIL, "telephone numbers": _PHONE, "IBANs": _IBAN}
_SAMPLE: Final = 1000
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Inferred:
    """`seen` says what each column held, for people: nothing of it is a check. Columns that may be
    personal are in `personal` with the reason, and nothing of their values is seen."""

    schema: FrameSchema
    rows: int
    seen: dict[str, str]
    personal: dict[str, str]


def infer(table: pa.Table, name: str, known: FrameSchema | None = None) -> Inferred:
    """The schema of a table: its canonical types, and which columns hold nulls.

    What `known`, an earlier schema of the same data, says is `pii` stays so, and nothing of its
    values is seen.

    Raises CheckFailed `schema-unsayable` for a type that no schema has, TaskFailed for a table that
    no boundary carries.
    """
    table = canonical_table(table)
    try:
        schema, _ = schema_of_arrow(_typed(table), name)
    except ValueError as fault:
        raise CheckFailed(f"no schema can say {fault}", code="schema-unsayable") from None
    columns = {}
    for column, said in schema.columns.items():
        values = table.column(column)
        kind = _with_nulls(said.type, values)
        columns[column] = replace(said, type=kind, nullable=values.null_count > 0)
    columns |= {one: replace(columns[one], type=LogicalType("any")) for one in _empty(table)}
    private = [n for n in columns if known is not None and _said_personal(known, n)]
    columns |= {n: replace(columns[n], type=_plain(columns[n].type), pii=True) for n in private}
    open_ = [n for n in columns if n not in private]
    personal = {n: why for n in open_ if (why := _personal(n, table.column(n)))}
    seen = {n: _seen(table.column(n)) for n in open_ if n not in personal}
    return Inferred(schema.with_columns(columns), table.num_rows, seen, personal)


def _said_personal(known: FrameSchema, name: str) -> bool:
    if name in known.columns:
        return known.columns[name].pii
    return any(p.column.pii for p in known.patterns if parse_pattern(p.match).matches(name))


def _plain(kind: LogicalType) -> LogicalType:
    """Without members, which are values."""
    return LogicalType("string") if kind.kind == "enum" else kind


def _empty(table: pa.Table) -> list[str]:
    """Columns of nulls alone, without a type."""
    return [one.name for one in table.schema if pa.types.is_null(one.type)]


def _typed(table: pa.Table) -> pa.Schema:
    types = [(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in table.schema]
    return pa.schema(types)


def _with_nulls(kind: LogicalType, values: Any) -> LogicalType:
    """Elements are nullable where some are null."""
    if kind.item is not None:
        inner = pc.list_flatten(values)
        below = _with_nulls(kind.item.type, inner)
        return replace(kind, item=Element(below, inner.null_count > 0))
    if kind.fields:
        there = values.drop_null()
        fields = []
        for name, one in kind.fields:
            inner = pc.struct_field(there, name)
            fields.append((name, Element(_with_nulls(one.type, inner), inner.null_count > 0)))
        return replace(kind, fields=tuple(fields))
    return kind


def _personal(name: str, values: Any) -> str | None:
    if found := _PERSONAL.search(name.lower()):
        return f"it is called {found[2]}"
    if not pa.types.is_string(values.type):
        return None
    sample = values.drop_null().slice(0, _SAMPLE)
    for what, shape in _SHAPES.items():
        if len(sample) and pc.mean(pc.match_substring_regex(sample, shape)).as_py() > 0.5:
            return f"it looks like {what}"
    return None


def _seen(values: Any) -> str:
    there = values.drop_null()
    if not len(there):
        return "no value"
    said = [_range(there)] if not pa.types.is_nested(there.type) else [_lengths(there)]
    if not pa.types.is_nested(there.type):
        count = pc.count_distinct(there).as_py()
        said.append("one value" if count == 1 else f"{count:,} values" if count <= _FEW else "")
        said.append("each once" if count == len(values) > 1 else "")
    return ", ".join(part for part in said if part)


def _range(there: Any) -> str:
    types = pa.types
    if types.is_string(there.type) or types.is_binary(there.type):
        return _lengths(there)
    if types.is_boolean(there.type):
        return ""
    ends = pc.min_max(there).as_py()
    low, high = _shown(ends["min"]), _shown(ends["max"])
    return low if low == high else f"{low} to {high}"


def _lengths(there: Any) -> str:
    if pa.types.is_struct(there.type):
        return ""
    text, nested = pa.types.is_string(there.type), pa.types.is_list(there.type)
    sizes = (pc.utf8_length if text else pc.list_value_length if nested else pc.binary_length)(
        there
    )
    ends = pc.min_max(sizes).as_py()
    unit = "characters" if text else "elements" if nested else "bytes"
    low, high = ends["min"], ends["max"]
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _shown(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
