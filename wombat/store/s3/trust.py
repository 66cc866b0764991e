"""Which jobs of a GitLab may take on a role, by what their identity tokens say; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import UsageFault

if TYPE_CHECKING:
    from wombat.store.reach import Role

PROVIDER: Final = "gitlab"
"""What a server that keeps its own list of issuers calls ours."""
FORKS_APART: Final = (18, 2, 2)
"""From this GitLab on the token of a fork's merge request names the fork."""


@dataclass(frozen=True, slots=True)
class Forge:
    """A GitLab, its project, and what of it is trusted: protected branches and tags.

    `issuer` is a host, `gitlab.example.com`; `tags` may hold `*`. `collector` is the project that
    runs the collection of garbage. `forks_apart`: forks never run in the project. `claims`: the
    server sees every claim of a token, as `oidc:NAME`; Amazon's sees `aud` and `sub`.
    """

    issuer: str
    repository: str
    audience: str
    version: tuple[int, ...]
    branches: tuple[str, ...] = ("main",)
    tags: tuple[str, ...] = ()
    collector: str | None = None
    account: str = "ACCOUNT"
    partition: str = "aws"
    forks_apart: bool = False
    claims: bool = False

    def provider(self) -> str:
        if self.claims:
            return PROVIDER
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{self.issuer}"


def trust(forge: Forge, role: Role) -> dict[str, Any] | None:
    """The role's trust policy; None where no job takes it on.

    UsageFault (`policy-forks`) for a trusted role of a GitLab whose tokens don't tell a fork's
    merge request from the project itself.
    """
    if role == "reader" or (role == "gc" and forge.collector is None):
        return None
    if role == "untrusted":
        return _policy(forge, {}, {_sub(forge): f"{_project(forge.repository)}:*"})
    _guard(forge)
    repository = forge.collector if role == "gc" and forge.collector else forge.repository
    subjects = [_subject(repository, "branch", one) for one in forge.branches]
    if role == "trusted":
        subjects += [_subject(repository, "tag", one) for one in forge.tags]
    # A merge request between a trusted branch and another has its subject, and isn't protected.
    equal = {"oidc:ref_protected": "true"} if forge.claims else {}
    return _policy(forge, equal, {_sub(forge): subjects})


def _guard(forge: Forge) -> None:
    if forge.claims or forge.version >= FORKS_APART or forge.forks_apart:
        return
    version = ".".join(map(str, forge.version))
    raise UsageFault(
        f"on GitLab {version} a fork's merge request gets the identity of the project itself, so "
        "by its token nobody can be trusted; expected 18.2.2 or later",
        code="policy-forks",
        hint="use keys in protected variables; or --forks-apart, where the project's setting "
        "that lets pipelines of forks run in it is off",
    )


def _policy(forge: Forge, equal: dict[str, str], like: dict[str, Any]) -> dict[str, Any]:
    """Names of branches hold no `*`, so that StringLike is equality where nobody wrote one."""
    audience = {} if forge.claims else {f"{forge.issuer}:aud": forge.audience}
    exact = audience | equal
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": forge.provider()},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": ({"StringEquals": exact} if exact else {}) | {"StringLike": like},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _sub(forge: Forge) -> str:
    return "oidc:sub" if forge.claims else f"{forge.issuer}:sub"


def _project(repository: str) -> str:
    return f"project_path:{repository}"


def _subject(repository: str, kind: str, name: str) -> str:
    return f"{_project(repository)}:ref_type:{kind}:ref:{name}"
