"""The rights that each role needs on a bucket, as documents of Amazon's IAM; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wombat.store.reach import ROLES, Role, reach

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ROLES", "Place", "Role", "lifecycle", "permissions", "settings"]
_VERSION: Final = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Place:
    """A project's part of a bucket, and the other projects whose trusted zones it reads."""

    bucket: str
    prefix: str
    project: str
    reads: tuple[str, ...] = ()
    partition: str = "aws"
    create_only: bool = False
    """Whether writing without a condition is refused. Amazon's own S3 alone can say that."""

    def arn(self, name: str = "") -> str:
        bucket = f"arn:{self.partition}:s3:::{self.bucket}"
        return f"{bucket}/{self.key(name)}" if name else bucket

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name


def permissions(place: Place, role: Role) -> dict[str, Any]:
    """What the role may do: nothing beside this. No role of CI may delete anything."""
    names = reach(role, place.project, place.reads)
    statements = [_read(place, names.reads), _list(place, names.reads)]
    if names.makes:
        statements.append(_write(place, names.makes))
    if names.deletes:
        arns = [*map(place.arn, names.deletes)]
        statements.append(_statement("Delete", ("s3:DeleteObject",), arns))
    return {"Version": _VERSION, "Statement": statements}


def _read(place: Place, names: Iterable[str]) -> dict[str, Any]:
    arns = [place.arn("wombat.json"), *map(place.arn, dict.fromkeys(names))]
    return _statement("Read", ("s3:GetObject",), arns)


def _list(place: Place, names: Iterable[str]) -> dict[str, Any]:
    """Listing is a right on the bucket, narrowed by what is asked for. `wombat.json` is among it:
    who may not list what a key belongs to is told 'denied' of what isn't there."""
    prefixes = [place.key("wombat.json"), *map(place.key, dict.fromkeys(names))]
    condition = {"StringLike": {"s3:prefix": prefixes}}
    return _statement("List", ("s3:ListBucket",), [place.arn()], condition)


def _write(place: Place, names: Iterable[str]) -> dict[str, Any]:
    condition = {"Null": {"s3:if-none-match": "false"}} if place.create_only else None
    return _statement("Create", ("s3:PutObject",), [*map(place.arn, names)], condition)


def _statement(
    sid: str, actions: Iterable[str], arns: list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    body = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": arns}
    return body | ({"Condition": condition} if condition else {})


def lifecycle(place: Place) -> dict[str, Any]:
    """Of the bucket. Never an expiry of what is there: age says nothing of whether it is needed."""
    return {
        "Rules": [
            {
                "ID": "wombat-remains",
                "Status": "Enabled",
                "Filter": {"Prefix": place.key("") if place.prefix else ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
            }
        ]
    }


def settings(place: Place) -> dict[str, Any]:
    """The bucket's own: versions keep 30 days of mistakes, and nothing of it is public."""
    plain = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [place.arn(), f"{place.arn()}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    public = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return {
        "Versioning": {"Status": "Enabled"},
        "PublicAccessBlock": dict.fromkeys(public, True),
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "Policy": {"Version": _VERSION, "Statement": [plain]},
    }
