"""The store: content-addressed artifacts, run records and refs in a folder or bucket."""

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
