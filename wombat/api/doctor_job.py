"""What doctor sees of the job at hand: its image, its trust, its checkout."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wombat.api.findings import Finding
from wombat.ci import git
from wombat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wombat.api.project import Checked
    from wombat.api.session import Session
    from wombat.forge.gitlab import Gitlab, Repository


@dataclass(frozen=True)
class Ground:
    """Where doctor stands: in a job of GitLab or not, with its interface or not."""

    session: Session
    checked: Checked
    options: Mapping[str, Any]
    job: Mapping[str, str]
    gitlab: Gitlab | None = None

    def unseen(self, about: str, what: str) -> Finding:
        """A note of what only a job or a token would show."""
        return Finding(about, "note", f"can't be seen from here: {what}")


def look_at_job(ground: Ground) -> Iterator[Finding]:
    """The image at hand is the runner's, if this is a job."""
    about, job = "job", ground.job
    if not job:
        yield ground.unseen(about, "its image and runner; run 'wombat doctor' in a job")
        return
    image = job.get("CI_JOB_IMAGE") or "no image"
    runner = job.get("CI_RUNNER_VERSION", "unknown")
    said = f"{image}: Python {platform.python_version()}, wombat-ci {__version__}, runner {runner}"
    declared = ground.options.get("image")
    if declared is not None and declared != image:
        yield Finding(about, "note", f"{said}; wombat.yml says {declared}")
    else:
        yield Finding(about, "good", said)


def look_at_trust(ground: Ground) -> Iterator[Finding]:
    """Whether the zone that is written is one that this ref may write."""
    if not ground.job:
        return
    protected = ground.job.get("CI_COMMIT_REF_PROTECTED") == "true"
    ref = f"{'a protected' if protected else 'an unprotected'} ref"
    asked = ground.job.get("CI_MERGE_REQUEST_IID") is not None
    zone = str(ground.session.settings.zone.value)
    where = f"{ref}{', of a merge request' if asked else ''}; writes zone {ground.session.zone}"
    if zone == "t" and not protected:
        hint = "the zone of what isn't reviewed is u; who sets WOMBAT_ZONE?"
        yield Finding("trust", "wrong", where, hint)
    else:
        yield Finding("trust", "good", where)


def look_at_clone(ground: Ground) -> Iterator[Finding]:
    """Of the job at hand, else of the project's settings."""
    about = "clone"
    there = None if ground.job or ground.gitlab is None else ground.gitlab.repository()
    if not ground.job and there is None:
        yield ground.unseen(about, "how deep jobs clone, and how they fetch")
        return
    strategy = there.strategy if there else ground.job.get("GIT_STRATEGY", "the project's")
    if strategy in ("none", "empty"):
        yield Finding(
            about, "wrong", f"strategy {strategy}: jobs have no checkout", "fetch or clone"
        )
        return
    said = f"depth {_depth(ground, there)}, strategy {strategy or 'unknown'}"
    if ground.job.get("GIT_CLEAN_FLAGS") == "none":
        yield Finding(about, "note", f"{said}, never cleaned: files of earlier jobs stay")
        return
    yield Finding(about, "good", f"{said}; any depth will do, history isn't read")


def _depth(ground: Ground, there: Repository | None) -> str:
    if there is not None:
        return str(there.depth or "full")
    shallow = git(ground.session.root, "rev-parse", "--is-shallow-repository") == "true"
    return ground.job.get("GIT_DEPTH", "unknown") if shallow else "full"
