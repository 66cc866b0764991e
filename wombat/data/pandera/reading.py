"""Schemas out of pandera's: classes and schema objects of pandas, polars and pyspark."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.data.pandera.foreign import NoType, type_of
from wombat.data.pandera.kept import (
    as_said,
    code_of,
    counted,
    kept,
    present,
    rule_name,
    severity_of,
)
from wombat.data.pandera.words import NoWord, Words, as_constant, is_own, whole
from wombat.errors import CheckFailed
from wombat.schema.model import Column, FrameSchema, Pattern
from wombat.schema.pattern import parse_pattern
from wombat.schema.pattern_parser import BadPattern
from wombat.schema.rules import Custom, Rule
from wombat.schema.types import LogicalType, type_from_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXTRA: Final = {True: "forbid", False: "allow", "filter": "drop"}
_CONTAINER: Final = re.compile(r"pandera\.api\.(pandas|polars|pyspark)\.container")


@dataclass(slots=True)
class Read:
    """A schema, and each thing of the class that it doesn't say."""

    schema: FrameSchema
    losses: list[str]


def schema_object(found: Any) -> tuple[Any, str]:
    """The `DataFrameSchema` of a class, or the object itself, and its library.

    Raises CheckFailed `not-pandera` for anything else.
    """
    schema = found.to_schema() if hasattr(found, "to_schema") else found
    for kind in type(schema).__mro__:
        if library := _CONTAINER.fullmatch(kind.__module__):
            return schema, library[1]
    raise CheckFailed(
        f"a {type(found).__name__} is no pandera schema; expected a DataFrameModel or a "
        "DataFrameSchema of pandera.pandas, pandera.polars or pandera.pyspark",
        code="not-pandera",
    )


def opaque_checks(checks: Iterable[Any]) -> dict[str, Any]:
    """Checks by name, each with one of its own: `even`, `even#2` for a second."""
    found: dict[str, Any] = {}
    for check in checks:
        plain = check.name or "check"
        number = sum(1 for name in found if name.partition("#")[0] == plain)
        found[f"{plain}#{number + 1}" if number else plain] = check
    return found


def from_pandera(found: Any, name: str, *, python: str | None = None) -> Read:
    """A class or schema object as our schema. `python` is where it stands, `module:Class`: what
    our language can't say is then a check that pandera runs on it, else a loss.

    Raises CheckFailed: `not-pandera`, or `schema-unsayable` for types and names of columns.
    """
    schema, library = schema_object(found)
    return _Reader(schema, library, name, python).read()


@dataclass(slots=True)
class _Reader:
    given: Any
    library: str
    name: str
    python: str | None
    losses: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def read(self) -> Read:
        given = self.given
        meta = kept(given.metadata)
        columns = {n: self.column(n, c) for n, c in given.columns.items() if not c.regex}
        patterns = [self.pattern(n, c, columns) for n, c in given.columns.items() if c.regex]
        rows, at_least = self.frame_checks()
        schema = FrameSchema(
            self.name,
            {name: column for name, column in columns.items() if column},
            version=meta.get("version"),
            title=given.title,
            description=given.description,
            owner=meta.get("owner"),
            tags=tuple(meta.get("tags", ())),
            key=tuple(meta.get("key", ())),
            unique=self.unique(meta),
            extra=_EXTRA[given.strict],  # type: ignore[arg-type]  # the language's words
            ordered=bool(given.ordered) or self.own("order"),
            rows=rows,
            patterns=tuple(counted(one, at_least) for one in patterns if one),
            rules=tuple(self.rules),
            python=self.python,
        )
        self.frame_losses()
        if self.faults:
            raise CheckFailed(
                f"{self.python or self.name} can't be said: {'; '.join(self.faults)}",
                code="schema-unsayable",
            )
        return Read(schema, self.losses)

    def own(self, word: str) -> bool:
        return any(is_own(one) and word in one.statistics for one in self.given.checks)

    def column(self, name: str, given: Any) -> Column | None:
        where = f"columns.{name}"
        dtype = given.dtype if given.dtype is not None else getattr(self.given, "dtype", None)
        try:
            kind, lost = type_of(dtype, self.library)
        except NoType as fault:
            self.faults.append(f"{where}: {fault}")
            return None
        meta, warn = kept(given.metadata), self.warns(given)
        kind = type_from_json(meta["type"]) if "type" in meta else as_said(kind, given.checks)
        if lost and not any(is_own(one) and "type" in one.statistics for one in given.checks):
            self.losses.append(f"{where}: {lost}")
        words, custom = self.checks(name, given, kind, warn=warn)
        found = words.found
        self.column_losses(where, given)
        return Column(
            kind,
            nullable=meta.get("nullable", given.nullable and not present(given.checks)),
            required=given.required,
            unique=given.unique or meta.get("unique", False),
            within=found.pop("in", None),
            custom=custom,
            severity="warn" if warn else "error",
            pii=meta.get("pii", False),
            title=given.title,
            description=given.description,
            tags=tuple(meta.get("tags", ())),
            **found,
            **self.stand_ins(where, given, kind),
        )

    def warns(self, given: Any) -> bool:
        """Whether nothing about the column but its type is an error."""
        if kept(given.metadata).get("severity") == "warn":
            return True
        checks = [one for one in given.checks if not is_own(one) or "type" not in one.statistics]
        loose = given.nullable and not given.unique
        return bool(checks) and loose and all(one.raise_warning for one in checks)

    def checks(
        self, name: str, given: Any, kind: LogicalType, *, warn: bool
    ) -> tuple[Words, tuple[Custom, ...]]:
        words, custom = Words(kind), []
        for label, check in opaque_checks(given.checks).items():
            if not is_own(check) and (check.raise_warning != warn or check.groupby):
                self.rule(label, check, column=name)
                continue
            if "python" in (check.statistics or {}) and is_own(check):
                custom.append(code_of(check))
                continue
            try:
                words.add(check)
            except NoWord:
                if self.python is None:
                    self.losses.append(f"columns.{name}: the check {label}")
                else:
                    custom.append(Custom(self.python, (("check", label),)))
        return words, tuple(custom)

    def stand_ins(self, where: str, given: Any, kind: LogicalType) -> dict[str, Any]:
        """pandera's default fills nulls, and stands in for an absent column if that is asked."""
        if getattr(given, "default", None) is None:
            return {}
        try:
            value = as_constant(given.default, kind)
        except ValueError:
            self.losses.append(f"{where}: the default, which is no {kind} constant")
            return {}
        absent = {"default": value} if self.given.add_missing_columns else {}
        return {"fill_null": value, **absent}

    def pattern(self, name: str, given: Any, columns: dict[str, Any]) -> Pattern | None:
        try:
            match = kept(given.metadata).get("match") or whole(name)
            parsed = parse_pattern(match)
        except (BadPattern, NoWord) as fault:
            self.faults.append(f"columns.{name}: the pattern of names ({fault})")
            return None
        column = self.column(name, given)
        both = [one for one in columns if parsed.matches(one)]
        if both:
            self.losses.append(f"columns.{name}: as a pattern it also holds of '{both[0]}'")
        if column is None:
            return None
        if column.unique:
            self.losses.append(f"columns.{name}: unique, which no pattern says")
        plain = replace(column, required=True, unique=False)
        return Pattern(match, plain, 1 if given.required else 0)

    def frame_checks(self) -> tuple[Any, dict[str, int]]:
        """Bounds of rows, and how many columns patterns ask for; the others become rules."""
        rows, at_least = None, {}
        for label, check in opaque_checks(self.given.checks).items():
            said = check.statistics or {}
            if not is_own(check):
                self.rule(label, check, column=None)
            elif "rows" in said:
                rows = tuple(said["rows"])
            elif "at_least" in said:
                count, pattern = said["at_least"]
                at_least[pattern] = count
            elif "compare" in said:
                self.rules.append(self.comparison(check))
            elif "python" in said:
                name = check.name.removeprefix("rule:")
                self.rules.append(Rule(name, custom=code_of(check), severity=severity_of(check)))
        return rows, at_least

    def comparison(self, check: Any) -> Rule:
        left, sign, right = check.statistics["compare"]
        severity = severity_of(check)
        if isinstance(right, str):
            return Rule(check.name, left, sign, right, severity=severity)
        kind, _ = type_of(self.given.columns[left].dtype, self.library)
        kind = as_said(kind, self.given.columns[left].checks)
        return Rule(check.name, left, sign, None, right["value"], kind, severity=severity)

    def rule(self, label: str, check: Any, *, column: str | None) -> None:
        if self.python is None:
            where = f"columns.{column}: " if column else ""
            self.losses.append(f"{where}the check {label}")
            return
        args = (("check", label), *((("column", column),) if column else ()))
        name = rule_name(f"{column}_{label}" if column else label, self.rules)
        custom = Custom(self.python, args)
        self.rules.append(Rule(name, custom=custom, severity=severity_of(check)))

    def unique(self, meta: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
        if "unique" in meta or "key" in meta:
            return tuple(tuple(group) for group in meta.get("unique", ()))
        found = self.given.unique or []
        groups = [found] if isinstance(found, str) else found
        if groups and all(isinstance(one, str) for one in groups):
            groups = [groups]
        return tuple(tuple(group) for group in groups)

    def column_losses(self, where: str, given: Any) -> None:
        if given.coerce and given.dtype is not None:
            self.losses.append(f"{where}: coerce; say cast: safe in a policy")
        if getattr(given, "parsers", None):
            self.losses.append(f"{where}: its parsers, which don't run")
        if getattr(given, "drop_invalid_rows", False):
            self.losses.append(f"{where}: drop_invalid_rows; say on_fail: quarantine in a policy")
        if set(given.metadata or ()) - {"wombat"}:
            self.losses.append(f"{where}: its metadata")

    def frame_losses(self) -> None:
        given = self.given
        said = {
            "coerce; say cast: safe in a policy": given.coerce,
            "parsers, which don't run": getattr(given, "parsers", None),
            "drop_invalid_rows; say on_fail: quarantine in a policy": given.drop_invalid_rows,
            "the index, which no artifact carries": getattr(given, "index", None) is not None,
            "metadata": set(given.metadata or ()) - {"wombat"},
            "ordered lets other columns stand between; here they can't": (
                given.ordered and given.strict is False
            ),
        }
        self.losses += [what for what, there in said.items() if there]
