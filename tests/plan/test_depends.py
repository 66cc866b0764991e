"""Files that count as a task's code because it says so."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.plan.projects import write
from wombat.api.project import check
from wombat.plan.depends import depended
from wombat.plan.git import GitFiles

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "a.sql",
    "ab.sql",
    "sql/a.sql",
    "sql/b.txt",
    "sql/deep/a.sql",
    "sql/deep/er/é b.sql",
    "sql/.hidden.sql",
    "out/a.sql",
    "sql/kept.log",
    ".wombat/a.sql",
)
WANTED = {
    "*.sql": {"a.sql", "ab.sql"},
    "?.sql": {"a.sql"},
    "a.sql": {"a.sql"},
    "sql/*.sql": {"sql/a.sql", "sql/.hidden.sql"},
    "sql/**": {
        "sql/a.sql",
        "sql/b.txt",
        "sql/deep/a.sql",
        "sql/deep/er/é b.sql",
        "sql/.hidden.sql",
    },
    "**/a.sql": {"a.sql", "sql/a.sql", "sql/deep/a.sql"},
    "sql/**/e*/*.sql": {"sql/deep/er/é b.sql"},
    "s*/deep/*": {"sql/deep/a.sql"},
    "sql": set(),
    "out/**": set(),
    ".wombat/*": set(),
    ".git/*": set(),
    "nothing/*": set(),
    "sql/a.sql/*": set(),
    f"{'x' * 300}": set(),
}


def lay_out(root: Path) -> Path:
    for path in FILES:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("out/\n*.log\n.wombat/\n")
    return root


def test_what_patterns_mean(tmp_path: Path) -> None:
    """Not what git ignores, what a link leads out to, nor what is git's and ours."""
    root = lay_out(tmp_path / "project")
    (tmp_path / "secret.sql").write_text("")
    (root / "sql" / "link.sql").symlink_to(tmp_path / "secret.sql")
    (root / "sql" / "folder").symlink_to(tmp_path)
    for pattern, wanted in WANTED.items():
        found = depended(root, GitFiles(root), [pattern])
        assert list(found) == sorted(wanted), pattern
    every = depended(root, GitFiles(root), ["*.sql", "sql/*", "**/a.sql"])
    assert list(every) == sorted({"ab.sql", *WANTED["sql/*.sql"], "sql/b.txt", *WANTED["**/a.sql"]})


def test_what_is_declared_is_code(tmp_path: Path) -> None:
    """Byte for byte; for all tasks where `defaults` says so, and for the one that does."""
    tasks = {
        "one": {"shell": "true", "outputs": ["out"], "depends_on": "sql/**"},
        "two": {"shell": "true", "outputs": ["out"], "volatile": True},
    }
    pipeline = {"pipeline": "p", "defaults": {"depends_on": ["?.sql"]}, "tasks": tasks}
    root = write(lay_out(tmp_path), pipelines__p=json.dumps(pipeline))

    def digests() -> dict[str, str]:
        checked = check(root)
        assert not checked.diagnostics
        return {task.name: task.code.digest for task in checked.plans["p"].tasks}

    plan = check(root).plans["p"]
    assert plan.task("one").depends_on == ("?.sql", "sql/**")
    assert plan.task("two").depends_on == ("?.sql",)
    assert [task.volatile for task in plan.tasks] == [False, True]
    steps = [
        ("out/a.sql", set()),
        ("sql/new.log", set()),
        ("sql/deep/a.sql", {"one"}),
        ("sql/deep/new.sql", {"one"}),
        ("a.sql", {"one", "two"}),
    ]
    before = digests()
    for path, wanted in steps:
        (root / path).write_text("select 2 -- a comment")
        after = digests()
        assert {name for name in after if after[name] != before[name]} == wanted, path
        before = after
