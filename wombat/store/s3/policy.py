"""The rights that each role needs on a bucket, as documents of Amazon's IAM; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from wombat.store.zones import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

Role = Literal["trusted", "untrusted", "reader", "gc"]
ROLES: Final[dict[Role, str]] = {
    "trusted": "CI on protected branches: writes t",
    "untrusted": "all other CI, merge requests too: writes u, reads t",
    "reader": "people and services: read t, and local, where they look first",
    "gc": "the collection of garbage: alone deletes",
}
PROJECT_FORM: Final = PROJECT
_VERSION: Final = "2012-10-17"
_COLLECTED: Final = ("p", "m", "results", "cache", "gc", "damage")
"""What a collection deletes. Refs, runs, pins and what became of a pack stay: nobody may."""
_MENDED: Final = ("p", "m", "moved", "gc", "refs", "damage")
"""What a collection writes: compacted packs, where they went, its lists, closed branches."""


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

    def trusted(self) -> tuple[str, ...]:
        return tuple(f"t/{one}/*" for one in (self.project, *self.reads))


def permissions(place: Place, role: Role) -> dict[str, Any]:
    """What the role may do: nothing beside this. No role of CI may delete anything."""
    statements = {
        "trusted": _trusted,
        "untrusted": _untrusted,
        "reader": _reader,
        "gc": _gc,
    }[role](place)
    return {"Version": _VERSION, "Statement": statements}


def _trusted(place: Place) -> list[dict[str, Any]]:
    """No read right on u: what is there can't be relied on by mistake either."""
    own, pins = f"t/{place.project}/*", _pins(place)
    return [
        _read(place, (*place.trusted(), *pins)),
        _list(place, (*place.trusted(), *pins)),
        _write(place, (own, f"x/*/{place.project}/*")),
    ]


def _untrusted(place: Place) -> list[dict[str, Any]]:
    own = f"u/{place.project}/*"
    return [
        _read(place, (own, *place.trusted())),
        _list(place, (own, *place.trusted())),
        _write(place, (own,)),
    ]


def _reader(place: Place) -> list[dict[str, Any]]:
    """On one's own machine the own zone is `local`: it is looked at before t."""
    names = (*place.trusted(), f"local/{place.project}/*")
    return [_read(place, names), _list(place, names)]


def _gc(place: Place) -> list[dict[str, Any]]:
    zones = [f"{kind}/{place.project}" for kind in ("t", "u", "local")]
    looked = (*(f"{zone}/*" for zone in zones), f"x/{place.project}/*")
    return [
        _read(place, looked),
        _list(place, looked),
        _write(place, (f"{zone}/{kind}/*" for zone in zones for kind in _MENDED)),
        _statement("Delete", ("s3:DeleteObject",), _arns(place, zones, _COLLECTED)),
    ]


def _pins(place: Place) -> tuple[str, ...]:
    """Its subscriptions to others, and others' to it."""
    return (f"x/*/{place.project}/*", f"x/{place.project}/*")


def _arns(place: Place, zones: Iterable[str], kinds: Iterable[str]) -> list[str]:
    return [place.arn(f"{zone}/{kind}/*") for zone in zones for kind in kinds]


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
