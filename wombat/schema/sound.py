"""A document decoded as far as it is right, so that all of its mistakes are told at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from wombat.errors import Diagnostics
from wombat.language.decode import decode
from wombat.language.source import Mapping, Sequence
from wombat.schema.loom import Loom, get
from wombat.schema.weave import Woven, with_root
from wombat.schema.written import WrittenSchema
from wombat.schema.written_words import rejoined

if TYPE_CHECKING:
    from wombat.errors import Diagnostic
    from wombat.language.source import Document

_PARTS: Final = ("columns", "patterns", "rules", "drift", "policies")
"""Words that hold many: one that is wrong doesn't take the others with it."""
_NEEDED: Final = ("schema", "columns", "extends", "python")
_MEANT: Final = {
    "coerce": "casts are asked for by a policy: policies: {development: {cast: safe}}",
    "strict": "write extra: forbid", "filter": "write extra: drop", "ordered": "write order: exact",
    "dtype": "write type", "isin": "write in", "choices": "write in", "notin": "write not_in",
    "ge": "write min",
    "minimum": "write min", "le": "write max", "maximum": "write max", "greater_than": "write gt",
    "less_than": "write lt", "str_matches": "write match", "pattern": "write match",
    "regex": "columns by the pattern of their names stand under 'patterns'; of values write match",
    "str_length": "write length", "max_length": "write length: [0, MOST]",
    "min_length": "write length: [LEAST, null]", "null": "write nullable: true",
    "optional": "write nullable: true where nulls are allowed, required: false where the whole "
    "column may be absent", "primary_key": "write key: [column]", "primary": "write key: [column]",
    "enum": "write {type: enum, of: […]}, or in: […]",
    "values": "write of: […] for an enum's members, in: […] for values of other types",
    "items": "write of",
    "properties": "write fields", "fillna": "write fill_null",
    "sensitive": "write pii: true", "inherits": "write extends", "unique_keys": "write unique",
}  # fmt: skip
"""What words of other tools are here."""
_UNKNOWN: Final = re.compile(r"unknown key '(\w+)'")


@dataclass(frozen=True, slots=True)
class Sound:
    """What is right in a document, that document, and the columns that aren't among it."""

    written: WrittenSchema
    document: Document
    broken: tuple[str, ...] = ()


def sound(document: Document, sink: Diagnostics) -> Sound | None:
    """What can be decoded; every mistake goes to `sink`. None where nothing is worth a look."""
    try:
        return Sound(WrittenSchema.model_validate(document.root), document)
    except ValidationError as fault:
        told = Diagnostics()
        told.found += [one for one in sink.found if one.place.path == document.path]
        known = len(told.found)
        decode(document, WrittenSchema, told)
        for one in told.found[known:]:
            sink.add(_hinted(one))
        steps = [_steps(error) for error in fault.errors(include_url=False, include_input=False)]
    return _rest(document, set(steps))


def _hinted(told: Diagnostic) -> Diagnostic:
    """With the word that is meant, where it is one of another tool."""
    found = _UNKNOWN.match(told.message) if told.code == "unknown-key" else None
    hint = _MEANT.get(found[1]) if found else None
    return replace(told, hint=hint) if hint else told


def _steps(error: Any) -> tuple[Any, ...]:
    """The part that a mistake is in, or its word."""
    steps = [step for step in error["loc"] if not str(step).startswith("function-")]
    return tuple(steps[:2]) if steps and steps[0] in _PARTS else tuple(steps[:1])


def _rest(document: Document, wrong: set[tuple[Any, ...]]) -> Sound | None:
    if not isinstance(document.root, Mapping) or any(
        not steps or (len(steps) == 1 and steps[0] in _NEEDED) for steps in wrong
    ):
        return None
    loom = Loom(dict(document.paths) if isinstance(document, Woven) else {})
    root = loom.mapping(document.root, {})
    for word, node in document.root.items():
        if (str(word),) not in wrong:
            dropped = {steps[1] for steps in wrong if steps[0] == word and len(steps) > 1}
            root[word] = _without(rejoined(node), dropped, loom) if dropped else node
    try:
        written = WrittenSchema.model_validate(root)
    except ValidationError:
        return None
    columns = get(document.root, "columns")
    names = [str(name) for name in columns or () if ("columns", name) in wrong]
    return Sound(written, with_root(document, root, loom), tuple(names))


def _without(node: Any, dropped: set[Any], loom: Loom) -> Any:
    if isinstance(node, Mapping):
        return loom.mapping(node, {k: v for k, v in node.items() if k not in dropped})
    if isinstance(node, Sequence):
        return loom.sequence(node, [one for n, one in enumerate(node) if n not in dropped])
    return node
