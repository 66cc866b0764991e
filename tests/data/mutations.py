"""Each rule of validation broken in turn: which test goes red?

    python -m tests.data.mutations [RULE]…

Works on a copy of the tree. Exits 1 where a rule can be broken unnoticed.
"""

# ruff: noqa: E501  # a table
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NAMES: Final = ("accept", "repeats", "traps", "quarantine", "cast", "validate", "conformance")
FIRST: Final = {
    "checks.py": "traps",
    "nested.py": "traps",
    "structure.py": "traps",
    "probes.py": "traps",
    "counting.py": "validate",
    "validate.py": "validate",
    "quarantine.py": "quarantine",
    "distinct.py": "repeats",
    "repeats": "repeats",
    "cast.py": "cast",
    "objects.py": "conformance",
    "engines": "conformance",
}
"""Whose tests miss it soonest."""


@dataclass(frozen=True)
class Mutation:
    """In `file` of wombat/data, which holds `old` once, it is replaced by `new`."""

    rule: str
    file: str
    old: str
    new: str


MUTATIONS: Final = (
    Mutation("nulls that mayn't be", "counting.py", "if not probe.check.value and column.null_count", "if False"),
    Mutation("nulls inside", "counting.py", "inside = has_nulls_within(column, probe.kind)", "inside = has_nulls_within(column, probe.kind) & False"),
    Mutation("a slice's rows have numbers of the frame", "counting.py", "[int(row) + start for", "[int(row) for"),
    Mutation("a slice's marks stand in their place", "counting.py", "self.marks[start // 8 : start // 8 + len(packed)]", "self.marks[: len(packed)]"),
    Mutation("slices end at whole bytes", "counting.py", "return rows + -rows % 8", "return rows"),
    Mutation("marks from the first bit on", "counting.py", "7 - (rows & 7)", "rows & 7"),
    Mutation("the first rows are the first", "counting.py", "if len(head) >= wanted else np.flatnonzero(bad)[:wanted]", "if len(head) >= 0 else head"),
    Mutation("bytes that are surely characters enough", "checks.py", "> 4 * (least - 1)", "> (least - 1)"),
    Mutation("bytes that are surely not too many", "checks.py", 'few = most is None or ends["max"].as_py() <= most', "few = True"),
    Mutation("a text that isn't there has no length", "checks.py", "return pc.greater_equal(size, 0)", "return pc.greater_equal(pc.fill_null(size, -1), 0)"),
    Mutation("a null is no member", "checks.py", "return pc.if_else(column.is_valid(), found, pa.scalar(None, pa.bool_()))", "return found"),
    Mutation("integers of several widths", "checks.py", "if probe.mixed:", "if False:"),
    Mutation("moments against moments", "checks.py", "if not pa.types.is_temporal(column.type):", "if True:"),
    Mutation("constants are of the column's type", "checks.py", "return pa.scalar(value, arrow_type(kind))", "return pa.scalar(value)"),
    Mutation("casts only where they are allowed", "shape.py", 'if policy.cast == "safe" else ()', ""),
    Mutation("casts where they are allowed", "shape.py", 'if policy.cast == "safe" else ()', "if False else ()"),
    Mutation("a column that is there needs no default", "shape.py", "if column.default is None or name in names:", "if column.default is None:"),
    Mutation("a column that is absent gets its default", "shape.py", "if column.default is None or name in names:", "if True:"),
    Mutation("where a default stands", "shape.py", "place = before[-1] + 1 if before else after[0] if after else len(names)", "place = len(names)"),
    Mutation("nulls are filled", "shape.py", "pc.fill_null(column, scalar_of(value, kind))", "column"),
    Mutation("other columns are dropped", "shape.py", 'if schema.extra == "drop":', "if False:"),
    Mutation("what may be filled is read", "shape.py", 'policy.cast == "safe" or filled or schema.extra == "drop"', 'policy.cast == "safe" or schema.extra == "drop"'),
    Mutation("what may be cast is read", "shape.py", 'policy.cast == "safe" or filled or schema.extra == "drop"', 'filled or schema.extra == "drop"'),
    Mutation("what is cast is more than a footer", "shape.py", "return cast or added or", "return added or"),
    Mutation("what is added is more than a footer", "shape.py", "return cast or added or", "return cast or"),
    Mutation("what is filled is more than a footer", "shape.py", "return cast or added or any(one.fill_null is not None for one in there.values())", "return cast or added"),
    Mutation("a value that a cast would change", "cast.py", "    if lossy.any():\n        return None, lossy", "    if False:\n        return None, lossy"),
    Mutation("warnings set nothing aside", "quarantine.py", 'if one.probe.severity == "error" and one.marks is not None:', "if one.marks is not None:"),
    Mutation("not too many rows are set aside", "validate.py", "if count and self.policy.tolerates(count, table.num_rows):", "if count:"),
    Mutation("the column of reasons takes no name", "quarantine.py", "while name in names:", "while False:"),
    Mutation("of all rows those that fail are set aside", "quarantine.py", "return table.filter(pa.array(~bad)), rejected", "return table, rejected"),
    Mutation("a sample sets nothing aside", "validate.py", 'policy.on_fail == "quarantine" and policy.check == "sample"', "False"),
    Mutation("what is left is judged again", "validate.py", "if not left.ok:", "if False:"),
    Mutation("columns and types can't be set aside", "validate.py", "and not _serious(structural)", ""),
    Mutation("warnings only", "validate.py", 'soft = tuple(replace(one, severity="warn") for one in report.findings)', "soft = report.findings"),
    Mutation("a sample's rows have numbers of the frame", "validate.py", "tuple(picked[row] for row in failure.first) if picked else failure.first", "failure.first"),
    Mutation("whether all holds", "validate.py", "not _serious(findings)\n", "True\n"),
    Mutation("a sample says that it is one", "validate.py", 'depth: Depth = "full" if picked is None else "sample"', 'depth: Depth = "full"'),
    Mutation("a required column", "structure.py", "if column.required:", "if False:"),
    Mutation("columns that nobody names", "structure.py", 'elif pattern is None and (schema.extra or "forbid") == "forbid"', "elif False"),
    Mutation("so many columns of a pattern", "structure.py", "if count < pattern.at_least", "if False"),
    Mutation("the order of columns", "structure.py", "if schema.ordered and not", "if False and not"),
    Mutation("enough rows", "structure.py", "if rows < (least or 0)", "if False"),
    Mutation("not too many rows", "structure.py", "(most is not None and rows > most)", "False"),
    Mutation("a column's type", "structure.py", "    if not is_stored(here, column.type):", "    if False:"),
    Mutation("a key is never null", "probes.py", "allowed = column.nullable and name not in schema.key", "allowed = column.nullable"),
    Mutation("a set of absent columns", "probes.py", "if set(names) <= columns.keys():", "if False:"),
    Mutation("a rule of absent columns", "probes.py", "elif set(rule.columns) <= columns.keys():", "else:"),
    Mutation("a set warns where all its columns do", "probes.py", '== {"warn"} else "error"', '== {"warn"} else "warn"'),
    Mutation("numbers with nulls have no marks", "distinct.py", "or column.null_count", ""),
    Mutation("numbers that all differ", "distinct.py", "if np.count_nonzero(seen) == len(column):", "if True:"),
    Mutation("numbers that stood in an earlier block", "distinct.py", "seen[before] = _TWICE", "pass"),
    Mutation("numbers that stand twice in a block", "distinct.py", "seen[here] = _TWICE", "pass"),
    Mutation("numbers from the least on", "distinct.py", "numbers -= np.uint64(low % (1 << 64))", "numbers -= np.uint64(0)"),
    Mutation("values by hash", "repeats/polars.py", "return None if values.n_unique() == len(values)", "return None if True"),
    Mutation("rows by hash", "repeats/polars.py", "    if digests.n_unique() == len(digests):", "    if True:"),
    Mutation("values in their order", "repeats/numpy.py", "    if not same.any():", "    if True:"),
    Mutation("each value that stands twice", "repeats/numpy.py", "same[1:] &= ~same[:-1]", "same[1:] &= same[:-1]"),
    Mutation("numbers of rows that meet", "repeats/numpy.py", "    found[likely] = again\n", ""),
    Mutation("a null is a value in a set", "repeats/numpy.py", 'null_encoding="encode"', 'null_encoding="mask"'),
    Mutation("both zeros are one", "repeats/numpy.py", "pc.add(column, pa.scalar(0, kind))", "column"),
    Mutation("pairs are of both", "repeats/numpy.py", "found: Codes = low * (int(high.max()) + 1) + high", "found: Codes = low"),
    Mutation("both zeros inside are one", "nested.py", "repr(value + 0.0 if isinstance(value, float) else value)", "repr(value)"),
    Mutation("a struct that is null holds nothing", "nested.py", "bad |= _wrong(field, one.type, nullable=one.nullable) & there", "bad |= _wrong(field, one.type, nullable=one.nullable)"),
    Mutation("NaN is null", "arrow.py", "    if not any(pc.any(pc.is_nan(one)).as_py() for one in floats):", "    if True:"),
    Mutation("names that stand twice", "arrow.py", "if twice:", "if False:"),
    Mutation("what nothing asks about isn't read", "artifacts/dataframe.py", 'if policy.check == "none" and not shapes(spec.schema, policy):', "if False:"),
    Mutation("what a footer says is read nowhere else", "artifacts/dataframe.py", 'if policy.check in ("none", "types") and', "if False and"),
    Mutation("what values decide is no footer's", "artifacts/dataframe.py", "if reshapes(fields, spec.schema, policy):", "if False:"),
    Mutation("an input is shaped in its place", "artifacts/dataframe.py", "if judged.table is not table:", "if False:"),
    Mutation("what is right is left alone", "artifacts/dataframe.py", "if judged.table is not table:", "if True:"),
    Mutation("a path is of what is taken", "artifacts/dataframe.py", "if read_fields(file)[0].names != read_fields(file, spec.schema)[0].names:", "if False:"),
    Mutation("without a place nothing is set aside", "artifacts/dataframe.py", 'if policy.on_fail == "quarantine" and spec.rejects is None:', "if False:"),
    Mutation("inputs are never set aside", "artifacts/dataframe.py", '        if policy.on_fail == "quarantine":\n', "        if False:\n"),
    Mutation("fields in another order", "objects.py", "if known.keys() == {one.name for one in wanted}:", "if False:"),
    Mutation("nested values as Python has them", "engines/pandas.py", "if is_nested(column.type) and not _is_vector(column.type):", "if False:"),
)  # fmt: skip


def misplaced() -> list[Mutation]:
    """Those whose text doesn't stand in their file exactly once."""
    folder = ROOT / "wombat" / "data"
    return [one for one in MUTATIONS if (folder / one.file).read_text().count(one.old) != 1]


def survived(one: Mutation) -> bool:
    """Whether all tests pass although the rule is broken."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for folder in ("wombat", "tests", "benchmarks"):
            away = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / folder, copy / folder, ignore=away)
        shutil.copy(ROOT / "pyproject.toml", copy)
        file = copy / "wombat" / "data" / one.file
        file.write_text(file.read_text().replace(one.old, one.new))
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        first = FIRST.get(one.file.partition("/")[0], "accept")
        tests = [f"tests/data/test_{name}.py" for name in sorted(NAMES, key=lambda n: n != first)]
        done = subprocess.run(
            [*words, "-m", "not slow", *tests], cwd=copy, env=env, capture_output=True, check=False
        )
        if done.returncode not in (0, 1):
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return done.returncode == 0


def main(rules: list[str]) -> int:
    if lost := misplaced():
        raise SystemExit("not in their file once: " + ", ".join(one.rule for one in lost))
    if not survived(Mutation("none", "validate.py", "", "")):
        raise SystemExit("tests fail though no rule is broken")
    alive = []
    for one in MUTATIONS:
        if not rules or one.rule in rules:
            lives = survived(one)
            print(f"{'ALIVE ' if lives else 'killed'} {one.file}: {one.rule}", flush=True)
            alive += [one.rule] if lives else []
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
