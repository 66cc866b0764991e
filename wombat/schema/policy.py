"""How much of a frame is checked in a profile, and what a failure does."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Depth = Literal["none", "types", "sample", "full"]
OnFail = Literal["error", "warn", "quarantine"]
Cast = Literal["none", "safe"]

DEPTHS: Final[tuple[Depth, ...]] = ("none", "types", "sample", "full")
MAX_CASES: Final = 20
QUARANTINE_RATE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Policy:
    """`head` first rows and `random` others are checked under `check: sample`.

    `cases` is how many row numbers a finding names, at most 20. `cast: safe` brings columns of
    another type into the schema's where no value changes. `on_fail: quarantine` sets failing rows
    of an output aside while they are at most `max_failure_rate` of all rows and `max_failure_rows`;
    where neither is said, `QUARANTINE_RATE`. At an input it means `error`.
    """

    check: Depth = "full"
    head: int = 1000
    random: int = 5000
    seed: int = 0
    on_fail: OnFail = "error"
    cases: int = MAX_CASES
    cast: Cast = "none"
    max_failure_rate: float | None = None
    max_failure_rows: int | None = None

    @property
    def lenient(self) -> str | None:
        """The words by which data that fails may be kept: `check: sample`, `on_fail: warn`."""
        if self.check != "full":
            return f"check: {self.check}"
        return "on_fail: warn" if self.on_fail == "warn" else None

    def tolerates(self, failing: int, rows: int) -> bool:
        """Whether so many rows may be set aside."""
        rate = self.max_failure_rate
        if rate is None and self.max_failure_rows is None:
            rate = QUARANTINE_RATE
        few = self.max_failure_rows is None or failing <= self.max_failure_rows
        # as it is written: in floats 29 of 100 are more than 0.29
        return few and (rate is None or failing <= Fraction(str(rate)) * rows)

    def to_json(self) -> dict[str, Any]:
        """Every word, flat."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def changed(self, layer: Mapping[str, Any]) -> Policy:
        """With the words of a layer, as written: `sample` holds head, random and seed."""
        if not layer:
            return self
        words = {word: value for word, value in layer.items() if word != "sample"}
        return replace(self, **words, **layer.get("sample", {}))


BUILT_IN: Final[dict[str, Policy]] = {
    "development": Policy(check="sample", cast="safe", on_fail="warn"),
    "production": Policy(),
}


def resolve_policy(profile: str, *layers: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy of a profile: built in, changed by each layer {PROFILE: words} in turn.

    A profile that isn't built in starts from production's.
    """
    policy = BUILT_IN.get(profile, BUILT_IN["production"])
    for layer in layers:
        policy = policy.changed(layer.get(profile, {}))
    return policy


def policy_from_json(tree: Mapping[str, Any]) -> Policy:
    """The inverse of `Policy.to_json`."""
    return Policy(**tree)
