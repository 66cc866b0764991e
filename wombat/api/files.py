"""Files for people: written whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wombat.errors import DiskFault

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """Writes UTF-8 beside the file first, then takes its place. Raises DiskFault."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(text.encode("utf-8"))
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as fault:
        raise DiskFault.of(fault) from fault
