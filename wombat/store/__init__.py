"""The store: content-addressed artifacts, run records and refs in a folder or bucket."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from wombat.store.blobs import BlobStore, Created, Stat
    from wombat.store.content import content_of
    from wombat.store.open import Store, open_store
    from wombat.store.publish import Edge, close
    from wombat.store.push import Progress, Sizes
    from wombat.store.reading import Manifest
    from wombat.store.records import Artifact, AttemptRecord, RefRecord, output_contents
    from wombat.store.refs import Change, Published
    from wombat.store.tree import File

__all__ = [
    "Artifact",
    "AttemptRecord",
    "BlobStore",
    "Change",
    "Created",
    "Edge",
    "File",
    "Manifest",
    "Progress",
    "Published",
    "RefRecord",
    "Sizes",
    "Stat",
    "Store",
    "close",
    "content_of",
    "open_store",
    "output_contents",
]

_HOMES: Final = {
    "Artifact": "records",
    "AttemptRecord": "records",
    "BlobStore": "blobs",
    "Change": "refs",
    "Created": "blobs",
    "Edge": "publish",
    "File": "tree",
    "Manifest": "reading",
    "Progress": "push",
    "Published": "refs",
    "RefRecord": "records",
    "Sizes": "push",
    "Stat": "blobs",
    "Store": "open",
    "close": "publish",
    "content_of": "content",
    "open_store": "open",
    "output_contents": "records",
}


def __getattr__(name: str) -> Any:
    """A command loads what it needs of the store: pulling nothing of what pushes, and so on."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
