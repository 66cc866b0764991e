"""Which path of lakeFS's interface is whose: operations by the names of its OpenAPI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double import objects, places, versions

if TYPE_CHECKING:
    from collections.abc import Callable

R: Final = "/repositories/{}"
ROUTES: Final[list[tuple[str, str, str, Callable[..., Any]]]] = [
    ("GET", "/config", "getConfig", places.config),
    ("GET", "/config/version", "getLakeFSVersion", places.version),
    ("GET", "/user", "getCurrentUser", places.user),
    ("POST", "/auth/login", "login", places.login),
    ("POST", "/repositories", "createRepository", places.create_repository),
    ("GET", "/repositories", "listRepositories", places.list_repositories),
    ("GET", R, "getRepository", places.get_repository),
    ("DELETE", R, "deleteRepository", places.delete_repository),
    ("GET", f"{R}/settings/branch_protection", "getBranchProtectionRules", places.get_protection),
    ("PUT", f"{R}/settings/branch_protection", "setBranchProtectionRules", places.set_protection),
    ("POST", f"{R}/branches", "createBranch", versions.create_branch),
    ("GET", f"{R}/branches", "listBranches", versions.list_branches),
    ("GET", f"{R}/branches/{{}}", "getBranch", versions.get_branch),
    ("DELETE", f"{R}/branches/{{}}", "deleteBranch", versions.delete_branch),
    ("PUT", f"{R}/branches/{{}}", "resetBranch", versions.reset_branch),
    ("GET", f"{R}/branches/{{}}/diff", "diffBranch", versions.diff_branch),
    ("POST", f"{R}/branches/{{}}/commits", "commit", versions.commit),
    ("GET", f"{R}/commits/{{}}", "getCommit", versions.get_commit),
    ("GET", f"{R}/refs/{{}}/commits", "logCommits", versions.log),
    ("GET", f"{R}/refs/{{}}/diff/{{}}", "diffRefs", versions.diff_refs),
    ("POST", f"{R}/refs/{{}}/merge/{{}}", "mergeIntoBranch", versions.merge),
    ("GET", f"{R}/refs/{{}}/merge/{{}}", "findMergeBase", versions.merge_base),
    ("POST", f"{R}/tags", "createTag", versions.create_tag),
    ("GET", f"{R}/tags", "listTags", versions.list_tags),
    ("GET", f"{R}/tags/{{}}", "getTag", versions.get_tag),
    ("DELETE", f"{R}/tags/{{}}", "deleteTag", versions.delete_tag),
    ("POST", f"{R}/branches/{{}}/objects", "uploadObject", objects.upload),
    ("DELETE", f"{R}/branches/{{}}/objects", "deleteObject", objects.delete_one),
    ("POST", f"{R}/branches/{{}}/objects/delete", "deleteObjects", objects.delete_many),
    ("POST", f"{R}/branches/{{}}/objects/copy", "copyObject", objects.copy),
    ("GET", f"{R}/branches/{{}}/staging/backing", "getPhysicalAddress", objects.where_to_put),
    ("PUT", f"{R}/branches/{{}}/staging/backing", "linkPhysicalAddress", objects.put_past),
    ("GET", f"{R}/refs/{{}}/objects", "getObject", objects.get),
    ("HEAD", f"{R}/refs/{{}}/objects", "headObject", objects.get),
    ("GET", f"{R}/refs/{{}}/objects/stat", "statObject", objects.stat),
    (
        "PUT",
        f"{R}/branches/{{}}/objects/stat/user_metadata",
        "updateObjectUserMetadata",
        objects.describe,
    ),
    ("GET", f"{R}/refs/{{}}/objects/ls", "listObjects", objects.listing),
]
_TABLE: Final = [
    (method, re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")), kind, handler)
    for method, path, kind, handler in ROUTES
]
OPEN: Final = ("login",)
"""Asked without saying who asks."""


def route(method: str, path: str) -> tuple[str, Callable[..., Any] | None, tuple[str, ...]]:
    """The operation, who answers it, and what stands in its path; '' for none."""
    for wanted, pattern, kind, handler in _TABLE:
        found = pattern.fullmatch(path) if wanted == method else None
        if found:
            return kind, handler, found.groups()
    return "", None, ()
