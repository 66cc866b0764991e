"""Repositories and their rules, who asks, and what the server is."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from tests.lakefs.double.answers import Answer, Trouble, after, done, page, said
from tests.lakefs.double.state import Repository

if TYPE_CHECKING:
    from tests.lakefs.double.server import Request

VERSION: Final = "1.84.0"


def config(request: Request) -> Answer:
    storage = {
        "blockstore_description": "",
        "blockstore_id": "",
        "blockstore_namespace_ValidityRegex": "^local://",
        "blockstore_namespace_example": "local://example-bucket/",
        "blockstore_type": "s3" if request.double.presigns else "local",
        "default_namespace_prefix": "local://",
        "import_support": False,
        "import_validity_regex": "^local://",
        "pre_sign_multipart_upload": False,
        "pre_sign_support": request.double.presigns,
        "pre_sign_support_ui": False,
    }
    return said(
        200,
        {
            "capabilities_config": {},
            "storage_config": storage,
            "storage_config_list": [],
            "ui_config": {},
            "version_config": _version(),
        },
    )


def version(request: Request) -> Answer:
    return said(200, _version())


def _version() -> dict[str, str]:
    return {"version": VERSION, "version_context": "lakeFS"}


def user(request: Request) -> Answer:
    found = {"creation_date": request.double.born, "email": "", "friendly_name": "", "id": "admin"}
    return said(200, {"user": found})


def login(request: Request) -> Answer:
    given = (request.json["access_key_id"], request.json["secret_access_key"])
    if given not in request.double.keys:
        raise Trouble(401, "error authenticating request")
    token = secrets.token_urlsafe(32)
    request.double.tokens.add(token)
    return said(200, {"token": token, "token_expiration": int(time.time()) + 7 * 24 * 3600})


def create_repository(request: Request) -> Answer:
    wanted = request.json
    if wanted["name"] in request.double.repositories:
        raise Trouble(409, "error creating repository: not unique")
    made = Repository(
        wanted["name"], wanted["storage_namespace"], wanted.get("default_branch") or "main"
    )
    request.double.repositories[made.name] = made
    return said(201, _row(made))


def list_repositories(request: Request) -> Answer:
    rows = ((name, _row(found)) for name, found in request.double.repositories.items())
    return page(request.query, after(request.query, rows))


def get_repository(repository: Repository, request: Request) -> Answer:
    return said(200, _row(repository))


def delete_repository(repository: Repository, request: Request) -> Answer:
    del request.double.repositories[repository.name]
    return done()


def get_protection(repository: Repository, request: Request) -> Answer:
    rules = [{"pattern": rule} for rule in repository.rules]
    mark = hashlib.sha256(json.dumps(rules).encode()).hexdigest() if rules else ""
    return said(200, rules, {"Etag": mark})


def set_protection(repository: Repository, request: Request) -> Answer:
    repository.rules = [rule["pattern"] for rule in request.json]
    return done()


def _row(repository: Repository) -> dict[str, Any]:
    return {
        "creation_date": repository.born,
        "default_branch": repository.default,
        "id": repository.name,
        "read_only": False,
        "storage_id": "",
        "storage_namespace": repository.namespace,
    }
