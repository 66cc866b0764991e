"""A source's bytes in a task's own folder, fetched by who holds the credentials: never a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wombat.executor.outside import scheme_of
from wombat.executor.outside.identity import file_name
from wombat.plan.observed import names_folder
from wombat.store import content_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def fetch_source(url: str, seen: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Fetches what the run's header saw, as the one file of a folder, which is there; what is a
    folder itself, as that one.

    Gives what a record says of it: the observation, and the content digest of what came. Raises
    CheckFailed `source-moved`, SourceUnreachable, SourceDenied, UsageFault, DiskFault.
    """
    place = folder if names_folder(url) else folder / file_name(url)
    scheme_of(url).fetch(url, seen, place)
    return {"url": url, **seen, "content": content_of(place)}
