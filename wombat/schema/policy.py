"""How much of a frame is checked in a profile, and what a failure does."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Depth = Literal["none", "types", "sample", "full"]
OnFail = Literal["error", "warn"]

DEPTHS: Final[tuple[Depth, ...]] = ("none", "types", "sample", "full")
MAX_CASES: Final = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """`head` first rows and `random` others are checked under `check: sample`.

    `cases` is how many row numbers a finding names, at most 20.
    """

    check: Depth = "full"
    head: int = 1000
    random: int = 5000
    seed: int = 0
    on_fail: OnFail = "error"
    cases: int = MAX_CASES

    def to_json(self) -> dict[str, Any]:
        """Every word, flat."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def changed(self, layer: Mapping[str, Any]) -> Policy:
        """With the words of a layer, as written: `sample` holds head, random and seed."""
        words = {word: value for word, value in layer.items() if word != "sample"}
        return replace(self, **words, **layer.get("sample", {}))


BUILT_IN: Final[dict[str, Policy]] = {
    "development": Policy(check="sample", on_fail="warn"),
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
