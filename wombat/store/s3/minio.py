"""Policies as MinIO needs them: one role for all jobs, each statement for some subjects; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT: Final = "jwt:sub"


def as_minio(tree: Mapping[str, Any]) -> dict[str, Any]:
    """`{name of the policy: document}`. Its roles have no trust policy: whoever has a token for
    the audience, which a job chooses, has the role. So who may is said where what is said."""
    trusted = _subjects(tree["roles"]["trusted"]["trust"])
    found = {}
    for role, one in tree["roles"].items():
        subjects = _subjects(one["trust"])
        # A trusted job gets no rights on u by being one of all jobs.
        never = trusted if role == "untrusted" else []
        statements = [_narrowed(s, subjects, never) for s in one["permissions"]["Statement"]]
        found[one["name"]] = {**one["permissions"], "Statement": statements}
    return found


def _subjects(trust: Mapping[str, Any] | None) -> list[str]:
    """Those of a trust policy; none where no job takes the role on."""
    if trust is None:
        return []
    (statement,) = trust["Statement"]
    (subjects,) = statement["Condition"]["StringLike"].values()
    return [subjects] if isinstance(subjects, str) else list(subjects)


def _narrowed(
    statement: Mapping[str, Any], subjects: list[str], never: list[str]
) -> dict[str, Any]:
    if not subjects:
        return dict(statement)
    before = statement.get("Condition", {})
    condition = {**before, "StringLike": {**before.get("StringLike", {}), SUBJECT: subjects}}
    if never:
        condition["StringNotLike"] = {SUBJECT: never}
    return {**statement, "Condition": condition}
