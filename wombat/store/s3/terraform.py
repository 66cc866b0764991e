"""Policies as Terraform's own JSON, for a file that ends in `.tf.json`; pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def as_terraform(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Resources of the provider `aws`: a role where its trust is known, else a policy to attach."""
    found: dict[str, Any] = {}
    for role, one in tree["roles"].items():
        for kind, body in _role(one).items():
            found.setdefault(kind, {})[_label(f"wombat_{tree['project']}_{role}")] = body
    for kind, body in _bucket(tree).items():
        found[kind] = {_label(f"wombat_{tree['bucket']}"): body}
    resources: dict[str, Any] = _escaped(found)
    for label, body in resources.get("aws_iam_role_policy", {}).items():
        body["role"] = f"${{aws_iam_role.{label}.id}}"
    return {"resource": resources}


def _role(one: Mapping[str, Any]) -> dict[str, Any]:
    allowed = json.dumps(one["permissions"])
    if one["trust"] is None:
        return {"aws_iam_policy": {"name": one["name"], "policy": allowed}}
    trusted = json.dumps(one["trust"])
    return {
        "aws_iam_role": {"name": one["name"], "assume_role_policy": trusted},
        "aws_iam_role_policy": {"name": "wombat", "policy": allowed},
    }


def _bucket(tree: Mapping[str, Any]) -> dict[str, Any]:
    settings, bucket = tree["settings"], tree["bucket"]
    (rule,) = tree["lifecycle"]["Rules"]
    public = {_snake(name): on for name, on in settings["PublicAccessBlock"].items()}
    owned = settings["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    resources = {
        "versioning": {"versioning_configuration": {"status": settings["Versioning"]["Status"]}},
        "public_access_block": public,
        "ownership_controls": {"rule": {"object_ownership": owned}},
        "policy": {"policy": json.dumps(settings["Policy"])},
        "lifecycle_configuration": {"rule": [_rule(rule)]},
    }
    return {f"aws_s3_bucket_{kind}": {"bucket": bucket, **body} for kind, body in resources.items()}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    parts = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Expiration")
    words = {_snake(part): {_snake(k): v for k, v in rule[part].items()} for part in parts}
    prefix = {"prefix": rule["Filter"]["Prefix"]}
    return {"id": rule["ID"], "status": rule["Status"], "filter": prefix, **words}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _label(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


def _escaped(value: Any) -> Any:
    """What Terraform would take for its own templates stays text."""
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace("${", "$${").replace("%{", "%%{") if isinstance(value, str) else value
