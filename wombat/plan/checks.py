"""Checks in the project's own code: there, called rightly, and known by a digest; never run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wombat.language.near import listed, near
from wombat.plan.functions import find_function, functions
from wombat.plan.names import source_digest
from wombat.schema.load import Located

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.errors import Diagnostics
    from wombat.plan.closure.checkout import Checkout
    from wombat.schema.model import Column, FrameSchema
    from wombat.schema.rules import Custom

Steps = tuple[str | int, ...]


def with_digests(
    schemas: Mapping[str, Located], checkout: Checkout, sink: Diagnostics
) -> dict[str, Located]:
    """Schemas whose checks in code have the digest of that code: what changes it, changes them.

    A function that isn't there, or can't be called so, is reported where it is written. Checks of
    classes that were imported have theirs already.
    """
    found = {}
    for name, one in schemas.items():
        look = _Look(checkout, one, sink)
        found[name] = Located(look.filled(one.schema), one.document)
    return found


@dataclass(frozen=True)
class _Look:
    """One schema's document, in which places are looked up."""

    checkout: Checkout
    located: Located
    sink: Diagnostics

    def filled(self, schema: FrameSchema, *, silent: bool = False) -> FrameSchema:
        if not any(True for _ in customs(schema)) and not schema.variants:
            return schema
        if not silent and schema.python is None:
            for steps, one in customs(schema):
                self._check(one, steps, frame="rules" in steps[:1])
        columns = {name: self._column(one) for name, one in schema.columns.items()}
        patterns = tuple(replace(p, column=self._column(p.column)) for p in schema.patterns)
        rules = tuple(
            replace(one, custom=self._custom(one.custom)) if one.custom else one
            for one in schema.rules
        )
        variants = {n: self.filled(one, silent=True) for n, one in schema.variants.items()}
        return replace(schema, columns=columns, patterns=patterns, rules=rules, variants=variants)

    def _column(self, column: Column) -> Column:
        if not column.custom:
            return column
        return replace(column, custom=tuple(self._custom(one) for one in column.custom))

    def _custom(self, one: Custom) -> Custom:
        return one if one.digest else replace(one, digest=source_digest(self.checkout, one.python))

    def _check(self, one: Custom, steps: Steps, *, frame: bool) -> None:
        module_name, _, function = one.python.partition(":")
        module = self.checkout.module(module_name)
        if one.digest or module is None:
            if not one.digest:
                self._no_module(module_name, steps)
            return
        signature = find_function(module, function)
        if signature is None:
            self.sink.error(
                "unknown-check",
                f"no function '{function}' in {module.file}; expected "
                f"{listed(functions(module)) or 'one at its top level'}",
                self.located.document.at(*steps, "python"),
                hint=near(function, functions(module)),
            )
            return
        if not signature.open:
            given = "the frame" if frame else "the column"
            self._call(one, steps, [(a.name, a.required) for a in signature.arguments], given)

    def _no_module(self, module: str, steps: Steps) -> None:
        fault = self.checkout.faults.get(module)
        said = (
            f"{fault.filename}:{fault.lineno or 1} is not valid Python: {fault.msg}"
            if fault
            else f"no module '{module}' in this project; expected {module.replace('.', '/')}.py"
        )
        self.sink.error("unknown-check", said, self.located.document.at(*steps, "python"))

    def _call(self, one: Custom, steps: Steps, takes: list[tuple[str, bool]], given: str) -> None:
        """The first argument is what is checked; the others are `args` by name."""
        place = self.located.document.at(*steps)
        if not takes:
            self.sink.error(
                "check-arguments", f"{one.python} takes nothing; expected it to take {given}", place
            )
            return
        names = [name for name, _ in takes[1:]]
        for word, _ in one.args:
            if word not in names:
                known = listed(names) if names else f"{given} alone"
                self.sink.error(
                    "check-arguments",
                    f"{one.python} doesn't take '{word}'; expected {known}",
                    self.located.document.at(*steps, "args", word),
                    hint=near(word, names),
                )
        for name, needed in takes[1:]:
            if needed and name not in dict(one.args):
                self.sink.error(
                    "check-arguments",
                    f"{one.python} needs '{name}'; expected it in args",
                    place,
                    hint=f"args: {{{name}: …}}",
                )


def customs(schema: FrameSchema) -> Iterator[tuple[Steps, Custom]]:
    """Each check in code of a schema, and where it stands; those of variants aren't among them."""
    for name, column in schema.columns.items():
        for number, one in enumerate(column.custom):
            yield ("columns", name, "checks", number), one
    for place, pattern in enumerate(schema.patterns):
        for number, one in enumerate(pattern.column.custom):
            yield ("patterns", place, "checks", number), one
    for number, rule in enumerate(schema.rules):
        if rule.custom is not None:
            yield ("rules", number), rule.custom
