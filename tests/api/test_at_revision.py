"""What is read of another revision stays in its folder, whatever a forged tree says."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from wombat.api.at_revision import project_at
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from pathlib import Path

BLOB, TREE, LINK = "100644", "40000", "120000"


def git(root: Path, *words: str, given: bytes = b"") -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    command = ["git", "-C", str(root), *who, *words]
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    return done.stdout.decode().strip()


def blob(root: Path, content: bytes) -> str:
    return git(root, "hash-object", "-w", "--stdin", given=content)


def tree(root: Path, *entries: tuple[str, str, str]) -> str:
    """A tree of (mode, name, object) as it is said, which git itself would refuse."""
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
    return git(root, "hash-object", "-t", "tree", "--literally", "-w", "--stdin", given=raw)


def commit(root: Path, top: str) -> str:
    return git(root, "commit-tree", "-m", "forged", top)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


@pytest.mark.parametrize(
    "steps",
    [
        ("..", "out.py"),
        ("shop", "..", "..", "..", "out.py"),
        ("pipelines", "..", "..", "..", "out.yml"),
        (".", "out.py"),
        (".git", "out.py"),
        ("shop", ".GIT", "out.py"),
        ("", "out.py"),
        ("/", "out.py"),
    ],
)
def test_no_file_leads_out_of_the_folder(repository: Path, tmp_path: Path, steps: tuple[str, ...]):
    oid, mode = blob(repository, b"print('out')\n"), BLOB
    for step in reversed(steps):
        oid, mode = tree(repository, (mode, step, oid)), TREE
    before = {path for path in tmp_path.rglob("*") if ".git" not in path.parts}
    with (
        pytest.raises(UsageFault, match=r"has a file|empty filename") as said,
        project_at(repository, commit(repository, oid)),
    ):
        pass
    assert said.value.code == "against-unknown"
    assert {path for path in tmp_path.rglob("*") if ".git" not in path.parts} == before


def test_nothing_is_written_through_a_link(repository: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    link = blob(repository, str(outside).encode())
    inner = tree(repository, (BLOB, "out.py", blob(repository, b"1\n")))
    top = tree(repository, (LINK, "shop", link), (TREE, "shop", inner))
    with project_at(repository, commit(repository, top)) as found:
        assert not (found / "shop").is_symlink()
    assert list(outside.iterdir()) == []


def test_two_files_at_one_place_are_refused(repository: Path):
    one, two = blob(repository, b"1\n"), blob(repository, b"2\n")
    inner = tree(repository, (BLOB, "b.py", two))
    for entries in (
        ((BLOB, "a.py", one), (BLOB, "a.py", two)),
        ((BLOB, "a.py", one), (TREE, "a.py", inner)),
    ):
        forged = commit(repository, tree(repository, *entries))
        with pytest.raises(UsageFault, match="two files at"), project_at(repository, forged):
            pass


def test_a_clone_that_lacks_a_files_content_says_so(repository: Path):
    top = tree(repository, (BLOB, "a.py", "1" * 40))
    with (
        pytest.raises(UsageFault, match=r"lacks the content of 'a.py'"),
        project_at(repository, commit(repository, top)),
    ):
        pass


def test_a_shallow_clone_names_what_it_lacks_and_can_ask_for_it(repository: Path, tmp_path: Path):
    (repository / "wombat.yml").write_text("project: {name: shop}\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", str(clone))
    with pytest.raises(UsageFault, match="git has no commit"), project_at(clone, first):
        pass
    with project_at(clone, first, fetch=True) as found:
        assert (found / "wombat.yml").read_text() == "project: {name: shop}\n"
