"""A run that changes nothing is told at once; any doubt goes the long way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from wombat.api import unchanged
from wombat.cli.entry import run

WORDS = ["run", "shop"]
PIPELINE = """\
pipeline: shop
params: {factor: {type: int, default: 2}}
tasks:
  numbers:
    run: tasks:numbers
    with: {factor: $params.factor}
    inputs: {rows: {file: data/rows.txt}}
    outputs: {numbers: {type: json}}
  page:
    shell: printf "$WOMBAT_TASK" > "$WOMBAT_OUTPUT_PAGE"
    outputs: {page: {type: text}}
"""
CODE = "import more\ndef numbers(rows, factor):\n    return [more.N, factor]\n"


def _git(root: Path, *words: str) -> None:
    quiet = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    subprocess.run(["git", *quiet, *words], cwd=root, check=True, capture_output=True)


def _project(root: Path, pipeline: str = PIPELINE) -> Path:
    (root / "pipelines").mkdir(parents=True)
    (root / "schemas").mkdir()
    (root / "data").mkdir()
    (root / "pipelines" / "shop.yml").write_text(pipeline)
    (root / "tasks.py").write_text(CODE)
    (root / "more.py").write_text("N = 1\n")
    (root / "data" / "rows.txt").write_text("a\n")
    (root / "wombat.yml").write_text("project: shop\n")
    return root


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in whose folder we are; what was just written counts as old."""
    root = _project(tmp_path / "project")
    monkeypatch.chdir(root)
    monkeypatch.setattr(unchanged, "RACY", 0)
    monkeypatch.setattr(unchanged, "_OWN", unchanged._OWN | {"PYTEST_CURRENT_TEST"})
    return root


def _long_way(words: list[str] = WORDS) -> None:
    """As the command goes: what it would look at is seen first."""
    unchanged.told(words)
    assert run(words) == 0


@pytest.fixture
def noted(here: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    _git(here, "init", "-q", "-b", "main")
    _git(here, "add", "pipelines")
    _git(here, "commit", "-q", "-m", "x")
    _long_way()
    assert unchanged.told(WORDS) is None, "a run that did something is none that changes nothing"
    capsys.readouterr()
    _long_way()
    assert unchanged.told(WORDS) == capsys.readouterr().err
    return here


def _append(path: str) -> None:
    with Path(path).open("a") as stream:
        stream.write("\n# more\n" if not path.endswith(".txt") else "b\n")


def _same_bytes() -> None:
    text = Path("more.py").read_text()
    Path("more.py").write_text(text)


def _same_size_and_time() -> None:
    """As a tool does that hides what it wrote: the inode tells."""
    before = Path("more.py").stat()
    Path("more.new").write_text("N = 2\n")
    os.utime("more.new", ns=(before.st_atime_ns, before.st_mtime_ns))
    Path("more.new").replace("more.py")


def _branch() -> None:
    _git(Path.cwd(), "checkout", "-q", "-b", "other")


def _commit() -> None:
    _git(Path.cwd(), "commit", "-q", "--allow-empty", "-m", "y")


def _moved_ref() -> None:
    """Another run publishes, of other parameters."""
    assert run([*WORDS, "-P", "factor=3"]) == 0


def _segment_gone() -> None:
    for one in Path(".wombat/store").glob("local/*/cache/shop/*"):
        one.unlink()


def _manifest_gone() -> None:
    next(Path(".wombat/store").glob("local/*/m/*/*")).unlink()


def _collection() -> None:
    folder = next(Path(".wombat/store").glob("local/*")) / "gc" / "20260101T000000Z-0a"
    folder.mkdir(parents=True)
    (folder / "state").write_text("{}")


def _trusted_results() -> None:
    folder = Path(".wombat/store/t/shop/cache/shop")
    folder.mkdir(parents=True)
    (folder / "x").write_text("{}")


def _excluded() -> None:
    with Path(".git/info/exclude").open("a") as stream:
        stream.write("*.log\n")


CHANGES = {
    "what git ignores": _excluded,
    "what git knows though it is ignored": lambda: _git(Path.cwd(), "add", "more.py"),
    "a pipeline": lambda: _append("pipelines/shop.yml"),
    "a function two imports away": lambda: _append("more.py"),
    "a file that was written anew with the same bytes": _same_bytes,
    "another file of the same size and time": _same_size_and_time,
    "a module that comes first": lambda: (Path("src").mkdir(), Path("src/more.py").touch()),
    "a package that shadows a module": lambda: Path("more").mkdir(),
    "a new schema": lambda: Path("schemas/x.yml").write_text("schema: x\n"),
    "a file that a task reads": lambda: _append("data/rows.txt"),
    "settings": lambda: _append("wombat.yml"),
    "a lock file": lambda: Path("uv.lock").write_text(""),
    "another branch": _branch,
    "another commit": _commit,
    "another version of the branch": _moved_ref,
    "no store": lambda: shutil.rmtree(".wombat/store"),
    "no results of whole runs": _segment_gone,
    "a manifest that is gone": _manifest_gone,
    "a collection of garbage": _collection,
    "results of a zone that may be read": _trusted_results,
    "a link, whose target nobody looks at": lambda: Path("link").symlink_to("/tmp"),
}


@pytest.mark.slow
def test_every_change_goes_the_long_way(noted: Path) -> None:
    """Each starts with what was noted anew, so that it alone is what is different."""
    whole = noted.with_name("whole")
    for what, change in CHANGES.items():
        _long_way()
        assert unchanged.told(WORDS) is not None, f"before {what}"
        shutil.copytree(noted, whole, symlinks=True)
        change()
        assert unchanged.told(WORDS) is None, what
        for one in noted.iterdir():
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
        shutil.copytree(whole, noted, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(whole)


def test_what_git_ignores_is_said_in_many_places(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repository's root lies above the project; everything else than the last is seen."""
    home = here.parent / "home"
    (home / "git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    _git(here.parent, "init", "-q", "-b", "main")
    _long_way()
    for file, text, lasting in (
        (here.parent / ".gitignore", "*.log\n", True),
        (home / "git" / "ignore", "*.log\n", True),
        (home / ".gitconfig", "[user]\nname = x\n", True),
        (home / ".gitconfig", f"[core]\nexcludesFile = {home}/mine\n", False),
        (home / "git" / "config", "[include]\npath = mine\n", False),
    ):
        _long_way()
        assert unchanged.told(WORDS) is not None, f"before {file}"
        file.write_text(text)
        assert unchanged.told(WORDS) is None, file
        _long_way()
        assert (unchanged.told(WORDS) is not None) == lasting, file
        file.unlink()
    _long_way()
    with monkeypatch.context() as one:
        one.setenv("GIT_INDEX_FILE", str(home / "index"))
        _long_way()
        assert unchanged.told(WORDS) is None
    assert unchanged.told(WORDS) is not None
    (here.parent / ".git" / "reftable").mkdir()
    _long_way()
    assert unchanged.told(WORDS) is None


def test_other_words_environments_and_places_go_the_long_way(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unchanged.told([*WORDS, "-q"]) == ""
    for more in (
        ["--json"], ["--force"], ["-p", "production"], ["-P", "factor=2"], ["--effects"], ["-v"],
        ["--no-publish"], ["-j", "2"],
    ):  # fmt: skip
        assert unchanged.told([*WORDS, *more]) is None
    assert unchanged.told(["run", "shop/page"]) is None
    assert unchanged.told(["plan", "shop"]) is None
    for name in ("WOMBAT_PROFILE", "WOMBAT_STORE", "CI", "PATH", "ANYTHING"):
        with monkeypatch.context() as one:
            one.setenv(name, "/other")
            assert unchanged.told(WORDS) is None, name
    assert unchanged.told(WORDS) is not None
    monkeypatch.chdir(noted / "pipelines")
    assert unchanged.told(WORDS) is None


def test_a_forged_or_broken_note_is_none(noted: Path) -> None:
    note = noted / ".wombat" / "unchanged" / "shop.json"
    told = json.loads(note.read_bytes())
    for broken in ("{", "[]", json.dumps({**told, "format": 0}), json.dumps({**told, "store": 3})):
        note.write_text(broken)
        assert unchanged.told(WORDS) is None
    note.write_text(json.dumps(told))
    assert unchanged.told(WORDS) is not None


def test_no_secret_of_the_environment_is_written(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "canary-5f1")
    _long_way()
    _long_way()
    assert unchanged.told(WORDS) is not None
    assert b"canary" not in (here / ".wombat" / "unchanged" / "shop.json").read_bytes()


def test_what_was_written_a_moment_ago_is_not_relied_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unchanged, "RACY", 3_600_000_000_000)
    _long_way()
    _long_way()
    assert unchanged.told(WORDS) is None


def test_what_changes_while_the_plan_is_made_is_not_relied_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody publishes after the branch was read: what it holds then nobody looked at."""
    _long_way()
    keep = unchanged.keep

    def late(*given: object) -> None:
        head = next(here.glob(".wombat/store/local/*/refs/shop/heads/main/*"))
        (head.parent / "0").write_bytes(head.read_bytes())
        keep(*given)

    with monkeypatch.context() as one:
        one.setattr(unchanged, "keep", late)
        _long_way()
    assert unchanged.told(WORDS) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    shell:", "    volatile: true\n    shell:"),
        ("{file: data/rows.txt}", "{file: .venv/rows.txt}"),
    ],
)
def test_what_may_differ_though_no_file_does_is_never_noted(here: Path, old: str, new: str) -> None:
    assert old in PIPELINE
    (here / "pipelines" / "shop.yml").write_text(PIPELINE.replace(old, new))
    shutil.copytree(here / "data", here / ".venv")
    _long_way()
    _long_way()
    assert unchanged.told(WORDS) is None
