"""The rights of roles in lakeFS: on a store there, and where runs are shown as commits."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from wombat.errors import UsageFault
from wombat.store.lakefs.address import parse_address
from wombat.store.lakefs.policy import SHOWN, LakePlace, permissions, showing
from wombat.store.reach import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.api.policies import Wanted
    from wombat.api.session import Session

NOTES: Final = (
    "The open-source server has no such documents: it has one user, who may do everything, so a",
    "credential for merge requests is one for production. There keep what is trusted and what is",
    "not on two servers, or the store on S3; lakeFS Team, Enterprise and Cloud know these.",
    "",
    "Rights on objects know no branch: who may write a path may write it on every branch, so a",
    "store has a repository of its own. Listing is a right on a whole repository: names, sizes and",
    "digests of all that is there are seen by each role.",
    "",
    "Whoever may write a name may overwrite it: no right of lakeFS says 'create only'.",
    "",
    "A document says who of lakeFS's users may do what; GitLab's tokens are unknown to it. Keys",
    "of 'trusted', 'publisher' and 'gc' belong into protected, masked variables.",
    "",
    "lakectl auth policies create --id NAME --statement-document FILE takes each. Terraform has no",
    "provider of lakeFS's makers.",
)
"""Lines for people: what no document says."""
FORMS: Final = ("text", "json")
_KNOWN: Final = ("address", "reads")


def shown_runs(session: Session) -> dict[str, Any] | None:
    """`{repository, branch, path, roles {role: {name, about, policy}}}` for `publish.lakefs` of
    wombat.yml; None where runs are shown nowhere."""
    said = session.lakefs
    if said is None:
        return None
    place = LakePlace(said["repository"], said["branch"], said["path"] or "")
    return {
        "repository": place.repository,
        "branch": place.branch,
        "path": place.path,
        "roles": {
            role: _role(session.project, role, about, showing(place, role))
            for role, about in SHOWN.items()
        },
    }


def store_in_lakefs(session: Session, address: str, wanted: Wanted, form: str) -> dict[str, Any]:
    """`{repository, branch, prefix, project, roles {role: {name, about, policy}}, notes}`.

    UsageFault for a form, or a word, that lakeFS has nothing for.
    """
    check_words(wanted, form)
    at = parse_address(address)
    place = LakePlace(at.repository, at.ref, at.path)
    reads = tuple(one for one in wanted.reads if one != session.project)
    return {
        "repository": place.repository,
        "branch": place.branch,
        "prefix": place.path,
        "project": session.project,
        "roles": {
            role: _role(
                session.project, role, about, permissions(place, role, session.project, reads)
            )
            for role, about in ROLES.items()
        },
        "notes": list(NOTES),
    }


def check_words(wanted: Wanted, form: str) -> None:
    """What would be left out without a word."""
    if form not in FORMS:
        raise UsageFault(
            f"lakeFS has no documents in the form {form}; expected --format json or text",
            hint="lakectl auth policies create takes what --format json has as policy",
        )
    said = [one.name for one in fields(wanted) if getattr(wanted, one.name) != one.default]
    if other := [name for name in said if name not in _KNOWN]:
        option = {"branches": "branch", "tags": "tag"}.get(other[0], other[0].replace("_", "-"))
        raise UsageFault(
            f"--{option} says who may take on a role, which lakeFS's documents don't; expected "
            "none with a store in lakeFS",
            hint="who has which keys is said by CI's protected variables",
        )


def as_lines(tree: Mapping[str, Any]) -> list[str]:
    """The documents of a tree, each below what it is for."""
    parts: list[str] = []
    for one in tree["roles"].values():
        parts += [f"# {one['name']}: {one['about']}", json.dumps(one["policy"], indent=2)]
    return parts


def _role(project: str, role: str, about: str, policy: dict[str, Any]) -> dict[str, Any]:
    return {"name": f"wombat-{project}-{role}", "about": about, "policy": policy}
