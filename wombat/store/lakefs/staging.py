"""Uploads that must overwrite nothing, on a branch that others may commit meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.store.lakefs import objects
from wombat.store.lakefs.client import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wombat.store.lakefs.client import Client
    from wombat.store.lakefs.faults import Fault


def create(
    client: Client, branch: str, path: str, data: bytes, metadata: Mapping[str, str]
) -> Fault | None:
    """One upload of what may not be there yet, sent once; 412 where lakeFS says that it is."""

    def call(_: Any) -> None:
        fault = objects.send(
            client,
            branch,
            path,
            body=data,
            size=len(data),
            metadata=metadata,
            create=True,
            patience=client.patience.create,
        )
        if fault is not None:
            raise Refused(fault)

    return client.once("fs:WriteObject", call, plain=True)[1]


def put(client: Client, branch: str, path: str, data: bytes) -> bool:
    """The same, tried again where that may help: whether it was stored now; False where something
    stands there, which may be what an earlier try left."""

    def call(_: Any) -> bool:
        fault = objects.send(
            client, branch, path, body=data, size=len(data), metadata={}, create=True
        )
        if fault is None:
            return True
        if fault.status == 412:
            return False
        raise Refused(fault)

    return client.ask("fs:WriteObject", path, call, plain=True)


def pin(client: Client, branch: str, path: str) -> None:
    """Makes what stands at a path last, whoever wrote it, without the metadata that it had.

    lakeFS refuses a conditional upload (412) that it took while a commit of the branch began: it
    wrote it to what is being committed, tried once more, and met itself there. If the commit had
    passed that path already, the object is gone with it. Writing what stands there anew, which
    lakeFS does in one step and without a condition, keeps it. Absent where it is gone by now.
    """
    from lakefs_sdk import UpdateObjectUserMetadata

    client.ask(
        "fs:WriteObject",
        path,
        lambda api: api.experimental_api.update_object_user_metadata(
            client.repository,
            branch,
            path,
            UpdateObjectUserMetadata(set={}),
            _request_timeout=client.timeout,
        ),
    )
