"""The CI at hand: which system, branch, commit, event and run; without one, what git says."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, overload

from wombat.digest import digest_bytes
from wombat.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

System = Literal["gitlab", "github"]
Event = Literal["push", "merge_request", "schedule", "manual", "local"]

AUTOMATED: Final = ("JENKINS_URL", "BUILDKITE", "CIRCLECI", "TF_BUILD", "TEAMCITY_VERSION")
"""What other CI systems than those that are known by name set in their jobs, beside `CI`."""
RUN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
ISSUER_LENGTH: Final = 28
LONGEST_NUMBER: Final = 15
_NUMBERED: Final = re.compile(r"(.+?)-([0-9]+)(?:-([0-9]+))?")
_GITLAB_EVENTS: Final[dict[str, Event]] = {
    "push": "push",
    "merge_request_event": "merge_request",
    "external_pull_request_event": "merge_request",
    "schedule": "schedule",
}
_HALF: Final = re.compile("[\ud800-\udfff]")
_TAG: Final = "tag:"
"""What a git tag's pipeline has for a branch: git allows no ':' in the names of branches."""
_GITHUB_EVENTS: Final[dict[str, Event]] = {
    "push": "push",
    "pull_request": "merge_request",
    "schedule": "schedule",
}


class Checkout(Protocol):
    """What is checked out. `project` is the last part of the path of the repository's `origin`."""

    @property
    def branch(self) -> str: ...
    @property
    def default_branch(self) -> str: ...
    @property
    def commit(self) -> str | None: ...
    @property
    def project(self) -> str | None: ...
    @property
    def dirty(self) -> bool: ...


class Told(NamedTuple):
    """A checkout as a CI system tells of it."""

    branch: str
    default_branch: str
    commit: str | None
    project: str | None = None
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a command runs.

    `order` grows from run to run: the pipeline's number in CI, milliseconds locally. `run` is this
    run's id. `schedule` is the description of the CI system's schedule that started this,
    `repository` what tells a CI's repository from all others, whatever it is called by now.
    """

    ci: System | None
    checkout: Checkout
    event: Event
    order: int
    run: str
    url: str | None = None
    schedule: str | None = None
    repository: str | None = None

    @property
    def branch(self) -> str:
        return self.checkout.branch

    @property
    def default_branch(self) -> str:
        return self.checkout.default_branch

    @property
    def commit(self) -> str | None:
        return self.checkout.commit

    @property
    def project(self) -> str | None:
        return self.checkout.project

    @property
    def dirty(self) -> bool:
        return self.checkout.dirty

    @property
    def on_tag(self) -> bool:
        return self.branch.startswith(_TAG)

    @property
    def on_default_branch(self) -> bool:
        """Never in a merge request, whatever its source branch is called."""
        return self.event != "merge_request" and self.branch == self.default_branch


def ref_of(branch: str) -> tuple[str, str]:
    """The name and the kind (`heads` or `tags`) of the ref that a branch's runs move."""
    return (branch.removeprefix(_TAG), "tags") if branch.startswith(_TAG) else (branch, "heads")


def branch_of(name: str, kind: str) -> str:
    """Inverts `ref_of`."""
    return f"{_TAG}{name}" if kind == "tags" else name


class _Readable(NamedTuple):
    """An environment whose variables are text where they are read."""

    environ: Mapping[str, str]

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        value = self.environ.get(name, default)
        if value is not None and not value.isascii() and _HALF.search(value):
            raise UsageFault(f"{name} isn't UTF-8; expected text", code="not-utf8")
        return value


def observe(
    root: Path, environ: Mapping[str, str] | None = None, *, compiling: bool = False
) -> Surroundings:
    """The surroundings of this process; `compiling` puts the job's id into a new run's id.

    UsageFault `invalid-run` where `WOMBAT_RUN` is no run id, `not-utf8` for bytes that are no text.
    """
    given = _Readable(os.environ if environ is None else environ)
    run = given.get("WOMBAT_RUN") or None
    if run is not None:
        check_run(run)
    if given.get("GITLAB_CI"):
        return _gitlab(given, run, compiling=compiling)
    if given.get("GITHUB_ACTIONS"):
        return _github(given, run)
    return _local(root, run)


def automated(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this may be a job of some CI, or of a cluster that gives out identities."""
    given = os.environ if environ is None else environ
    if given.get("KUBERNETES_SERVICE_HOST") and given.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return True
    return given.get("CI", "").lower() not in ("", "0", "false") or any(
        given.get(name) for name in AUTOMATED
    )


def check_run(run: str) -> str:
    """A run's id as given; UsageFault `invalid-run`."""
    if not RUN.fullmatch(run):
        raise UsageFault(
            f"{run[:80]!r} is no run; expected 1 to 64 letters, digits, '_' or '-'",
            code="invalid-run",
        )
    return run


def _gitlab(given: _Readable, run: str | None, *, compiling: bool) -> Surroundings:
    merge_request = given.get("CI_MERGE_REQUEST_IID")
    source = given.get("CI_PIPELINE_SOURCE", "push")
    if source == "parent_pipeline":  # it says only that this is a child; its trigger may say more
        source = given.get("WOMBAT_EVENT") or source
    inherited: Event = "push" if source == "parent_pipeline" else "manual"
    event = "merge_request" if merge_request else _GITLAB_EVENTS.get(source, inherited)
    job = given.get("CI_JOB_ID") if compiling else None
    return Surroundings(
        ci="gitlab",
        checkout=Told(
            branch=_gitlab_branch(given),
            default_branch=given.get("CI_DEFAULT_BRANCH", "main"),
            commit=given.get("CI_COMMIT_SHA"),
            project=_last(given.get("CI_PROJECT_PATH")),
        ),
        event=event,
        order=_number(given, _ordering(given)),
        run=run or run_id(given.get("CI_SERVER_HOST", "gitlab"), given.get("CI_PIPELINE_ID"), job),
        url=given.get("CI_PIPELINE_URL"),
        schedule=given.get("CI_PIPELINE_SCHEDULE_DESCRIPTION") if event == "schedule" else None,
        repository=_repository(given.get("CI_SERVER_HOST"), given.get("CI_PROJECT_ID")),
    )


def _gitlab_branch(given: _Readable) -> str:
    """`CI_COMMIT_BRANCH` is unset in merge requests; a tag gets a name that no branch can have."""
    request = given.get("CI_MERGE_REQUEST_IID")
    branch = given.get("CI_COMMIT_BRANCH") or given.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
    if request and branch == given.get("CI_DEFAULT_BRANCH", "main"):
        return f"mr:{request}"  # what it makes must not be taken for the default branch's
    tag = given.get("CI_COMMIT_TAG")
    return branch or (f"{_TAG}{tag}" if tag else given.get("CI_COMMIT_REF_NAME", "main"))


def _github(given: _Readable, run: str | None) -> Surroundings:
    name = given.get("GITHUB_REF_NAME", "main")
    branch = f"{_TAG}{name}" if given.get("GITHUB_REF_TYPE") == "tag" else name
    server, repository = given.get("GITHUB_SERVER_URL", ""), given.get("GITHUB_REPOSITORY", "")
    number = given.get("GITHUB_RUN_ID")
    return Surroundings(
        ci="github",
        checkout=Told(
            branch=given.get("GITHUB_HEAD_REF") or branch,
            default_branch=given.get("WOMBAT_DEFAULT_BRANCH", "main"),
            commit=given.get("GITHUB_SHA"),
            project=_last(repository),
        ),
        event=_GITHUB_EVENTS.get(given.get("GITHUB_EVENT_NAME", "push"), "manual"),
        order=_number(given, "GITHUB_RUN_NUMBER"),
        run=run or run_id(server.partition("://")[2] or "github", number, None),
        url=f"{server}/{repository}/actions/runs/{number}" if number else None,
    )


def _ordering(given: _Readable) -> str:
    """The variable with the pipeline's number: a child's trigger says its parent's. Nobody else
    may say it, since a number too high would supersede all that follow."""
    told = given.get("WOMBAT_ORDER") and given.get("CI_PIPELINE_SOURCE") == "parent_pipeline"
    return "WOMBAT_ORDER" if told else "CI_PIPELINE_IID"


def _number(given: _Readable, name: str) -> int:
    text = given.get(name, "")
    fits = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if fits else time.time_ns() // 10**6


def run_id(issuer: str, pipeline: str | None, job: str | None) -> str:
    """`issuer-pipeline[-job]`; a long issuer is cut and told apart by a digest."""
    slug = re.sub(r"[^a-z0-9]+", "-", issuer.lower()).strip("-") or "ci"
    if len(slug) > ISSUER_LENGTH:
        slug = f"{slug[: ISSUER_LENGTH - 7]}-{digest_bytes(issuer.encode('utf-8', 'replace'))[:6]}"
    if pipeline is None:
        return local_run_id()
    return check_run("-".join(part for part in (slug, pipeline, job) if part))


def run_age(run: str) -> tuple[str, tuple[int, int]]:
    """Who gave a run its id, and the numbers in it, which grow: of the pipeline and its job.

    An id of one's own is its own issuer.
    """
    match = _NUMBERED.fullmatch(run)
    if match is None:
        return run, (0, 0)
    return match[1], (int(match[2]), int(match[3] or 0))


def by_issuer(runs: Iterable[str]) -> list[list[str]]:
    """Run ids of CI systems, each issuer's newest first. Without those of people's machines."""
    found: dict[str, list[tuple[tuple[int, int], str]]] = {}
    for run in runs:
        if not run.startswith("local-"):
            issuer, age = run_age(run)
            found.setdefault(issuer, []).append((age, run))
    return [[run for _, run in sorted(ages, reverse=True)] for ages in found.values()]


def local_run_id() -> str:
    """`local-<UTC time>-<8 random hex>`; two made in the same second differ."""
    return f"local-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.urandom(4).hex()}"


def _local(root: Path, run: str | None) -> Surroundings:
    return Surroundings(
        ci=None,
        checkout=Asked(root),
        event="local",
        order=time.time_ns() // 10**6,
        run=run or local_run_id(),
    )


@dataclass(frozen=True)
class Asked:
    """A checkout of which git tells; each thing is asked for once, when it is wanted."""

    root: Path

    @cached_property
    def branch(self) -> str:
        branch = git(self.root, "symbolic-ref", "--quiet", "--short", "HEAD")
        if branch is None:
            return f"detached-{self.commit[:12]}" if self.commit else "main"
        return branch

    @cached_property
    def default_branch(self) -> str:
        head = git(self.root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        if head:
            return head.partition("/")[2]
        for name in ("main", "master"):
            if git(self.root, "rev-parse", "--quiet", "--verify", f"refs/heads/{name}"):
                return name
        return "main"

    @cached_property
    def commit(self) -> str | None:
        return git(self.root, "rev-parse", "--quiet", "--verify", "HEAD")

    @cached_property
    def project(self) -> str | None:
        return _last(git(self.root, "config", "--get", "remote.origin.url"))

    @cached_property
    def dirty(self) -> bool:
        return bool(git(self.root, "status", "--porcelain", "--untracked-files=no"))


def git(root: Path, *words: str) -> str | None:
    """What git says, without the last line break; None where it fails or says nothing."""
    command = ["git", "--no-optional-locks", "-C", str(root), *words]  # the index is the user's
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, encoding="utf-8", errors="surrogateescape"
        )
    except OSError:
        return None
    return done.stdout.strip("\r\n") or None if done.returncode == 0 else None


def _repository(host: str | None, number: str | None) -> str | None:
    return f"{host} #{number}" if host and number else None


def _last(path: str | None) -> str | None:
    """The last part of a path or address of a repository, without `.git`."""
    if not path:
        return None
    return re.split(r"[/:\\]", path.rstrip("/").removesuffix(".git"))[-1] or None


def target_of_merge_request(environ: Mapping[str, str] | None = None) -> str | None:
    """The commit that a merge request's changes are held against; None outside of one.

    GitLab: the target branch's head where the checkout is merged already, else the merge base.
    """
    given = _Readable(os.environ if environ is None else environ)
    if given.get("GITLAB_CI") and given.get("CI_MERGE_REQUEST_IID"):
        merged = given.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA")
        return merged or given.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or None
    if given.get("GITHUB_ACTIONS") and (branch := given.get("GITHUB_BASE_REF")):
        return f"origin/{branch}"
    return None
