"""pandera's own YAML, in each of its spellings: what it can say, and what it says."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera import described
from wombat.data.pandera.build import build
from wombat.data.pandera.calls import Call
from wombat.data.pandera.reading import Read, from_pandera
from wombat.errors import CheckFailed, MissingExtra
from wombat.schema.model import CHECKS
from wombat.schema.pattern import parse_pattern
from wombat.schema.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Collection

    from wombat.data.pandera import Library
    from wombat.schema.model import Check, Column, FrameSchema

_MODULES: Final = {
    "pandas": "pandera.io.pandas_io",
    "polars": "pandera.io.polars_io",
    "pyspark": "pandera.io.pyspark_sql_io",
}
_API: Final = re.compile(
    r"^api:\s*[\"']?(\w+)|^schema_type:\s*[\"']?(\w+?)_dataframe", re.MULTILINE
)
_DIGITS: Final = re.compile(r"DecimalType\((\d+),\s*(\d+)\)")
_BOUNDS: Final = {"min": "ge", "max": "le", "gt": "gt", "lt": "lt", "equals": "eq"}
_LISTS: Final = {"in": "isin", "not_in": "notin"}
_TEXTS: Final = {"starts_with": "str_startswith", "ends_with": "str_endswith"}
MOST: Final = 4 << 20


def to_yaml(schema: FrameSchema, library: Library) -> tuple[str, list[str]]:
    """pandera's YAML of a schema, and what it doesn't say. What it would say otherwise than meant,
    as moments finer than a second, isn't in it either: it is read back and compared."""
    words, losses = _plain(schema)
    text, lost = _written(words, library)
    back = from_pandera(_io(library).from_yaml(text), schema.name).schema
    untyped = {name for name, one in words.columns.items() if _other(one, back.columns.get(name))}
    losses += [f"columns.{name}.type" for name in words.columns if name in untyped]
    untyped -= {name for name in untyped if words.columns[name].type.kind == "enum"}
    if untyped:  # without a type other checks are understood
        text, lost = _written(words, library, untyped)
        back = from_pandera(_io(library).from_yaml(text), schema.name).schema
    wrong = [
        (name, word)
        for name, column in words.columns.items()
        for word in _differing(column, back.columns.get(name))
    ]
    for name, word in wrong:
        without: dict[str, Any] = {_attribute(word): None}
        column = replace(words.columns[name], **without)
        words = words.with_columns({**words.columns, name: column})
        losses.append(f"columns.{name}.{word}")
    if wrong:
        text, lost = _written(words, library, untyped)
    named = {one.partition(" (")[0] for one in lost if one.endswith(")")}
    return text, list(dict.fromkeys([*(one for one in losses if one not in named), *lost]))


def _other(column: Column, back: Column | None) -> bool:
    """Whether a column came back with another type."""
    return back is None or back.type != column.type


def read_yaml(text: str, shown: str) -> Read:
    """The schema that a pandera YAML says, whichever spelling it has; runs no code.

    Raises CheckFailed `not-pandera` where it is none, MissingExtra where its library is missing.
    """
    found = _API.search(text)
    library = next((one for one in found.groups() if one), "pandas") if found else "pandas"
    library = library.partition("_")[0]  # Spark's is pyspark_sql
    if len(text) > MOST or library not in _MODULES or "columns:" not in text:
        raise _no_yaml(shown, "it isn't one of a dataframe")
    try:
        schema = _io(library).from_yaml(text)
    except ModuleNotFoundError:
        raise MissingExtra(f"pandera schemas of {library}", _extra(library)) from None
    except Exception as fault:  # noqa: BLE001  # pandera raises what it comes upon
        raise _no_yaml(shown, str(fault).partition("\n")[0][:200]) from None
    name = re.sub(r"[^a-z0-9_.]+", "_", str(schema.name or "schema").lower()).strip("_.")
    read = from_pandera(schema, name or "schema")
    return _with_digits(read, text) if library == "pyspark" else read


def _with_digits(read: Read, text: str) -> Read:
    """pandera's reader of Spark's YAML forgets the digits of decimals that stand there."""
    columns = dict(read.schema.columns)
    for name, said in importlib.import_module("yaml").safe_load(text)["columns"].items():
        if digits := _DIGITS.fullmatch(str(said.get("dtype"))):
            kind = LogicalType("decimal", precision=int(digits[1]), scale=int(digits[2]))
            columns[name] = replace(columns[name], type=kind)
    return replace(read, schema=read.schema.with_columns(columns))


def _no_yaml(shown: str, said: str) -> CheckFailed:
    return CheckFailed(f"{shown} is no pandera YAML: {said}", code="not-pandera")


def _io(library: str) -> Any:
    return importlib.import_module(_MODULES[library])


def _extra(library: str) -> str:
    return "spark" if library == "pyspark" else library


def _plain(schema: FrameSchema) -> tuple[FrameSchema, list[str]]:
    """Without what the YAML has no place for."""
    losses = [
        word
        for word in ("version", "owner", "tags", "rows", "rules", "drift", "patterns")
        if getattr(schema, word)
    ]
    losses += ["order"] if schema.ordered and schema.extra == "allow" else []
    columns = {}
    for name, column in schema.columns.items():
        for word, there in _beyond(column):
            losses += [f"columns.{name}.{word}"] if there else []
        columns[name] = replace(
            column, custom=(), pii=False, tags=(), default=None, fill_null=None, severity="error"
        )
    bare = replace(
        schema, version=None, owner=None, tags=(), rows=None, rules=(), drift=(), patterns=()
    )
    return bare.with_columns(columns), losses


def _beyond(column: Column) -> list[tuple[str, object]]:
    return [
        ("checks", column.custom),
        ("pii", column.pii),
        ("tags", column.tags),
        ("default", column.default is not None),
        ("fill_null", column.fill_null is not None),
        ("severity", column.severity == "warn"),
    ]


def _written(
    schema: FrameSchema, library: Library, untyped: Collection[str] = ()
) -> tuple[str, list[str]]:
    """The text, and what pandera's writer has no word for. Columns in `untyped` have no type."""
    bare = schema.with_columns({n: _bare(one) for n, one in schema.columns.items()})
    made = described(bare, library)
    columns, losses = made.tree.args[0], list(made.losses)
    for name, column in schema.columns.items():
        if name in untyped:
            columns[name] = Call("pa.Column", (None,), columns[name].words)
        checks = []
        for check in column.checks():
            call = _built_in(check, column, library)
            if call and not _writable(name, columns[name], call, library):
                call = None
            checks += [call] if call else []
            losses += [] if call or check.name == "enum" else [f"columns.{name}.{check.name}"]
        words = {w: v for w, v in columns[name].words.items() if w not in ("checks", "metadata")}
        given = {**words, "checks": checks} if checks else words
        columns[name] = Call("pa.Column", columns[name].args, given)
        if any(one.function == "own.instances" for one in _own(column, library)):
            losses.append(f"columns.{name}.type")
    tree = {w: v for w, v in made.tree.words.items() if w not in ("checks", "metadata")}
    pandera = build(Call("pa.DataFrameSchema", (columns,), tree), library)
    return _io(library).to_yaml(pandera), losses


def _writable(name: str, column: Call, check: Call, library: Library) -> bool:
    """Whether pandera's writer knows the check's constants, and its reader what was written: YAML
    has no word for the values of some types, and Python's re none for an end within a pattern."""
    words = {w: v for w, v in column.words.items() if w not in ("checks", "metadata")}
    alone = Call("pa.Column", column.args, {**words, "checks": [check]})
    io = _io(library)
    try:
        schema = build(Call("pa.DataFrameSchema", ({name: alone},)), library)
        io.from_yaml(io.to_yaml(schema))
    except Exception:  # noqa: BLE001  # yaml's and re's own errors, and what pandera comes upon
        return False
    return True


def _own(column: Column, library: Library) -> list[Call]:
    from wombat.data.pandera import target_of

    return target_of(library).of_type(column.type)


def _bare(column: Column) -> Column:
    without: dict[str, Any] = dict.fromkeys(map(_attribute, CHECKS))
    return replace(column, **without)


def _attribute(word: str) -> str:
    return "within" if word == "in" else word


def _built_in(check: Check, column: Column, library: Library) -> Call | None:
    """One of pandera's own checks, which is all that its YAML holds."""
    value: Any = list(check.value) if isinstance(check.value, tuple) else check.value
    if check.name == "enum":
        return None
    if check.name == "match":
        pattern = parse_pattern(value)
        inner = pattern.rust() if library == "polars" else pattern.re2()
        return Call("pa.Check.str_matches", (f"^(?:{inner[5:-3]})$",))
    if check.name == "contains":
        return Call("pa.Check.str_contains", (re.escape(value),))
    if check.name == "length":
        return Call("pa.Check.str_length", tuple(value)) if column.type.kind == "string" else None
    named = {**_BOUNDS, **_LISTS, **_TEXTS}[check.name]
    return Call(f"pa.Check.{named}", (value,))


def _differing(column: Column, back: Column | None) -> list[str]:
    """The words of a column that came back as something else."""
    words = ["in" if word == "within" else word for word in CHECKS]
    return [
        word
        for word in words
        if word not in ("match", "contains")
        and getattr(column, _attribute(word)) is not None
        and (back is None or getattr(back, _attribute(word)) != getattr(column, _attribute(word)))
    ]
