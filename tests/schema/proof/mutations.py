"""Each rule of the proof broken in turn: which test goes red?

    python -m tests.schema.proof.mutations [RULE]…

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

ROOT: Final = Path(__file__).parents[3]
TESTS: Final = (
    "tests/schema/proof/test_rules.py",
    "tests/schema/proof/test_grid.py",
    "tests/schema/test_relate.py",
)


@dataclass(frozen=True)
class Mutation:
    """In `file` of the proof, which holds `old` once, it is replaced by `new`."""

    rule: str
    file: str
    old: str
    new: str


MUTATIONS: Final = (
    Mutation("a required column may be absent", "columns.py", "    elif wanted.required:\n", "    elif False:\n"),
    Mutation("a default holds the checks", "columns.py", "        if not holds(check, value):", "        if False:"),
    Mutation("forbidden columns", "columns.py", 'pair.consumer.extra == "forbid":\n            yield', 'pair.consumer.extra == "no":\n            yield'),
    Mutation("an open producer brings any type", "columns.py", '    if pair.made.extra != "allow":\n        return\n', "    return\n"),
    Mutation("types differ", "columns.py", "    if not pair.mistyped(name):\n", "    if True:\n"),
    Mutation("nulls", "columns.py", "    elif not wanted.nullable or name in pair.consumer.key:\n", "    elif False:\n"),
    Mutation("columns that warn may be null", "doubt.py", 'column.severity == "warn" or (column.nullable', "(column.nullable"),
    Mutation("checks that warn promise nothing", "doubt.py", 'if column and column.severity == "error" else ()', "if column else ()"),
    Mutation("a column of a pattern may be absent", "columns.py", "made == wanted and name in pair.made.columns and", "made == wanted and"),
    Mutation("strict lower bounds", "implied.py", 'here + (check.name == "gt")', "here"),
    Mutation("strict upper bounds", "implied.py", 'here - (check.name == "lt")', "here"),
    Mutation("excluded values", "implied.py", 'listed if check.name == "in" else without(every(kind), listed)', 'listed if check.name == "in" else every(kind)'),
    Mutation("listed texts each pass", "implied.py", "return tuple(one for one in members if not holds(check, one)) or None", "return None"),
    Mutation("lengths of bytes and lists", "implied.py", "        rest = without(lengths_of(checks), lengths_of((check,)))", "        rest = ()"),
    Mutation("a state isn't another", "machines.py", 'ALL: Final = ("all",)', "ALL: Final = 1"),
    Mutation("words begin and end", "../automaton.py", '(before == "word") != (after == "word")', "True"),
    Mutation("a pattern ends where the text ends", "../automaton.py", 'passed |= {"$"} if after == "end" else set()', 'passed |= {"$"}'),
    Mutation("at most so many characters", "machines.py", "return None if state == self.most else state + 1", "return state + 1 if state < self.most else state"),
    Mutation("a column that only warns is cast too", "columns.py", "    if not same_storage(made.type, wanted.type):\n        yield", '    if wanted.severity == "error" and not same_storage(made.type, wanted.type):\n        yield'),
    Mutation("casts out of range", "lossy.py", "    if beyond:\n", "    if False:\n"),
    Mutation("whole numbers in floats", "lossy.py", "return shown_values(kind, outside) if outside else None", "return None"),
    Mutation("finer units are lost", "lossy.py", 'units.index(there.unit or "us") >= units.index(kind.unit or "us")', "True"),
    Mutation("digits behind the point are lost", "lossy.py", '(there.scale or 0) >= (kind.scale or 0)', "True"),
    Mutation("nulls inside", "lossy.py", "if kind.item.nullable and not there.item.nullable:", "if False:"),
    Mutation("a set of other columns", "sets.py", "set(known) <= set(names)\n", "set(known) >= set(names)\n"),
    Mutation("sets that warn", "sets.py", 'pair.made.severity_of(known) == "error"', "True"),
    Mutation("a set that is filled", "sets.py", "not any(pair.filled(name) or pair.added(name) for name in known)", "True"),
    Mutation("comparisons the other way round", "compare.py", "frozenset(-sign for sign in signs)", "signs"),
    Mutation("comparisons that warn", "compare.py", 'if rule.severity == "warn" or rule.right is None:', "if rule.right is None:"),
    Mutation("comparisons of what is filled", "compare.py", "return found if touched else", "return"),
    Mutation("constants against what is filled", "compare.py", "if not compare(value, rule.value):", "if False:"),
    Mutation("the same code of the same frame", "compare.py", "rule.custom in known and whole and named and kept and not added", "rule.custom in known"),
    Mutation("code without a digest", "columns.py", "custom.digest is None or custom not in known", "custom not in known"),
    Mutation("fewer rows", "layout.py", "own_least < least or none,", "none,"),
    Mutation("no rows without columns", "layout.py", "none = least > 0 and not _some_column(pair)", "none = False"),
    Mutation("more rows", "layout.py", "most is not None and (own_most is None or own_most > most)", "False"),
    Mutation("an order of the producer", "layout.py", "if not pair.made.ordered or any(name not in own for name in common):", "if any(name not in own for name in common):"),
    Mutation("nothing between", "layout.py", "name in pair.consumer.columns or not _stays(pair, name) for name in between", "True for name in between"),
    Mutation("so many columns of a pattern", "names.py", "return sure >= wanted.at_least", "return True"),
    Mutation("names of both patterns", "names.py", "            yield from _class_doubts(pair, here, there)", "            yield from ()"),
    Mutation("the empty name", "names.py", "    inside: list[Machine] = []\n", "    inside: list[Machine] = [machine_of(Check('length', (1, None)))]\n"),
    Mutation("keys that are one value", "collected.py", 'return own.type.family not in ("float", "nested") and own.type.kind != "any"', "return True"),
    Mutation("a witness passes the producer", "build.py", "return None if judge(pair.made, frame) else frame", "return frame"),
    Mutation("a witness fails the consumer", "relate.py", "return any(_sure(one, pair, loose) for one in feared)", "return True"),
    Mutation("code isn't run", "relate.py", "        if blind:\n            continue\n", ""),
    Mutation("what fails in every frame", "relate.py", "made is not None and made.required and", "made is not None and"),
)  # fmt: skip


def survived(one: Mutation) -> bool:
    """Whether all tests pass although the rule is broken."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for folder in ("wombat", "tests/schema", "docs"):
            shutil.copytree(
                ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__")
            )
        file = copy / "wombat" / "schema" / "proof" / one.file
        text = file.read_text()
        if text.count(one.old) != 1:
            raise SystemExit(
                f"{one.file}: {one.old!r} stands {text.count(one.old)} times; expected once"
            )
        file.write_text(text.replace(one.old, one.new))
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS]
        env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(words, cwd=copy, env=env, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stdout.decode() + done.stderr.decode())
        return done.returncode == 0


def main(rules: list[str]) -> int:
    alive = []
    for one in MUTATIONS:
        if not rules or one.rule in rules:
            lives = survived(one)
            print(f"{'ALIVE ' if lives else 'killed'} {one.file}: {one.rule}", flush=True)
            alive += [one.rule] if lives else []
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
