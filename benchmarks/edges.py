"""The proof of 1,000 edges of 50 columns, against comparing the same schemas' JSON."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.proof import relate

if TYPE_CHECKING:
    from collections.abc import Callable

EDGES, COLUMNS, ROUNDS = 1000, 50, 5
PROMISED_SECONDS: Final = 1.0
_AMOUNT: Final = {"type": "decimal", "precision": 12, "scale": 2}
_MOMENT: Final = {"type": "timestamp", "unit": "us", "timezone": "UTC"}


def column(edge: int, number: int) -> dict[str, Any]:
    """Columns of all sorts; constants differ from edge to edge, so that little is known before."""
    least = edge * COLUMNS + number
    return (
        {"type": "int64", "min": least},
        {"type": "float64", "min": float(least), "lt": least + 1e6, "nullable": True},
        {"type": "string", "in": ["new", "paid", f"sent{least % 500}"]},
        {"type": "string", "match": f"[A-Z]{{3}}-\\d{{{number % 5 + 2}}}"},
        {"type": "string", "length": [1, 40 + edge % 60], "nullable": True},
        {"type": _AMOUNT, "min": str(least), "max": "9999999"},
        {"type": _MOMENT, "nullable": number % 2 == 0},
        {"type": "bool"},
        {"type": "date", "min": f"{2000 + edge % 20}-01-01"},
        {"type": {"type": "enum", "of": ["a", "b", f"c{number}"]}},
    )[number % 10]  # fmt: skip


def wider(made: dict[str, Any]) -> dict[str, Any]:
    """What each value of the column passes, said in other words."""
    found = dict(made)
    if made["type"] == "int64":
        found = {"type": "int64", "gt": made["min"] - 2, "not_in": [made["min"] - 1]}
    elif made["type"] == "float64":
        found["min"] = made["min"] - 0.5
    elif "in" in made:
        found = {"type": "string", "length": [1, 10], "match": "[a-z]+[0-9]*"}
    elif "match" in made:
        found = {"type": "string", "match": "[A-Z0-9-]+", "contains": "-"}
    elif "length" in made:
        found["length"] = [0, 200]
    elif "max" in made:
        found["max"] = "99999999.99"
    return found


def schemas(edge: int, *, broken: bool) -> tuple[FrameSchema, FrameSchema]:
    """A producer and a consumer; a broken one asks for one column without nulls."""
    made = {f"c{number}": column(edge, number) for number in range(COLUMNS)}
    wanted = {name: wider(one) for name, one in made.items()}
    if broken:
        wanted["c34"] = {**wanted["c34"], "nullable": False}
    key = ["c0"]
    return tuple(  # type: ignore[return-value]  # two of them
        schema_from_json({"schema": name, "columns": columns, "key": key})
        for name, columns in (("shop.made", made), ("shop.wanted", wanted))
    )


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def judged(*, broken: bool, kind: str) -> tuple[float, float]:
    """Medians of the proof and of `==` over the same schemas as JSON; each round has its own."""
    proofs, compared = [], []
    for number in range(ROUNDS):
        base = (2 * number + broken) * EDGES
        pairs = [schemas(base + edge, broken=broken) for edge in range(EDGES)]
        gc.freeze()  # what stands here of schemas is no matter of the proof
        proofs.append(seconds(partial(relate_all, pairs, kind)))
        compared.append(seconds(partial(compare_all, pairs)))
        gc.unfreeze()
    return statistics.median(proofs), statistics.median(compared)


Pairs = list[tuple[FrameSchema, FrameSchema]]


def relate_all(pairs: Pairs, kind: str) -> None:
    found = {relate(*pair).kind for pair in pairs}
    if found != {kind}:
        raise SystemExit(f"expected {kind}, found {sorted(found)}")


def compare_all(pairs: Pairs) -> int:
    return sum(a.to_json() == b.to_json() for a, b in pairs)


def main() -> int:
    kept = True
    print("| edges | proof | of JSON == | promised | |")
    print("|---|---:|---:|---:|---|")
    for broken, kind in ((False, "proven"), (True, "refuted")):
        proof, plain = judged(broken=broken, kind=kind)
        kept &= proof < PROMISED_SECONDS
        said = "kept" if proof < PROMISED_SECONDS else "**missed**"
        what = f"{EDGES:,} of {COLUMNS} columns, {kind}"
        print(
            f"| {what} | {proof:.2f} s | {proof / plain:.1f} | < {PROMISED_SECONDS:g} s | {said} |"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
