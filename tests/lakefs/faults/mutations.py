"""Each safety rule of projections taken away in turn: which test goes red?

    python -m tests.lakefs.faults.mutations [RULE]…

Works on a copy of the tree, against the double. Exits 1 where a rule can be taken away unnoticed.
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

ROOT: Final = Path(__file__).parents[3]
TESTS: Final = (
    "tests/lakefs/test_projection.py",
    "tests/lakefs/test_projection_whose.py",
    "tests/lakefs/faults/test_refusals.py",
    "tests/lakefs/faults/test_requests.py",
    "tests/lakefs/faults/test_killed.py",
)


@dataclass(frozen=True)
class Mutation:
    """In `file` below wombat, which holds `old` once, it is replaced by `new`."""

    rule: str
    file: str
    old: str
    new: str


MUTATIONS: Final = (
    Mutation(
        "the record stands, and names the version of the ref",
        "projection/steps.py",
        "again is not None and not missing and not deleted",
        "not missing and not deleted",
    ),
    Mutation(
        "the ref is looked at again before the merge",
        "projection/steps.py",
        "        self._audit(table, work, made)\n        if (by := self._overtaken()) is not None:",
        "        self._audit(table, work, made)\n        if (by := None) is not None:",
    ),
    Mutation(
        "a version that comes back is another one",
        "projection/steps.py",
        "(now.seq, now.run) == (self.record.seq, self.record.run)",
        "now.run == self.record.run",
    ),
    Mutation(
        "the commit is compared before the merge",
        "projection/steps.py",
        "        self._audit(table, work, made)\n",
        "",
    ),
    Mutation(
        "nothing beside the folder is merged",
        "projection/steps.py",
        "        wrong += _beside(target, work.base, made)\n",
        "",
    ),
    Mutation(
        "what is merged is the commit that was compared",
        "projection/steps.py",
        "merge(self.target, made, self.record)",
        "merge(self.target, work.name, self.record)",
    ),
    Mutation(
        "what stands after the merge is compared",
        "projection/steps.py",
        "if changed(self.target, made, merged):",
        "if False:",
    ),
    Mutation(
        "a branch that would conflict is made anew",
        "projection/branches.py",
        "if base == head or not changed(target, base, head):",
        "if True:",
    ),
    Mutation(
        "a branch with a hook that the target has no more is made anew",
        "projection/steps.py",
        'if no.code != "lakefs-refused" or work.base == head:',
        "if True:",
    ),
    Mutation(
        "a branch of somebody else's is left alone",
        "projection/branches.py",
        "    _require_ours(target, run, name, mine, base)\n",
        "",
    ),
    Mutation(
        "a branch that is gone meanwhile is made again",
        "projection/steps.py",
        "raise Again(gone) from gone",
        "raise",
    ),
    Mutation(
        "while an older run's branch lives the record is written anew",
        "projection/steps.py",
        "if same and not may_merge(self.target, head, others):",
        "if same:",
    ),
    Mutation(
        "no file of others is written over",
        "projection/steps.py",
        "        if count:\n",
        "        if False:\n",
    ),
    Mutation(
        "a conflict over somebody else's file is one",
        "projection/merging.py",
        "theirs = [path for path in paths if not _ours(target, path)]",
        "theirs: list[str] = []",
    ),
    Mutation(
        "an own conflict is none",
        "projection/merging.py",
        "return fault if theirs else Again(fault)",
        "return fault",
    ),
    Mutation(
        "after a merge without an answer all is looked at again",
        "projection/merging.py",
        "raise Again(unknown) from unknown",
        "raise",
    ),
    Mutation(
        "after a commit without an answer all is looked at again",
        "projection/steps.py",
        "raise Again(unknown) from unknown",
        "raise",
    ),
    Mutation(
        "what is ours is told by its owner",
        "projection/target.py",
        "found.metadata.get(OWNER) == self.owner and CONTENT in found.metadata",
        "CONTENT in found.metadata",
    ),
    Mutation(
        "a server of wombat.yml gets no credentials unasked",
        "store/lakefs/allowing.py",
        '    check_endpoint(server, environ, what=f"{what} is")\n',
        "",
    ),
    Mutation(
        "nothing untrusted is shown",
        "api/projecting.py",
        'if session.settings.zone.value == "u":',
        "if False:",
    ),
    Mutation(
        "what another zone or store shows is replaced by nobody unasked",
        "projection/steps.py",
        "if said is not None and not replaces(self.target, said.said, self.record.seq):",
        "if False:",
    ),
    Mutation(
        "a later version than the ref's own stays",
        "projection/described.py",
        "return there <= version",
        "return True",
    ),
    Mutation(
        "a branch of another zone or store is left alone",
        "projection/branches.py",
        "return said == writer(target, run)",
        "return said[:2] == (target.project, target.pipeline)",
    ),
    Mutation(
        "bytes replaced under our words are sent again",
        "projection/table.py",
        "return wanted == one.checksum and noted in (None, wanted)",
        "return True",
    ),
    Mutation(
        "what no pull could write is not shown",
        "projection/steps.py",
        "if found := unfit(self._folders):",
        "if found := unfit([]):",
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
    file = copy / "wombat" / one.file
    text = file.read_text(encoding="utf-8")
    if text.count(one.old) != 1:
        raise SystemExit(f"{one.rule}: {one.file} holds it {text.count(one.old)} times")
    file.write_text(text.replace(one.old, one.new), encoding="utf-8")
    return _red(copy)


def _red(copy: Path) -> str | None:
    """The first test that fails."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    environ = {**os.environ, "PYTHONPATH": str(copy), "WOMBAT_TEST_LAKEFS": ""}
    done = subprocess.run(words, cwd=copy, capture_output=True, text=True, env=environ, check=False)
    if done.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (\S+?)(?:\[|\s|$)", done.stdout, re.MULTILINE)
    return f"`{found[1]}`" if found else f"exit {done.returncode}: {done.stdout[-300:]}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
