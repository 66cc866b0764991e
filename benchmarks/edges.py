"""The proof of 1,000 edges of 50 columns, against comparing the same schemas' JSON."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from measure import table

from wombat.schema.model import FrameSchema, schema_from_json
from wombat.schema.proof import relate

if TYPE_CHECKING:
    from collections.abc import Callable

EDGES, COLUMNS, ROUNDS = 1000, 50, 5
PROMISED_SECONDS: Final = 1.0
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
        {"type": {"type": "decimal", "precision": 12, "scale": 2}, "min": str(least), "max": "9999999"},
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


def judged(broken: bool, kind: str) -> tuple[float, float]:
    """Medians of the proof and of `==` over the same schemas as JSON; each round has its own."""
    proofs, compared = [], []
    for number in range(ROUNDS):
        base = (2 * number + broken) * EDGES
        pairs = [schemas(base + edge, broken=broken) for edge in range(EDGES)]
        found: list[str] = []
        proofs.append(seconds(lambda: found.extend(relate(*pair).kind for pair in pairs)))
        compared.append(seconds(lambda: [a.to_json() == b.to_json() for a, b in pairs]))
        if set(found) != {kind}:
            raise SystemExit(f"expected {kind}, found {sorted(set(found))}")
    return statistics.median(proofs), statistics.median(compared)


def main() -> int:
    rows, kept = [], True
    for broken, kind in ((False, "proven"), (True, "refuted")):
        proof, plain = judged(broken, kind)
        good = proof < PROMISED_SECONDS
        kept &= good
        target = f"< {PROMISED_SECONDS:.0f} s"
        said = "kept" if good else "missed"
        ratio = f"{proof / plain:.1f}"
        rows.append([f"{EDGES:,} edges of {COLUMNS} columns, {kind}", f"{proof:.2f} s", ratio, target, said])
    print(table(["what", "proof", "× JSON ==", "target", ""], rows))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
