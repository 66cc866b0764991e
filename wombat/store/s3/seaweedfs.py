"""Policies as the file of SeaweedFS's `-s3.iam.config`: an issuer, roles, their rights; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wombat.store.s3.trust import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY: Final = "PUT HERE WHAT THIS PRINTS: openssl rand -base64 32"
"""A secret of the server, so none that could be written here."""


def as_seaweedfs(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Roles that no job takes on are left out: readers and others get keys of their own there."""
    taken = {role: one for role, one in tree["roles"].items() if one["trust"] is not None}
    return {
        "sts": {
            "tokenDuration": "1h",
            "maxSessionLength": "12h",
            "issuer": "wombat-sts",
            "signingKey": KEY,
        },
        "providers": [_provider(tree["issuer"], tree["audience"])],
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "roles": [_role(one) for one in taken.values()],
        "policies": [
            {"name": one["name"], "document": one["permissions"]} for one in taken.values()
        ],
    }


def _provider(issuer: str, audience: str) -> dict[str, Any]:
    """GitLab publishes its keys below its own address."""
    config = {
        "issuer": f"https://{issuer}",
        "clientId": audience,
        "jwksUri": f"https://{issuer}/oauth/discovery/keys",
    }
    return {"name": PROVIDER, "type": "oidc", "enabled": True, "config": config}


def _role(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "roleName": one["name"],
        "roleArn": f"arn:aws:iam::role/{one['name']}",
        "trustPolicy": one["trust"],
        "attachedPolicies": [one["name"]],
    }
