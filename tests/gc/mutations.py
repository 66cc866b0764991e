"""Each safety rule of a collection taken away in turn: which test goes red?

    python -m tests.gc.mutations [RULE]…

Works on a copy of the tree. Exits 1 where a rule can be taken away unnoticed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
QUICK: Final = (
    "tests/store/test_doom.py",
    "tests/store/test_pins.py",
    "tests/gc/test_collect.py",
    "tests/gc/test_gone.py",
    "tests/gc/test_late_publish.py",
    "tests/gc/test_verbs.py",
)
LONG: Final = ("tests/gc/test_schedules.py::test_nothing_that_lives_is_deleted",)


@dataclass(frozen=True)
class Mutation:
    """In `file` below wombat/store, which holds `old` once, it is replaced by `new`."""

    rule: str
    file: str
    old: str
    new: str
    schedules: bool = False
    """Only random schedules can tell."""


MUTATIONS: Final = (
    Mutation(
        "lists are looked at again before a root",
        "doom.py",
        "and not again and now - self.looked <= FRESH",
        "and not again",
    ),
    Mutation(
        "a late root is checked", "journal.py", "if watch.clock() - looked > WINDOW:", "if False:"
    ),
    Mutation(
        "a late root looks at the lists again",
        "journal.py",
        "        watch.look(space, again=True)\n",
        "",
    ),
    Mutation(
        "what was learned long ago is looked for",
        "journal.py",
        "if watch.stale and missing(space, named):",
        "if False:",
    ),
    Mutation(
        "what was learned of records is looked for",
        "journal.py",
        "    if learned:\n        _require(",
        "    if False:\n        _require(",
    ),
    Mutation(
        "no root names what is doomed",
        "journal.py",
        "    if missing(space, [one for one in named if watch.has(one, space.zone)]):\n",
        "    if False:\n",
    ),
    Mutation(
        "what is doomed gets another name",
        "doom.py",
        "return key in self.doomed or",
        "return",
    ),
    Mutation(
        "a list is in force until it is taken away",
        "doom.py",
        'pages = [key for key in listed if "/doomed/" in key and key not in self._seen]',
        'every = list(listed)\n        done = {k[:-4] for k in every if k.endswith("/done")}\n'
        '        fresh = [k for k in every if "/doomed/" in k]\n'
        '        pages = [k for k in fresh if k.split("doomed/")[0] not in done]',
    ),
    Mutation(
        "the grace", "gc/lists.py", "now - max(times) >= clocks.grace", "now - max(times) >= 0"
    ),
    Mutation(
        "a list's life",
        "gc/sweep.py",
        "if now - one.landed() >= self.clocks.life:",
        "if False:",
    ),
    Mutation(
        "old lists are not begun with",
        "gc/lists.py",
        "if not times or now - min(times) >= clocks.life:",
        "if not times:",
    ),
    Mutation(
        "what lives again is dropped",
        "gc/sweep.py",
        "self.marking.waiting.get(key, (0, landed + 1))",
        "self.marking.waiting.get(key, (0, landed))",
    ),
    Mutation(
        "manifests go before packs",
        "gc/sweep.py",
        '("cache", "results", "m", "p")',
        '("p", "m", "results", "cache")',
    ),
    Mutation("nothing young is doomed", "gc/collect.py", "now - clocks.grace, now", "now + 1, now"),
    Mutation(
        "packs of a push under way stay for a week",
        "gc/collect.py",
        "now - clocks.unfinished)",
        "now - clocks.grace)",
    ),
    Mutation(
        "what was let go doesn't wait for a week",
        "gc/mark.py",
        "                self.let_go.update(short_of(digest) for digest, _, _ in packs(value))\n",
        "                pass\n",
    ),
    Mutation(
        "a branch has all its numbers", "gc/survey.py", "if missing is not None:", "if False:"
    ),
    Mutation(
        "no branch has fewer than before",
        "gc/survey.py",
        "if now.get(branch, 0) < seq:",
        "if False:",
    ),
    Mutation(
        "a manifest that a listing lacks ends it", "gc/mark.py", "        raise short(key)\n", ""
    ),
    Mutation(
        "a manifest that is damaged ends it",
        "gc/mark.py",
        "(damage or at in self.roots.vital)",
        "(at in self.roots.vital)",
    ),
    Mutation(
        "the newest of a branch, and a tag's, has to be there",
        "gc/mark.py",
        "(damage or at in self.roots.vital)",
        "damage",
    ),
    Mutation(
        "the packs of a manifest that is gone stay", "gc/mark.py", "        spare_gone(self)\n", ""
    ),
    Mutation(
        "what stood below a closing that was over is no root",
        "gc/roots.py",
        "living = living[: self._over_at(living, closings)]",
        "living = living[:]",
    ),
    Mutation(
        "where most is gone nothing is collected",
        "gc/collect.py",
        "if gone > FEW and gone * 2 > named:",
        "if False:",
    ),
    Mutation(
        "a second publish of what is gone is no success",
        "refs.py",
        "if parents and own.seq == parents[0].seq:",
        "if False:",
    ),
    Mutation(
        "a late publish looks at what attempts made",
        "runs.py",
        "if 0 <= space.watch.wall() - one.time <= STALE:",
        "if True:",
    ),
    Mutation(
        "what stands in for a damaged manifest stays",
        "gc/mark.py",
        "        self._succeed(roots)\n",
        "",
    ),
    Mutation(
        "no roots at all ends it", "gc/collect.py", "if marking.objects and not", "if False and not"
    ),
    Mutation(
        "a large sweep is asked for",
        "gc/collect.py",
        "if report.large and apply and not allowed:",
        "if False:",
    ),
    Mutation(
        "a pack that moved goes only if all that is wanted moved",
        "gc/compact.py",
        "        if _is_covered(moves, space.zone, one)\n",
        "",
        schedules=True,
    ),
    Mutation(
        "what took over lives",
        "gc/mark.py",
        "                self.shares[short_of(target)] = FULL\n",
        "",
    ),
    Mutation(
        "untrusted roots keep nothing trusted, and others' nothing here",
        "gc/named.py",
        "if (a.zone or zone) == zone)",
        "if True)",
    ),
    Mutation("results go with what they name", "gc/mark.py", "        self._records()\n", ""),
    Mutation("pins keep what they name", "gc/roots.py", "        self._pins()\n", ""),
    Mutation(
        "what is aside in a record is kept",
        "gc/named.py",
        'if k != "outputs"}, aside]',
        'if k != "outputs"}]',
    ),
    Mutation(
        "a segment and a result that are doomed are no hits",
        "results.py",
        " and not doomed_in(space, name, record)",
        "",
    ),
)


def main(*rules: str) -> int:
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="wombat-mutations-") as folder:
        copy = Path(folder) / "tree"
        for one in MUTATIONS:
            if not rules or any(rule in one.rule for rule in rules):
                red = _try(copy, one)
                unnoticed += red is None
                print(f"| {one.rule} | {red or '**none**'} |", flush=True)
    return int(bool(unnoticed))


def _try(copy: Path, one: Mutation) -> str | None:
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("wombat", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    file = copy / "wombat" / "store" / one.file
    text = file.read_text(encoding="utf-8")
    if text.count(one.old) != 1:
        raise SystemExit(f"{one.rule}: {one.file} holds it {text.count(one.old)} times")
    file.write_text(text.replace(one.old, one.new), encoding="utf-8")
    return (None if one.schedules else _red(copy, QUICK)) or _red(copy, LONG)


def _red(copy: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environ = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(words, cwd=copy, capture_output=True, text=True, env=environ, check=False)
    if done.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return f"`{found[1]}`" if found else f"exit {done.returncode}: {done.stdout[-300:]}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
