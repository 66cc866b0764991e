"""A written schema as it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.schema.around import (
    check_sets,
    meant_drift,
    meant_patterns,
    meant_rows,
    meant_rules,
)
from wombat.schema.columns import meant_column
from wombat.schema.model import FrameSchema
from wombat.schema.never import check_rows
from wombat.schema.spot import Spot
from wombat.schema.written_policy import PATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wombat.errors import Diagnostics
    from wombat.language.source import Document
    from wombat.schema.around import Columns
    from wombat.schema.written import WrittenSchema
    from wombat.schema.written_policy import WrittenPolicy


def meant_schema(
    written: WrittenSchema, document: Document, sink: Diagnostics, broken: Iterable[str] = ()
) -> FrameSchema:
    """The schema without what is wrong; every mistake goes to `sink`.

    `broken` names columns that there are, with mistakes that are told.
    """
    spot = Spot(document, sink)
    key = written.key or ()
    columns: Columns = {
        name: meant_column(column, spot.below("columns", name), key=list(key) == [name])
        for name, column in (written.columns or {}).items()
    }
    columns |= dict.fromkeys(broken)
    check_sets(written, columns, spot)
    schema = FrameSchema(
        name=written.name,
        columns={name: column for name, column in columns.items() if column},
        version=written.version,
        title=written.title,
        description=written.description,
        owner=written.owner,
        tags=tuple(written.tags),
        key=tuple(key),
        unique=tuple(tuple(group) for group in written.unique),
        extra=written.extra,
        ordered=written.order == "exact",
        rows=meant_rows(written.rows, spot.below("rows")),
        patterns=meant_patterns(written.patterns, spot.below("patterns")),
        rules=meant_rules(written.rules, columns, spot.below("rules")),
        drift=meant_drift(written.drift, columns, spot.below("drift")),
        python=written.python,
        source=written.source,
        policies=meant_layers(written.policies, spot.below("policies")),
        allow_divergence=written.allow_divergence,
    )
    check_rows(schema, spot)
    return schema


def meant_layers(written: Mapping[str, WrittenPolicy], spot: Spot) -> dict[str, dict[str, Any]]:
    """Layers {PROFILE: words} as written, without what changes the schema itself."""
    layers = {}
    for profile, policy in written.items():
        words = policy.model_dump(exclude_none=True)
        layers[profile] = {word: words[word] for word in words if word not in PATCH}
        if words.get("on_fail", "quarantine") != "quarantine":
            _refuse_thresholds(words, spot.below(profile))
    return layers


def _refuse_thresholds(words: Mapping[str, Any], spot: Spot) -> None:
    for word in ("max_failure_rate", "max_failure_rows"):
        if word in words:
            said = f"'{word}' bounds a quarantine, and on_fail is {words['on_fail']} here"
            hint = "write on_fail: quarantine, or take it away"
            spot.error("policy-thresholds", f"{said}; expected one of them", word, hint=hint)
