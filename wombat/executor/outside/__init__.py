"""Outside data: what a source is when a run begins, and its bytes for the tasks that read it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wombat.executor.outside.identity import Seen


class Scheme(Protocol):
    """One kind of address, a file each beside this one. Nothing of it is kept between calls.

    Errors: Absent `source-absent`, SourceUnreachable, SourceDenied, UsageFault for an address that
    is never spoken to. Passing faults are tried again.
    """

    def look(self, url: str) -> Seen:
        """What is there now; no byte of it is read."""

    def fetch(self, url: str, then: Mapping[str, Any], file: Path) -> None:
        """Writes the source to a file, a piece at a time, or one that is a folder below `file`;
        CheckFailed `source-moved` where it isn't what `then` says. What was written of another try
        is overwritten."""


_FILES: Final = {"https": "https", "http": "https", "s3": "s3", "lakefs": "lakefs"}


def scheme_of(url: str) -> Scheme:
    """The scheme of an address that the language let pass."""
    name = _FILES[url.partition("://")[0].lower()]
    return cast("Scheme", import_module(f"{__name__}.{name}").SCHEME)
