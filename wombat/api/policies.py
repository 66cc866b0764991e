"""The rights that a project's roles need on its store, and who may take each on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from wombat.api.forge import address_of
from wombat.api.policies_lakefs import NOTES as NOTES_LAKEFS
from wombat.api.policies_lakefs import as_lines, check_words, shown_runs, store_in_lakefs
from wombat.errors import UsageFault
from wombat.forge.address import INTERFACE
from wombat.language.root import PROJECT_FILE
from wombat.store.reach import ROLES
from wombat.store.s3.address import parse_address
from wombat.store.s3.minio import as_minio
from wombat.store.s3.policy import Place, lifecycle, permissions, settings
from wombat.store.s3.seaweedfs import as_seaweedfs
from wombat.store.s3.terraform import as_terraform
from wombat.store.s3.trust import Forge, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wombat.api.session import Session

NEWEST: Final = "18.5"
"""What is assumed where wombat.yml says no version of GitLab: GitLab.com is ahead of it."""
UNSAID: Final = "ACCOUNT"
"""Stands in documents for people where no account was said."""
_ACCOUNT: Final = re.compile(r"[0-9]{12}|RGW[0-9]{17}")
"""Amazon's, or Ceph's."""
NOTES: Final = (
    "A token's subject names the branch that a merge request comes from. With merged results",
    "(Premium) a merge request from a trusted branch into somebody's own runs his code under the",
    "trusted name, and Amazon's IAM sees nothing else of a token: leave merged results off in",
    "this project, or use keys in protected variables.",
    "",
    "No rule may ever expire objects by age: what is old may be needed. gc deletes what isn't.",
    "",
    "MinIO: --format minio prints its policies. It has no trust policies and doesn't know",
    "s3:if-none-match: leave --create-only out.",
    "Ceph: the same documents, with arn:aws:iam:::oidc-provider/HOST. Before 2026 it answers 403",
    "for what isn't there, unless ListBucket has no condition on s3:prefix.",
    "SeaweedFS: --format seaweedfs prints its file, which asks for protected refs, too.",
    "R2: tokens for a whole bucket only, so one bucket for trusted work and one for the rest.",
)
"""Lines for people: what no document says."""
FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "json": dict,
    "terraform": as_terraform,
    "minio": as_minio,
    "seaweedfs": as_seaweedfs,
}
"""What is for tools."""


@dataclass(frozen=True)
class Wanted:
    """What the command line says; None is found out of the project, git's origin, or defaults."""

    address: str | None = None
    repository: str | None = None
    server: str | None = None
    audience: str | None = None
    gitlab: str | None = None
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    collector: str | None = None
    account: str = UNSAID
    create_only: bool = False
    forks_apart: bool = False


def policies(session: Session, wanted: Wanted, form: str = "json") -> dict[str, Any]:
    """`{bucket, project, issuer, audience, roles {role: {name, about, permissions, trust}},
    lifecycle, settings, notes}`; in the form `seaweedfs` trust is in that server's words. Of a
    store in lakeFS as `store_in_lakefs` has it. Where runs are shown in lakeFS, `shown` has the
    rights for that; with a store in a folder, which has none, it stands alone.

    Asks nobody. UsageFault where the store has no roles, GitLab isn't known, or a word doesn't fit
    the form.
    """
    address = wanted.address or session.settings.store_address
    runs = shown_runs(session)
    if address.startswith("lakefs://"):
        tree = store_in_lakefs(session, address, wanted, form)
    elif runs and not wanted.address and not address.startswith("s3://"):
        check_words(wanted, form)
        tree = {"notes": list(NOTES_LAKEFS)}
    else:
        tree = _in_a_bucket(session, wanted, form)
    return tree | ({"shown": runs} if runs else {})


def _in_a_bucket(session: Session, wanted: Wanted, form: str) -> dict[str, Any]:
    _check(wanted, form)
    place = _place(session, wanted)
    forge = replace(_forge(session, wanted), claims=form == "seaweedfs")
    roles = {
        role: {
            "name": f"wombat-{place.project}-{role}"[:64],
            "about": about,
            "permissions": permissions(place, role),
            "trust": trust(forge, role),
        }
        for role, about in ROLES.items()
    }
    return {
        "bucket": place.bucket,
        "project": place.project,
        "issuer": forge.issuer,
        "audience": forge.audience,
        "roles": roles,
        "lifecycle": lifecycle(place),
        "settings": settings(place),
        "notes": list(NOTES),
    }


def _check(wanted: Wanted, form: str) -> None:
    """What would be wrong where nobody looks at it again."""
    if wanted.account != UNSAID and not _ACCOUNT.fullmatch(wanted.account):
        raise UsageFault(
            f"'{wanted.account}' is no account; expected its 12 digits",
            hint="aws sts get-caller-identity --query Account",
        )
    if form == "terraform" and wanted.account == UNSAID:
        raise UsageFault(
            "Terraform's file names the account in who may take on a role; expected --account",
            hint="--account 123456789012",
        )
    if wanted.create_only and form in ("minio", "seaweedfs"):
        raise UsageFault(
            "--create-only relies on s3:if-none-match, which Amazon's S3 alone knows; "
            f"expected none with --format {form}",
            hint="leave it out: nothing is overwritten by Wombat itself",
        )


def shown(tree: Mapping[str, Any], form: str) -> str:
    """As `text` for people, as `json`, or for a tool: `terraform` (a file that ends in .tf.json),
    `seaweedfs` (its -s3.iam.config), `minio` (policies by name)."""
    if form in FORMS:
        return _json(FORMS[form](tree))
    parts = _bucket_lines(tree) if "bucket" in tree else []
    parts += as_lines(tree) if "repository" in tree else []
    if "shown" in tree:
        at = tree["shown"]
        parts.append(f"# runs as commits, on {at['branch']} of {at['repository']} in lakeFS")
        parts += as_lines(at)
    return "\n".join([*parts, *(f"# {note}".rstrip() for note in tree["notes"])])


def _bucket_lines(tree: Mapping[str, Any]) -> list[str]:
    parts = []
    for role, one in tree["roles"].items():
        parts += [f"# {role}: {one['about']}; its permissions", _json(one["permissions"])]
        known = one["trust"] is not None
        parts.append(f"# {role}: who may take it on" + ("" if known else " is yours to say"))
        parts += [_json(one["trust"])] if known else []
    parts += ["# the bucket's life-cycle rules", _json(tree["lifecycle"])]
    return [*parts, "# the bucket's settings", _json(tree["settings"])]


def _json(tree: Any) -> str:
    return json.dumps(tree, indent=2)


def _place(session: Session, wanted: Wanted) -> Place:
    address = wanted.address or session.settings.store_address
    if not address.startswith("s3://"):
        raise UsageFault(
            f"the store {address} is a folder, whose rights are those of its files; expected "
            "s3://BUCKET/PREFIX or lakefs://REPOSITORY/BRANCH/PREFIX",
            code="store-address",
            hint="wombat store policy s3://artifacts/wombat",
        )
    at = parse_address(address)
    reads = tuple(one for one in wanted.reads if one != session.project)
    return Place(at.bucket, at.prefix, session.project, reads, "aws", wanted.create_only)


def _forge(session: Session, wanted: Wanted) -> Forge:
    found = address_of(session.root, server=wanted.server, repository=wanted.repository)
    # With its path, where GitLab has one.
    issuer = found.interface.partition("://")[2].removesuffix(INTERFACE)
    branch = session.surroundings.default_branch or "main"
    return Forge(
        issuer=issuer,
        repository=found.project,
        audience=wanted.audience or f"https://{issuer}",
        version=_version(wanted.gitlab or _declared(session) or NEWEST),
        branches=wanted.branches or (branch,),
        tags=wanted.tags,
        collector=wanted.collector,
        account=wanted.account,
        forks_apart=wanted.forks_apart,
    )


def _declared(session: Session) -> str | None:
    """GitLab's version as wombat.yml has it."""
    if not (session.root / PROJECT_FILE).is_file():
        return None
    from wombat.errors import Diagnostics
    from wombat.language.load import load_project

    project, _ = load_project(session.root, Diagnostics())
    return project.gitlab.version


def _version(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split("."))
    except ValueError:
        raise UsageFault(
            f"'{text}' is no version of GitLab; expected one as 18.5 or 18.2.2",
            code="gitlab-version",
        ) from None
    # 18.2 alone may be any of its patches, so the first.
    return found
